-- Reports of a large base that took long, as they were last told to a screen; computed anew from there on.
create table report_answer (
  tenant text not null,
  -- the hash of the report's name and its settings
  wish text not null,
  report text not null,
  body json not null,
  made_at timestamptz not null,
  took_ms integer not null,
  primary key (tenant, wish)
);
