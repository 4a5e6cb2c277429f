-- Web hooks: whom to tell, how far each stream has been told of, and what is still to be delivered.

create table web_hook (
  tenant text not null,
  hook text not null,
  url text not null,
  -- empty: all of them
  events text[] not null,
  -- the secret that signs, sealed
  secret bytea not null,
  state text not null check (state in ('on', 'off')),
  made_at timestamptz not null,
  primary key (tenant, hook)
);

-- Moved in the same transaction that makes the deliveries, so each entry is told once.
create table web_hook_stream (
  tenant text not null,
  hook text not null,
  device text not null,
  epoch integer not null,
  high bigint not null,
  primary key (tenant, hook, device, epoch)
);

create table web_hook_delivery (
  tenant text not null,
  hook text not null,
  -- the event's id: the same for every hook and every attempt
  event text not null,
  type text not null,
  body text not null,
  state text not null check (state in ('waiting', 'delivered', 'given_up')),
  attempts integer not null,
  -- waiting: when it is tried next
  due_at timestamptz not null,
  made_at timestamptz not null,
  -- of the last attempt; null: nobody answered
  status integer,
  trouble text,
  primary key (tenant, hook, event)
);
create index web_hook_delivery_due on web_hook_delivery (tenant, due_at) where state = 'waiting';
create index web_hook_delivery_made on web_hook_delivery (tenant, made_at);
