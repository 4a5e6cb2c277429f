-- More that a touch may give or be: raised percents, coupons, free products, offers; variants of a touch; caps; and why.

alter table campaign_touch drop constraint campaign_touch_outcome_check;
alter table campaign_touch add constraint campaign_touch_outcome_check
  check (outcome in ('made', 'control', 'no_consent', 'capped', 'unavailable'));
-- of a touch that is tried in several: which; null: as it is written
alter table campaign_touch add column variant text;
-- of a gift of a size of its own: what it was worked out from
alter table campaign_touch add column why jsonb;

alter table hint drop constraint hint_kind_check;
alter table hint add constraint hint_kind_check
  check (kind in ('gift', 'percent', 'coupon', 'product', 'offer', 'remind'));
alter table hint add column variant text;
-- what the words of the campaign are filled in with, beside points and last day
alter table hint add column said jsonb;

alter table message add column variant text;
alter table message add column said jsonb;

-- How often all campaigns together may touch a member: {"touches": 2, "days": 7}; no row: once a day, as ever.
create table campaign_settings (
  tenant text primary key,
  cap jsonb
);
