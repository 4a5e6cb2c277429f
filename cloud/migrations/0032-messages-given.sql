-- What was claimed and not yet given to anybody when its service ended may be sent; what was given is uncertain.
alter table message add column given_at timestamptz;
