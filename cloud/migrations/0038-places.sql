-- Where a member stands, as one short text beside the facts: looking at everybody compares within a row, without joining
-- who belongs with who belonged. segment_member stays what is asked of one segment or one member.

alter table segment
  -- the place of its family, or of the segment alone, in member_fact.places; null: a static one
  add column slot integer,
  -- what stands there for those in it
  add column letter text;

update segment s set slot = n.slot, letter = n.letter
from (
  select tenant, segment,
    dense_rank() over (partition by tenant order by family nulls last, case when family is null then segment end) as slot,
    chr((96 + row_number() over (
      partition by tenant, coalesce(family, ''), case when family is null then segment end order by rank, segment
    ))::integer) as letter
  from segment where kind = 'live'
) n
where s.tenant = n.tenant and s.segment = n.segment;

alter table member_fact
  -- the n-th letter says which segment of slot n the member is in; "-" and what is missing at the end: none
  add column places text not null default '',
  -- purchase days, the first one first
  add column days date[] not null default '{}',
  -- of the first purchase day, less returns of that day
  add column first_spend bigint not null default 0;

update member_fact f set places = p.places
from (
  select tenant, member, string_agg(repeat('-', slot - before - 1) || letter, '' order by slot) as places
  from (
    select m.tenant, m.member, s.slot, s.letter,
      lag(s.slot, 1, 0) over (partition by m.tenant, m.member order by s.slot) as before
    from segment_member m
    join segment s on s.tenant = m.tenant and s.segment = m.segment
    where s.slot is not null
  ) one
  group by tenant, member
) p
where f.tenant = p.tenant and f.member = p.member;

-- What a moment that lies back has to look at beside the facts.
create index receipt_undone on receipt (tenant, undone_at) where undone_at is not null;

-- The two new facts are computed.
update fact_state set day = null;
