-- What receipts got from coupons, full stamp cards and raised percents of campaigns; returns take nothing of it away.

create table receipt_reward (
  tenant text not null,
  outlet text not null,
  receipt text not null,
  place integer not null,
  -- coupon:ID or stamp:ID; of a raised percent the term of the member, campaign:ID/TOUCH
  purse text not null,
  kind text not null check (kind in ('freeItem', 'percentOff', 'amountOff', 'points', 'percent')),
  -- taken off the receipt, in kopecks
  money bigint not null,
  -- given beside, in hundredths
  points bigint not null,
  primary key (tenant, outlet, receipt, place)
);
create index receipt_reward_of_purse on receipt_reward (tenant, purse);
create index receipt_reward_of_kind on receipt_reward (tenant, kind);

-- Receipts of before; what raised percents earned in them is counted when facts are rebuilt.
insert into receipt_reward (tenant, outlet, receipt, place, purse, kind, money, points)
select s.tenant, s.outlet, s.receipt, w.place - 1, w.reward->>'id', w.reward->>'kind',
  ((w.reward->>'money')::numeric * 100)::bigint, 0
from sale s
join entry e on e.tenant = s.tenant and e.device = s.device and e.epoch = s.epoch and e.seq = s.seq
join receipt r on r.tenant = s.tenant and r.outlet = s.outlet and r.receipt = s.receipt
cross join lateral json_array_elements(e.body::json->'body'->'rewards') with ordinality w (reward, place)
where e.body is not null and e.kind = 'sale';
