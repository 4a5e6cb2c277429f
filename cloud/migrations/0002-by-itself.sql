-- What the programme brings by itself: tiers, gifts, burning, birthdays. Each is decided once, beside its entry.

-- Entries that decided something about a member and may be decided again when a late fact comes.
create table decision (
  tenant text not null,
  member text not null,
  device text not null,
  epoch integer not null,
  seq bigint not null,
  body json not null,
  primary key (tenant, member, device, epoch, seq)
);

-- Gifts by rule and occasion.
create table given (
  tenant text not null,
  member text not null,
  rule text not null,
  occasion text not null,
  -- the programme's day on which it was given
  day date not null,
  primary key (tenant, member, rule, occasion)
);

-- What member rows no longer say, but a till may still believe: a tier, terms, a card's type.
create table once_issued (
  tenant text not null,
  member text not null,
  kind text not null check (kind in ('tier', 'terms', 'card_type')),
  -- canonical JSON
  value text not null,
  until timestamptz not null,
  primary key (tenant, member, kind, value)
);
create index once_issued_until on once_issued (tenant, until);

-- Month and day of birth under a keyed hash: whose birthday it is can be asked, when somebody was born cannot be read.
create table birthday (
  tenant text not null,
  member text not null,
  mark text not null,
  primary key (tenant, member)
);
create index birthday_by_mark on birthday (tenant, mark, member);

-- How far the walk of the day has come. One row per tenant; its lock lets one instance walk at a time.
create table day_turn (
  tenant text primary key,
  -- the day that members are looked at for; null: never yet
  day date,
  -- the last member looked at; null: the walk of that day is over
  after text,
  -- the version of the programme that the walk began with
  version integer,
  -- whether it looks at everybody, or only at those to whom the day may bring something
  everybody boolean not null
);

-- What is left of it after returns, as tiers and the like ask for it; null for sales from before, which are read whole.
alter table sale add column purchase json;
-- What the member's row tells about the way to the next tier.

alter table member add column progress json;
create index member_merged on member (tenant, merged_into) where merged_into is not null;
create index member_tier_until on member (tenant, tier_until) where tier_until is not null;
create index member_enrolled on member (tenant, enrolled_at);
create index member_bought on member (tenant, last_purchase_at);
