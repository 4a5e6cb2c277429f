-- Touches of a campaign tried on a short list of members. Nothing of a person: what was typed stands here as a mark alone,
-- address and words are looked up when it is sent.

create table campaign_test (
  tenant text not null,
  -- one press of the button
  key text not null,
  campaign text not null,
  -- marks what was asked for under this key
  asked text not null,
  -- the campaign as it was then
  document jsonb not null,
  -- what each entry of the list was found to be, in its order
  found text[] not null,
  by_whom text not null,
  made_at timestamptz not null,
  primary key (tenant, key)
);

create table campaign_test_message (
  tenant text not null,
  key text not null,
  -- the entry of the list, from 0
  place integer not null,
  touch text not null,
  -- empty: as the campaign is written
  variant text not null,
  member text not null,
  -- of a gift, in hundredths
  points bigint,
  last_day date,
  said jsonb,
  -- sending: claimed by an instance; uncertain: perhaps sent, and therefore not again
  state text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'uncertain', 'unavailable')),
  attempts integer not null,
  -- waiting: when it is tried next
  due_at timestamptz not null,
  claimed_at timestamptz,
  channel text,
  -- why it was not sent, without address or text
  trouble text,
  made_at timestamptz not null,
  primary key (tenant, key, place, touch, variant)
);
create index campaign_test_message_due on campaign_test_message (tenant, due_at) where state in ('waiting', 'sending');
create index campaign_test_message_of_member on campaign_test_message (tenant, member);
