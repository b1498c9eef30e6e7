-- What is wanted to happen at partners. A command is accepted in the transaction that causes it and kept with its
-- whole context until it has succeeded, was cancelled, or a person gave it up. Times are the database's own.

create table command (
  id uuid primary key,
  -- Rises with acceptance, and is the order of commands of one order_key.
  sequence bigint generated always as identity,
  kind text not null,
  -- Connection that performs it; routed_from is the one that it was meant for, where it went to the fallback.
  connection text not null,
  routed_from text,
  lane text not null check (lane in ('DISPATCH', 'REPORT')),
  company text not null,
  idempotency_key text not null,
  requested_by text not null,
  -- Sealed: SHA-256 of the input as accepted, by which a repeat is told from another command under the same key.
  input_digest bytea not null,
  -- Sealed; null: past its retention.
  input bytea,
  subject text not null,
  order_key text,
  shipment_id uuid,
  state text not null check (state in ('QUEUED', 'CALLING', 'WAITING', 'DONE', 'PARTIAL', 'DEAD', 'CANCELLED', 'DISCARDED')),
  attempts integer not null default 0,
  -- Attempts that count towards giving up, since it was last retried by a person.
  failures integer not null default 0,
  next_at timestamptz not null,
  -- When it may be given up for its age: that of its acceptance, or of the last retry by a person.
  waiting_since timestamptz not null,
  deadline_at timestamptz,
  -- Sealed.
  memory bytea,
  result jsonb,
  -- Why it waits or was given up: {reason, kind, message}.
  error jsonb,
  -- The command that was made of this one with another input.
  replaced_by uuid,
  -- Holder of the partner who performs it.
  lease uuid,
  correlation_id uuid not null,
  causation_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  unique (requested_by, idempotency_key)
);

create index command_due on command (connection, lane, next_at, sequence) where state in ('QUEUED', 'WAITING');
create index command_calling on command (connection, lease) where state = 'CALLING';
create index command_order on command (connection, lane, order_key, sequence) where order_key is not null and state in ('QUEUED', 'WAITING', 'CALLING');
create index command_deadline on command (deadline_at) where state in ('QUEUED', 'WAITING') and deadline_at is not null;
create index command_dead on command (connection, sequence) where state = 'DEAD';
create index command_created on command (created_at);
create index command_sequence on command (sequence);
create index command_subject on command (subject, sequence);
create index command_shipment on command (shipment_id, sequence) where shipment_id is not null;
create index command_finished on command (finished_at) where finished_at is not null and (input is not null or memory is not null);
-- Answers to a command, which are messages of its connection under a key with its id.
create index inbox_answer on inbox (substr(dedupe_key, 9, 36)) where dedupe_key like 'command:%';

create table command_attempt (
  id uuid primary key default gen_random_uuid(),
  command_id uuid not null references command (id) on delete cascade,
  number integer not null,
  company text not null,
  connection text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  -- Null: under way. LOST: its process was killed.
  outcome text check (outcome in ('DONE', 'PARTIAL', 'FAILED', 'LOST')),
  error_kind text,
  error text,
  -- Sealed, cut: what was answered.
  raw bytea,
  unique (command_id, number)
);

create index command_attempt_started on command_attempt (started_at);

-- What differs from the table of defaults, for a connection.
create table partner_policy (
  connection text primary key references connection (id),
  overrides jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- A partner is looked after by one process at a time, so that its rate, its concurrency and its breaker are one.
create table partner_state (
  connection text primary key references connection (id),
  holder uuid,
  lease_until timestamptz,
  breaker text not null default 'CLOSED' check (breaker in ('CLOSED', 'OPEN', 'HALF_OPEN')),
  -- How often it opened without a success in between; each time it stays open longer.
  openings integer not null default 0,
  open_until timestamptz,
  -- The partner asked not to be called before.
  paused_until timestamptz,
  last_error text,
  updated_at timestamptz not null
);

create policy outsiders on command for select using (false);
create policy outsiders on command_attempt for select using (false);
alter table command enable row level security;
alter table command_attempt enable row level security;
