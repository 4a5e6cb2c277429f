-- What the two sides agreed on when the session was opened. Sessions from before speak the first protocol.
alter table session add column protocol integer not null default 1;
