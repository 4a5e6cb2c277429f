-- What members bought on a day that has passed, so that reports on a year need not read its receipts. A row is there and
-- right, or it is not there: whoever changes a receipt takes the row of its day away.
create table day_sum (
  tenant text not null,
  day date not null,
  purchases bigint not null,
  spend bigint not null,
  -- of them, those paid with points in part
  redeemed_purchases bigint not null,
  redeemed_spend bigint not null,
  -- hundredths of a point
  earned bigint not null,
  redeemed bigint not null,
  primary key (tenant, day)
);

-- Days whose rows are to go, said by those who change receipts without holding the facts' state.
alter table fact_due add column days date[] not null default '{}';
