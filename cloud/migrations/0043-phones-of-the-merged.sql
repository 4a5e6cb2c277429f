-- The row of somebody who was merged into another is told without a phone: tills hear it again, and first fills as well.
insert into feed_pending (tenant, id, scope, keys)
select tenant, gen_random_uuid(), 'member', array_agg(member) from member where merged_into is not null group by tenant;
delete from feed_page where tenant in (select tenant from member where merged_into is not null);
