-- Segments: who belongs, who came and went. A segment of a family is one of several of which a member is in one at most.
create table segment (
  tenant text not null,
  segment text not null,
  name text not null,
  kind text not null check (kind in ('live', 'static')),
  -- null: a segment that stands alone
  family text,
  -- within its family, the first that holds counts
  rank integer not null,
  -- a predicate; null for a static one whose members were named
  predicate json,
  -- told to tills with their members
  at_tills boolean not null,
  made_at timestamptz not null,
  -- up to which its members are right; null: never looked at
  counted_on date,
  primary key (tenant, segment)
);

create table segment_member (
  tenant text not null,
  segment text not null,
  member text not null,
  since timestamptz not null,
  primary key (tenant, segment, member)
);
create index segment_member_of_member on segment_member (tenant, member);

-- Who moved, when, from where to where; null: from or to nowhere. One row for each family and each segment that stands alone.
create table segment_move (
  tenant text not null,
  id uuid not null,
  member text not null,
  -- the family, or the segment that stands alone
  field text not null,
  from_segment text,
  to_segment text,
  at timestamptz not null,
  primary key (tenant, id)
);
create index segment_move_of_member on segment_move (tenant, member, at);
create index segment_move_by_time on segment_move (tenant, field, at);
-- How many were in each segment at the end of each day it was looked at.
create table segment_count (
  tenant text not null,
  segment text not null,
  day date not null,
  members bigint not null,
  primary key (tenant, segment, day)
);

-- The owner's numbers for the presets.
create table segment_settings (
  tenant text not null,
  family text not null,
  settings json not null,
  primary key (tenant, family)
);
