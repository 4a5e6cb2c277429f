-- What a till holds is compared in parts by members' ids, pages are such parts: every database puts ids in one order.
create index member_in_order on member (tenant, member collate "C");
delete from feed_page;
