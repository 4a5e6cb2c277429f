-- What a member bought is one row for each of the two kinds, with lists beside one another, instead of a row with two index
-- entries for each article: writing those was most of the cost of computing everybody anew. What nobody asks for (amounts,
-- quantities, first days) is not kept; receipts have it.
drop table bought;
create table member_bought (
  tenant text not null,
  member text not null,
  kind text not null check (kind in ('sku', 'category')),
  -- the n-th of each belong together; a category counts for those above it as well
  names text[] not null,
  purchases integer[] not null,
  last_days date[] not null,
  primary key (tenant, member, kind)
);

-- All facts are computed anew.
update fact_state set day = null;
