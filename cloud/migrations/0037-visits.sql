-- Who was at which outlet, and when last: the tills of an outlet keep the rows of its visitors. An id and a day; no
-- personal data.
create table visit (
  tenant text not null,
  outlet text not null,
  member text not null,
  -- the last day, where the programme lives
  last_day date not null,
  -- on how many days; 1: the member has just come into the outlet's scope
  days integer not null,
  primary key (tenant, outlet, member)
) with (fillfactor = 90);
create index visit_of_member on visit (tenant, member);
-- what a till holds is compared in parts by members' ids
create index visit_in_order on visit (tenant, outlet, member collate "C");

-- Whose rows tills keep, and how far the night's walk over the visits has come. One row per tenant; its lock lets one
-- instance be at it at a time.
create table keeping (
  tenant text primary key,
  keep text not null check (keep in ('auto', 'everybody', 'visitors')),
  -- for how long after the last visit
  days integer not null check (days > 0),
  is_partial boolean not null,
  -- the day whose night it is; null: never yet
  day date,
  -- the last visit looked at; null: that night is over
  after_outlet text,
  after_member text
);

-- A page holds the visitors of one outlet, or everybody: ''.
drop table feed_page;
create table feed_page (
  tenant text not null,
  outlet text not null,
  after text not null,
  upto text,
  -- everything up to this number of the feed is in it
  cut bigint not null,
  members integer not null,
  hashes bytea not null,
  sealed bytea not null,
  made_at timestamptz not null,
  primary key (tenant, outlet, after)
);
create index feed_page_by_age on feed_page (tenant, made_at);

-- What is known of the past: receipts of tills and of former systems, returns among them; days are days of the programme.
insert into visit (tenant, outlet, member, last_day, days)
select tenant, outlet, member, max(day), 1 from (
  select tenant, outlet, member, day from receipt where member is not null
  union all
  select tenant, outlet, member, day from sale where member is not null
) as bought
where day >= current_date - 180
group by tenant, outlet, member;
