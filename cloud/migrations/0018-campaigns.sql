-- Campaigns: chains of touches for members who have stopped buying. No personal data. Points in hundredths.

create table campaign (
  tenant text not null,
  id text not null,
  document jsonb not null,
  state text not null check (state in ('draft', 'running', 'paused', 'stopped')),
  -- the day on which it was first started; null: never yet
  began date,
  primary key (tenant, id)
);

-- One chain per campaign, member and the day of the purchase after which nothing came.
create table campaign_chain (
  tenant text not null,
  campaign text not null,
  member text not null,
  anchor date not null,
  control boolean not null,
  state text not null check (state in ('open', 'made', 'bought', 'left', 'gone', 'stopped')),
  -- the touch that is next, from 0, and the day on which it is due; null: no more
  next integer,
  due date,
  first_due date not null,
  -- null: still open
  closed date,
  primary key (tenant, campaign, member, anchor)
);
create index campaign_chain_due on campaign_chain (tenant, campaign, due, member) where state = 'open';

-- What became of each touch: made once, whatever happens.
create table campaign_touch (
  tenant text not null,
  campaign text not null,
  member text not null,
  anchor date not null,
  touch text not null,
  kind text not null,
  due date not null,
  day date not null,
  outcome text not null check (outcome in ('made', 'control', 'no_consent')),
  -- of a gift
  points bigint,
  last_day date,
  primary key (tenant, campaign, member, anchor, touch)
);
create index campaign_touch_of_day on campaign_touch (tenant, member, day) where outcome = 'made';

-- Whose turn it is: one instance at a time makes touches.
create table campaign_turn (
  tenant text primary key
);
