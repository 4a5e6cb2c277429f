-- What the cashier is to say to members whom a campaign has touched. No personal data. Points in hundredths.

create table hint (
  tenant text not null,
  member text not null,
  campaign text not null,
  anchor date not null,
  touch text not null,
  kind text not null check (kind in ('gift', 'remind')),
  -- of a gift
  points bigint,
  last_day date,
  -- the last day on which it is worth saying
  until date not null,
  -- the day from which nobody says it any more; null: open
  closed date,
  primary key (tenant, member, campaign, anchor, touch)
);
create index hint_open on hint (tenant, member) where closed is null;
