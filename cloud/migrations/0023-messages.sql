-- Messages of campaigns: made with the touch, sent by a job. Neither address nor text stands here: both are looked up when
-- it is sent, so that nothing of a person is kept beside the sealed profile.

create table message (
  tenant text not null,
  campaign text not null,
  member text not null,
  anchor date not null,
  touch text not null,
  -- of a gift, in hundredths
  points bigint,
  -- of a gift
  gift_until date,
  -- after this day it is not sent any more
  until date not null,
  -- sending: claimed by an instance; uncertain: perhaps sent, and therefore not again
  state text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'uncertain', 'expired')),
  attempts integer not null,
  -- waiting: when it is tried next
  due_at timestamptz not null,
  claimed_at timestamptz,
  channel text check (channel in ('mail', 'sms')),
  -- why it was not sent, without address or text
  trouble text,
  made_at timestamptz not null,
  -- null: neither sent nor given up
  done_at timestamptz,
  primary key (tenant, campaign, member, anchor, touch)
);
create index message_due on message (tenant, due_at) where state in ('waiting', 'sending');
create index message_of_member on message (tenant, member);
