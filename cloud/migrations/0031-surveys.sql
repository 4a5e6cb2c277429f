-- Surveys, who was asked and what they said, and tasks that are rewarded. Own words and days stand sealed with the member's
-- key; in the clear stand only choices, numbers and yes or no.

create table survey (
  tenant text not null,
  id text not null,
  -- the newest
  version integer not null,
  state text not null check (state in ('draft', 'open', 'closed')),
  -- when it was first opened
  began_at timestamptz,
  primary key (tenant, id)
);

create table survey_version (
  tenant text not null,
  survey text not null,
  version integer not null,
  document jsonb not null,
  made_at timestamptz not null,
  primary key (tenant, survey, version)
);

-- A member to whom a survey means something: asked, or answered without having been.
create table survey_member (
  tenant text not null,
  survey text not null,
  member text not null,
  -- null: nobody has asked
  asked_on date,
  -- asked at every till until answered, without a campaign
  standing boolean not null,
  -- when the last question was answered
  answered_at timestamptz,
  -- the member did not want to say at least once
  declined boolean not null,
  via text check (via in ('till', 'link')),
  primary key (tenant, survey, member)
);
create index survey_member_of on survey_member (tenant, member);

-- The newest answer of a member to each question.
create table survey_answer (
  tenant text not null,
  survey text not null,
  member text not null,
  question text not null,
  version integer not null,
  -- '': did not want to say; 'said': sealed in survey_said
  answer text not null,
  at timestamptz not null,
  -- the entry that said it
  event text not null,
  via text not null check (via in ('till', 'link')),
  primary key (tenant, survey, member, question)
);
create index survey_answer_of on survey_answer (tenant, member);

-- Own words as they came beside their entry, sealed.
create table survey_said (
  tenant text not null,
  device text not null,
  epoch integer not null,
  seq bigint not null,
  member text not null,
  sealed bytea not null,
  primary key (tenant, device, epoch, seq)
);
create index survey_said_of on survey_said (tenant, member);

-- What answers have become: yes or no, options and numbers as they are; own words and days under keyed hashes.
alter table member_trait add column answered jsonb;

alter table hint drop constraint hint_kind_check;
alter table hint add constraint hint_kind_check
  check (kind in ('gift', 'percent', 'coupon', 'product', 'offer', 'remind', 'survey'));

create table task (
  tenant text not null,
  id text not null,
  document jsonb not null,
  state text not null check (state in ('draft', 'running', 'stopped')),
  -- what was done before does not count
  began_at timestamptz,
  primary key (tenant, id)
);

-- What became of a task that a member has done, once for good.
create table task_reward (
  tenant text not null,
  task text not null,
  member text not null,
  -- before: done when the task began; unavailable: the programme has not the coupon
  outcome text not null check (outcome in ('paid', 'before', 'unavailable')),
  day date not null,
  -- hundredths, of a gift
  points bigint,
  last_day date,
  primary key (tenant, task, member)
);
create index task_reward_of on task_reward (tenant, member);
