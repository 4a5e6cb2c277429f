-- The latest receipt that the facts count: a report of an earlier moment reads the receipts. Before, each report looked
-- through all receipts of the day for it.
alter table fact_state add column latest_at timestamptz;

update fact_state s set latest_at = (
  select max(r.at) from receipt r where r.tenant = s.tenant and r.member is not null and r.day >= s.day);
