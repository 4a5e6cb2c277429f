-- Passes for Apple Wallet and Google Wallet: what the shop set, the pass of each member, the devices it lies on. What a
-- pass says is worked out when it is asked for; kept is a hash of what was last seen, never the words.

create table wallet_settings (
  tenant text primary key,
  -- names, colours, what is told how often: nothing secret
  settings jsonb not null,
  -- certificate, key and intermediate of Apple; the service account of Google: sealed
  apple bytea,
  google bytea,
  logo bytea,
  icon bytea,
  -- which class Google was told last
  class_told text
);

-- Whoever holds the row numbers changes of passes: a number becomes visible after all smaller ones.
create table wallet_turn (
  tenant text primary key,
  high bigint not null,
  -- how far changes of members have been looked at
  feed bigint not null,
  day date
);

create table wallet_pass (
  tenant text not null,
  serial text not null,
  -- null: forgotten
  member text,
  state text not null check (state in ('live', 'void')),
  seq bigint not null,
  -- whole seconds, always growing: devices ask by them
  changed_at timestamptz not null,
  shown text not null,
  -- the newest that a device has fetched
  fetched bigint not null,
  -- null: nothing to look at
  due_at timestamptz,
  -- the message of a campaign that it shows, and the change that brought it
  campaign text,
  anchor date,
  touch text,
  message_seq bigint,
  -- offered: its link was opened, and Google may have it
  google text not null check (google in ('none', 'offered', 'saved')),
  google_told bigint not null,
  -- the message that Google was asked to announce
  google_said bigint not null,
  google_due_at timestamptz,
  google_attempts integer not null,
  google_trouble text,
  made_at timestamptz not null,
  primary key (tenant, serial)
);
create unique index wallet_pass_live on wallet_pass (tenant, member) where state = 'live';
create index wallet_pass_due on wallet_pass (tenant, due_at) where due_at is not null;
create index wallet_pass_google on wallet_pass (tenant, google_due_at) where google_due_at is not null;

create table wallet_device (
  tenant text not null,
  device text not null,
  serial text not null,
  push_token text not null,
  -- up to which change it was pushed to
  told bigint not null,
  -- null: nothing to push
  due_at timestamptz,
  attempts integer not null,
  trouble text,
  made_at timestamptz not null,
  primary key (tenant, device, serial)
);
create index wallet_device_of_pass on wallet_device (tenant, serial);
create index wallet_device_due on wallet_device (tenant, due_at) where due_at is not null;

alter table message drop constraint message_channel_check;
alter table message add constraint message_channel_check check (channel in ('mail', 'sms', 'wallet'));
-- of a wallet: when a device fetched the pass that says it, or Google took it
alter table message add column delivered_at timestamptz;
