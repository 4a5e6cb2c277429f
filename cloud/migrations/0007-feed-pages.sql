-- Members packed for tills that begin from nothing: made when asked for, given out again while they are young. A page
-- holds everybody after one member's id up to another's, or to the end; sealed, because names and phones are in it.
create table feed_page (
  tenant text not null,
  after text not null,
  upto text,
  -- everything up to this number of the feed is in it
  cut bigint not null,
  members integer not null,
  hashes bytea not null,
  sealed bytea not null,
  made_at timestamptz not null,
  primary key (tenant, after)
);
create index feed_page_by_age on feed_page (tenant, made_at);
