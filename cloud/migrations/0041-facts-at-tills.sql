-- Tills come to decide live segments by themselves: with the programme they are told what these mean, with each member the
-- facts that they ask for. Where tills are told of any already, all of it goes out once more.
insert into feed_pending (tenant, id, scope, keys)
select tenant, gen_random_uuid(), 'programme', array_agg(distinct key) from feed
where scope = 'programme' and tenant in (select tenant from segment where at_tills and kind = 'live')
group by tenant;
insert into feed_pending (tenant, id, scope, keys)
select tenant, gen_random_uuid(), 'member', array_agg(member) from member
where merged_into is null and tenant in (select tenant from segment where at_tills and kind = 'live')
group by tenant;
