-- The sale that a return of a till takes back from: all that came back of it is found by this, in whatever order the two
-- are heard of.
alter table receipt add column of_outlet text;
alter table receipt add column of_receipt text;
create index receipt_taken_back on receipt (tenant, of_outlet, of_receipt) where of_receipt is not null;

-- What a site, an app, a survey or a campaign tells about a member.
create table member_event (
  tenant text not null,
  -- the sender's own, so that what is sent twice counts once
  event text not null,
  member text not null,
  kind text not null,
  at timestamptz not null,
  -- the calendar day in the programme's zone
  day date not null,
  -- texts, numbers and flags by name; never personal data
  properties jsonb not null,
  primary key (tenant, event)
);
create index member_event_of_member on member_event (tenant, member, kind, day);
create index member_event_of_kind on member_event (tenant, kind, day);

-- Of the profile what segments ask for. Whatever tells who somebody is stands here under a keyed hash only: it can be
-- asked whether two are the same, and not what they are.
create table member_trait (
  tenant text not null,
  member text not null,
  gender text check (gender in ('female', 'male')),
  birth_year integer,
  birth_mark text,
  name_mark text,
  city_mark text,
  children integer,
  child_marks text[] not null default '{}',
  spouse boolean,
  spouse_mark text,
  -- attributes of the owner's own and answers to surveys, by name
  attributes jsonb not null default '{}',
  primary key (tenant, member)
);
create index member_trait_by_birth on member_trait (tenant, birth_mark) where birth_mark is not null;

-- Dates and names behind those marks, sealed with the member's own key as the profile is.
create table member_extra (
  tenant text not null,
  member text not null,
  sealed bytea not null,
  primary key (tenant, member)
);
