-- Members whom a campaign wants called, until somebody has said how it went. No personal data: name and number are looked
-- up in the sealed profile when the list is read.

create table call_task (
  tenant text not null,
  campaign text not null,
  member text not null,
  anchor date not null,
  touch text not null,
  -- a purchase after this day closes it
  since date not null,
  -- the day on which the touch was made
  made date not null,
  -- the day from which it is to be made: of the touch, or when it is to be tried again
  due date not null,
  -- late: nobody has made it in time; dropped: the chain or the campaign has ended, or the member takes no calls any more
  state text not null check (state in ('open', 'reached', 'refused', 'wrong_number', 'bought', 'late', 'dropped')),
  -- how often somebody has called
  attempts integer not null,
  tried_at timestamptz,
  -- who has said last how it went
  tried_by text,
  -- null: open
  closed date,
  primary key (tenant, campaign, member, anchor, touch)
);
create index call_task_open on call_task (tenant, due, member) where state = 'open';
create index call_task_of_member on call_task (tenant, member);
