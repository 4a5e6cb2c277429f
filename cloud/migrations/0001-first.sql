-- The first release. Every key starts with the tenant and every statement filters by it, so that the same tables can be
-- distributed by tenant; nothing here is a trigger, a sequence, a foreign key or an advisory lock. PostgreSQL 15 to 18.
-- Points and money are whole hundredths. Personal data is only in profile.sealed.

create table tenant (
  tenant text primary key,
  incarnation uuid not null,
  key_check text not null,
  created_at timestamptz not null
);

-- Devices -------------------------------------------------------------------------------------------------------------

create table enrol_code (
  tenant text not null,
  code_hash text not null,
  outlet text not null,
  till text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant, code_hash)
);

create table device (
  tenant text not null,
  device text not null,
  outlet text not null,
  till text not null,
  name text not null,
  public_key bytea not null,
  epoch integer not null check (epoch >= 1),
  state text not null check (state in ('active', 'revoked')),
  enrolled_at timestamptz not null,
  seen_at timestamptz not null,
  app text,
  primary key (tenant, device)
);

create table session (
  tenant text not null,
  session text not null,
  device text not null,
  counter bigint not null,
  expires_at timestamptz not null,
  primary key (tenant, session)
);
create index session_of_device on session (tenant, device);

-- Streams and entries -------------------------------------------------------------------------------------------------

create table device_stream (
  tenant text not null,
  device text not null,
  epoch integer not null,
  high bigint not null check (high >= 0),
  head text not null,
  -- false after an entry whose hash could not be checked: the next one is believed about what came before it
  head_known boolean not null,
  primary key (tenant, device, epoch)
);

create table entry (
  tenant text not null,
  device text not null,
  epoch integer not null,
  seq bigint not null,
  hash text not null,
  -- null for an entry that could not be read
  kind text,
  -- the entry in canonical form, the bytes that its hash covers; null for one that could not be read
  body text,
  -- what was set aside, whole and as it came, sealed: it may hold personal data
  set_aside bytea,
  disposition json not null,
  received_at timestamptz not null,
  primary key (tenant, device, epoch, seq)
);

create table quarantine (
  tenant text not null,
  device text not null,
  epoch integer not null,
  seq bigint not null,
  code text not null,
  message text not null,
  received_at timestamptz not null,
  settled_at timestamptz,
  primary key (tenant, device, epoch, seq)
);

-- Ledger --------------------------------------------------------------------------------------------------------------

create table account (
  tenant text not null,
  member text not null,
  purse text not null,
  posted bigint not null,
  -- the sum of what remains of the leases: rights handed out to tills
  leased bigint not null,
  leases json not null,
  primary key (tenant, member, purse)
);

create table lot (
  tenant text not null,
  member text not null,
  purse text not null,
  lot text not null,
  points bigint not null,
  remaining bigint not null,
  -- burned by an expiry, but a late fact could wake it
  expired bigint not null,
  active_from date not null,
  last_day date,
  primary key (tenant, member, purse, lot)
);
create index lot_becoming_active on lot (tenant, active_from) where remaining <> 0;
create index lot_expiring on lot (tenant, last_day) where remaining <> 0;

create table sale (
  tenant text not null,
  outlet text not null,
  receipt text not null,
  device text not null,
  epoch integer not null,
  seq bigint not null,
  member text,
  day date not null,
  spent json not null,
  returned json not null,
  lost bigint not null,
  -- as applied, where that differs from what the entry says
  body json,
  primary key (tenant, outlet, receipt)
);
create index sale_of_member on sale (tenant, member, day) where member is not null;

create table member (
  tenant text not null,
  member text not null,
  merged_into text,
  enrolled_at timestamptz not null,
  tier text,
  -- the last day of the tier; null: for good
  tier_until date,
  purchases integer not null,
  last_purchase_at timestamptz,
  terms json not null,
  points_name text,
  referred_by text,
  primary key (tenant, member)
);

create table card (
  tenant text not null,
  number text not null,
  member text not null,
  type text not null,
  state text not null check (state in ('active', 'blocked', 'replaced')),
  main boolean not null,
  -- members who had it before a transfer
  held_before json not null,
  primary key (tenant, number)
);
create index card_of_member on card (tenant, member);

-- Profiles: sealed with a key per member, the key wrapped by the master key; erasing the key erases the person ---------

create table member_key (
  tenant text not null,
  member text not null,
  wrapped bytea not null,
  primary key (tenant, member)
);

create table profile (
  tenant text not null,
  member text not null,
  sealed bytea not null,
  primary key (tenant, member)
);

create table consent (
  tenant text not null,
  member text not null,
  personal_data boolean not null,
  messages boolean not null,
  primary key (tenant, member)
);

create table phone (
  tenant text not null,
  phone_hash text not null,
  member text not null,
  primary key (tenant, phone_hash, member)
);
create index phone_of_member on phone (tenant, member);

-- Programme and staff -------------------------------------------------------------------------------------------------

create table programme_version (
  tenant text not null,
  programme text not null,
  version integer not null check (version >= 1),
  hash text not null,
  document text not null,
  published_at timestamptz not null,
  primary key (tenant, programme, version)
);

create table staff (
  tenant text not null,
  staff text not null,
  name text not null,
  role text not null check (role in ('cashier', 'manager', 'admin')),
  pin text not null,
  primary key (tenant, staff)
);

-- Feed: what changed, numbered only after it was committed --------------------------------------------------------------

create table feed_pending (
  tenant text not null,
  id uuid not null,
  scope text not null,
  keys text[] not null,
  primary key (tenant, id)
);

create table feed_shard (
  tenant text primary key,
  high bigint not null,
  -- the programme's calendar day up to which lots that became active or expired are in the feed
  day date
);

-- One row per thing, moved to the end each time it changes: reading from 0 is a full fill, from a cursor what is new.
create table feed (
  tenant text not null,
  scope text not null,
  key text not null,
  seq bigint not null,
  primary key (tenant, scope, key)
);
create unique index feed_in_order on feed (tenant, seq);
