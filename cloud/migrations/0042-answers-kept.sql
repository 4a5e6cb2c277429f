-- What was answered to requests of the admin API that came with an Idempotency-Key: repeated, they are answered the same.
create table admin_answer (
  tenant text not null,
  key text not null,
  -- a keyed hash of what was asked
  asked text not null,
  -- sealed: it may hold the code of a coupon
  answer bytea not null,
  made_at timestamptz not null,
  primary key (tenant, key)
);
create index admin_answer_by_age on admin_answer (tenant, made_at);
