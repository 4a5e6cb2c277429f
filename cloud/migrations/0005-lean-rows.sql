-- Every sale changes its member's row. No index names what changes then, and pages keep some room, so that the new
-- version of a row stays beside the old one and no index has to hear of it.

-- An instant up to 30 days before last_purchase_at: who last bought when is looked for by this, then looked at.
alter table member add column bought_since timestamptz;
update member set bought_since = last_purchase_at;
drop index member_bought;
create index member_bought_since on member (tenant, bought_since);

alter table member set (fillfactor = 80);
alter table account set (fillfactor = 80);
