-- What was bought, as segments and reports see it: receipts of tills and of former systems side by side. A return is a
-- receipt of its own with amounts below nothing. Money in kopecks, quantities in thousandths. No personal data.

create table receipt (
  tenant text not null,
  outlet text not null,
  -- the register's number; of a till's return "return:<device>/<epoch>/<seq>"
  receipt text not null,
  -- null: anonymous
  member text,
  at timestamptz not null,
  -- the calendar day in the programme's zone
  day date not null,
  -- lines with tax after the register's discounts, before rewards and points; below nothing: a return, no purchase
  amount bigint not null,
  -- of it, paid with points or given as a reward
  discount bigint not null,
  -- hundredths of a point
  redeemed bigint not null,
  earned bigint not null,
  -- null: not known of every line
  cost bigint,
  -- when all of it had come back: no purchase from then on
  undone_at timestamptz,
  primary key (tenant, outlet, receipt)
);
create index receipt_of_member on receipt (tenant, member, day) where member is not null;
create index receipt_of_day on receipt (tenant, day);

-- The lines of a receipt, one array a column: the n-th of each makes the n-th line.
create table receipt_goods (
  tenant text not null,
  outlet text not null,
  receipt text not null,
  -- of the receipt, so that goods of a member are found without it
  member text,
  skus text[] not null,
  categories text[] not null,
  qtys bigint[] not null,
  amounts bigint[] not null,
  costs bigint[] not null,
  -- the file that brought it; null: a till
  file text,
  -- where in that file; 0: a line from an earlier file that this one has not named yet
  file_lines integer[],
  primary key (tenant, outlet, receipt)
);
create index receipt_goods_of_member on receipt_goods (tenant, member) where member is not null;

-- The latest name and category of what was sold.
create table goods (
  tenant text not null,
  sku text not null,
  name text,
  category text,
  primary key (tenant, sku)
);

-- Facts: one row per member who was enrolled or bought something, as of fact_state.day.
create table member_fact (
  tenant text not null,
  member text not null,
  enrolled_day date,
  card_type text,
  tier text,
  purchases integer not null,
  purchase_days integer not null,
  returns integer not null,
  redeemed_purchases integer not null,
  -- less returns
  spend bigint not null,
  -- revenue of receipts whose costs are known, and those costs; less returns
  costed_spend bigint not null,
  cost bigint not null,
  first_day date,
  last_day date,
  first_at timestamptz,
  last_at timestamptz,
  -- in the last n days, today among them, in the order of fact_state.windows
  window_purchases integer[] not null,
  window_spend bigint[] not null,
  -- the last day on which a purchase ended a gap of at least n days, in the order of fact_state.gaps
  comebacks date[] not null,
  primary key (tenant, member)
) with (fillfactor = 80);

-- Goods and categories that a member bought; a category counts for those above it as well.
create table bought (
  tenant text not null,
  member text not null,
  kind text not null check (kind in ('sku', 'category')),
  name text not null,
  purchases integer not null,
  qty bigint not null,
  amount bigint not null,
  first_day date not null,
  last_day date not null,
  primary key (tenant, member, kind, name)
);
create index bought_by_name on bought (tenant, kind, name, member);

-- What the facts stand on.
create table fact_state (
  tenant text primary key,
  zone text not null,
  -- null: all facts are to be computed anew
  day date,
  windows integer[] not null,
  gaps integer[] not null
);

-- How far each stream's entries have become receipts.
create table fact_stream (
  tenant text not null,
  device text not null,
  epoch integer not null,
  high bigint not null,
  primary key (tenant, device, epoch)
);

-- Members whose facts are to be computed again.
create table fact_due (
  tenant text not null,
  id uuid not null,
  members text[] not null,
  primary key (tenant, id)
);

-- How far each file of purchases has come in; named by its content and the way it is read.
create table import_file (
  tenant text not null,
  file text not null,
  name text not null,
  lines bigint not null,
  rejected bigint not null,
  begun_at timestamptz not null,
  done_at timestamptz,
  primary key (tenant, file)
);
