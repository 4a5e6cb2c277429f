-- Chains that hang on other days than the last purchase: what a purchase has to come after, to close them, is a day of its own.

alter table campaign_chain add column since date;
update campaign_chain set since = anchor;
alter table campaign_chain alter column since set not null;

alter table hint add column since date;
update hint set since = anchor;
alter table hint alter column since set not null;

alter table message add column since date;
update message set since = anchor;
alter table message alter column since set not null;

-- Who came into a segment and left it, by segment.
create index segment_move_into on segment_move (tenant, to_segment, at) where to_segment is not null;
create index segment_move_out_of on segment_move (tenant, from_segment, at) where from_segment is not null;
