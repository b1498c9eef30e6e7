-- Endpoints to which events are told: durable subscribers, each with a place in the feed of its owner's rights. A page
-- of the feed becomes deliveries in the transaction that moves the place. Times are the database's own.

create table webhook_endpoint (
  id uuid primary key,
  kind text not null check (kind in ('HTTP', 'NATS')),
  -- Company under which exceptions about it are raised.
  company text not null,
  -- Subject and role of the token under which it was registered, and the rights that it had: {scopes, companies, keys}.
  owner text not null,
  owner_role text not null,
  rights jsonb not null,
  -- By what of that token its revocation is known.
  token_id text,
  token_issuer text not null,
  token_family text,
  token_connection text,
  token_issued_at timestamptz not null,
  -- Confirmed by its owner at least this often.
  rights_until timestamptz not null,
  url text not null,
  description text not null,
  topics text[] not null,
  filter jsonb not null,
  state text not null check (state in ('ACTIVE', 'PAUSED', 'DISABLED')),
  -- Why it is disabled: GONE, FAILING, REVOKED, RIGHTS_EXPIRED.
  state_reason text,
  -- Place in the feed: whatever stands before it became deliveries.
  position bigint not null,
  ordinal integer not null,
  -- Requests under way at once, and begun per minute.
  concurrency integer not null,
  per_minute integer not null,
  -- Failed attempts since the last success, and since when.
  failures integer not null default 0,
  failing_since timestamptz,
  alerted_at timestamptz,
  -- It asked not to be called before, or is given time to recover.
  not_before timestamptz,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_error text,
  -- What the feed no longer had when it was to be read: {from, to, at}; cursors, and when that was found.
  gap jsonb,
  -- Who looks after it now.
  holder uuid,
  lease_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create index webhook_endpoint_owner on webhook_endpoint (owner, id);

-- Sealed. The newest signs first; what is replaced signs beside it until it ends.
create table webhook_secret (
  id uuid primary key,
  endpoint uuid not null references webhook_endpoint (id) on delete cascade,
  ciphertext text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz
);

create index webhook_secret_endpoint on webhook_secret (endpoint);

-- A part of the feed that is told again.
create table webhook_replay (
  id uuid primary key,
  endpoint uuid not null references webhook_endpoint (id) on delete cascade,
  -- Up to where it is made into deliveries, and where it ends.
  position bigint not null,
  ordinal integer not null,
  end_position bigint not null,
  end_ordinal integer not null,
  events integer not null default 0,
  requested_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

create index webhook_replay_endpoint on webhook_replay (endpoint, id);

create table webhook_delivery (
  sequence bigint generated always as identity primary key,
  endpoint uuid not null references webhook_endpoint (id) on delete cascade,
  replay uuid,
  -- Place in the feed, where what is told is read when it is sent; null for what is about the endpoint itself, in note.
  position bigint,
  ordinal integer,
  note jsonb,
  event_id text not null,
  type text not null,
  -- What it is about; those of one order key are sent one after the other: of one shipment, whatever was merged into it.
  subject text not null,
  order_key text not null,
  shipment_id uuid,
  happened_at timestamptz not null,
  -- DROPPED: no longer seen by the owner, or no longer kept, when its turn came.
  state text not null default 'WAITING' check (state in ('WAITING', 'SENDING', 'DELIVERED', 'GIVEN_UP', 'DROPPED')),
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  lease uuid,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

create unique index webhook_delivery_place on webhook_delivery (endpoint, position, ordinal) where replay is null;
create index webhook_delivery_due on webhook_delivery (endpoint, next_at, sequence) where state = 'WAITING';
create index webhook_delivery_order on webhook_delivery (endpoint, order_key, sequence) where state in ('WAITING', 'SENDING');
create index webhook_delivery_latest on webhook_delivery (endpoint, sequence);
create index webhook_delivery_given_up on webhook_delivery (endpoint) where state = 'GIVEN_UP';
create index webhook_delivery_finished on webhook_delivery (finished_at) where finished_at is not null;

create table webhook_attempt (
  id uuid primary key,
  endpoint uuid not null references webhook_endpoint (id) on delete cascade,
  delivery bigint not null references webhook_delivery (sequence) on delete cascade,
  number integer not null,
  started_at timestamptz not null,
  -- LOST: its process was killed.
  outcome text not null check (outcome in ('DELIVERED', 'FAILED', 'LOST')),
  -- Of the answer; null where none came.
  status integer,
  milliseconds integer,
  error text,
  -- Sealed, cut: what was answered to what failed.
  answer bytea
);

create index webhook_attempt_delivery on webhook_attempt (delivery, number);
create index webhook_attempt_recent on webhook_attempt (endpoint, started_at);
