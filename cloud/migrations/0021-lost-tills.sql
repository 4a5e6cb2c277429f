-- A till that is lost is not one that is trusted no more: what it sold before it was lost is booked when it tells of it.
alter table device drop constraint device_state_check;
alter table device add constraint device_state_check check (state in ('active', 'revoked', 'lost'));
