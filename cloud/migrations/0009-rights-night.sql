-- How far the night's allotment of rights has come. One row per tenant; its lock lets one instance be at it at a time.
create table allot_turn (
  tenant text primary key,
  -- the day whose night it is; null: never yet
  day date,
  -- the last member looked at; null: that night is over
  after text
);
