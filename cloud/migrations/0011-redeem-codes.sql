-- Codes by message that let a member redeem who told only a phone. One lives for each member; sent ones are counted, so
-- that nobody is flooded.

create table redeem_code (
  tenant text not null,
  member text not null,
  -- keyed: whoever reads the table cannot try a million codes
  mark text not null,
  sent_at timestamptz not null,
  -- wrong answers so far
  wrong integer not null,
  -- when counting began, and how many were sent since
  counted_from timestamptz not null,
  sent integer not null,
  primary key (tenant, member)
);
