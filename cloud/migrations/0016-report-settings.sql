-- What the owner set of a report: numbers of a preset, groups of RFM, shares of ABC. Missing: what is usual.
create table report_setting (
  tenant text not null,
  report text not null,
  body json not null,
  set_at timestamptz not null,
  primary key (tenant, report)
);
