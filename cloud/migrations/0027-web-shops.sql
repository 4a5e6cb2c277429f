-- Web shops: who may ask for their baskets, and what is held for which of them.

create table web_shop (
  tenant text not null,
  shop text not null,
  name text not null,
  -- what its orders are booked under
  outlet text not null,
  -- of its token, which is shown once
  token_hash bytea not null,
  made_at timestamptz not null,
  -- null: its token is good
  closed_at timestamptz,
  primary key (tenant, shop)
);
create unique index web_shop_token on web_shop (tenant, token_hash);

create table shop_hold (
  tenant text not null,
  shop text not null,
  hold text not null,
  -- as the shop sent it, with the hash of what it asked for
  idempotency_key text not null,
  asked text not null,
  outlet text not null,
  receipt text not null,
  member text not null,
  -- in hundredths; the lease of the same name holds them
  points bigint not null,
  until timestamptz not null,
  -- held; then committed, released by the shop, ended by itself, or replaced by a later hold of the same receipt
  state text not null check (state in ('held', 'committed', 'released', 'ended', 'replaced')),
  -- the sale as it will be booked, with what the shop was told
  sale text not null,
  told text not null,
  -- where it was booked: device/epoch/seq
  entry text,
  made_at timestamptz not null,
  primary key (tenant, shop, hold)
);
create unique index shop_hold_key on shop_hold (tenant, shop, idempotency_key);
create index shop_hold_due on shop_hold (tenant, until) where state = 'held';
create index shop_hold_receipt on shop_hold (tenant, outlet, receipt) where state = 'held';
create index shop_hold_member on shop_hold (tenant, member);
