-- Persons who were forgotten on request. Their entries stay, for the ledger's sums; facts are made of them no more.
create table erased_member (
  tenant text not null,
  member text not null,
  erased_at timestamptz not null,
  primary key (tenant, member)
);
