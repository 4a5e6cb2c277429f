-- Tills hear of the other tills of their shop; those that have joined already are told too.
insert into feed_pending (tenant, id, scope, keys)
select tenant, gen_random_uuid(), 'device', array_agg(device) from device group by tenant;
