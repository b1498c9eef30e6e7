-- Where looking for what is new at a source stands: one row a connection, changed together with the messages
-- that a look gave. Whoever changes it locks it before its command.
create table poll_cursor (
  connection text primary key references connection (id),
  -- The connector's own; null: nothing was read yet.
  cursor jsonb,
  -- Looks that were accepted so far.
  number bigint not null default 0,
  polled_at timestamptz,
  succeeded_at timestamptz,
  -- Looks that failed since one succeeded, and what the last of them failed with.
  failures integer not null default 0,
  error text,
  -- Messages that were new, in all.
  messages bigint not null default 0
);

-- What was sent and whose receipt is to come by a message of its own.
create index command_receipt_awaited on command (id) where result -> 'receipt' ->> 'state' = 'AWAITED';
