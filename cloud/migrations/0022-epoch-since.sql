-- Since when a till is in its epoch: what it held in the ones before is reserved for 30 days more. null: since it was enrolled.
alter table device add column epoch_since timestamptz;
