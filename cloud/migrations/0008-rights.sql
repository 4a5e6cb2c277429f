-- When a till that asks for rights has last pulled: its leases end by it. Null: it has never asked for any.
alter table device add column rights_seen_at timestamptz;
