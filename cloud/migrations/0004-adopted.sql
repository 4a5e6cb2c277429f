-- Which entry stands for one of an earlier epoch, by the hash of the first: whichever arrives first is booked.
create table adopted (
  tenant text not null,
  device text not null,
  hash text not null,
  epoch integer not null,
  seq bigint not null,
  primary key (tenant, device, hash)
);

-- The device's latest signature over the end of a batch; with the chain of hashes it proves every entry before it.
alter table device_stream add column signed_seq bigint;
alter table device_stream add column signed_hash text;
alter table device_stream add column signature text;

-- Who has looked at what was set aside, and what they say of it.
alter table quarantine add column settled_by text;
alter table quarantine add column note text;

-- The database as PostgreSQL itself names it: a copy has another name, and so another incarnation.
alter table tenant add column home text;
