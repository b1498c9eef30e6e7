-- Connections: a connector plus its settings; secrets apart, encrypted, several valid during a rotation.
create table connection (
  id text primary key,
  connector text not null,
  company text not null default 'main',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table connection_secret (
  id uuid primary key,
  connection text not null references connection (id) on delete cascade,
  name text not null,
  ciphertext text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index connection_secret_connection on connection_secret (connection);

create table signing_key (
  kid text primary key,
  public_jwk jsonb not null,
  private_ciphertext text not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

-- Small facts of this installation: the id of the log, the check value of the secret key.
create table installation (
  name text primary key,
  value text not null
);

-- Raw messages. The row and its dedupe key outlive body and headers, which retention empties.
create table inbox (
  id uuid primary key,
  connection text not null,
  dedupe_key text not null,
  correlation_id uuid not null,
  received_at timestamptz not null,
  headers jsonb,
  body bytea,
  state text not null default 'RECEIVED' check (state in ('RECEIVED', 'DECODED', 'QUARANTINED')),
  decoded_at timestamptz,
  failure text,
  unique (connection, dedupe_key)
);
create index inbox_undecoded on inbox (id) where state = 'RECEIVED';

-- Messages refused for a wrong signature: nothing of them is kept but their number.
create table rejection (
  connection text not null,
  minute timestamptz not null,
  reason text not null,
  count bigint not null,
  primary key (connection, minute, reason)
);

-- The event log. Positions are dense and come from log_head, so that no event can later appear
-- behind a position already read. Partitioned by position; uniqueness of facts is kept by fact.
create table event (
  position bigint not null,
  id uuid not null,
  type text not null,
  version smallint not null,
  subject text not null,
  subject_version integer,
  company text not null,
  connection text,
  fact_key text,
  occurred_at timestamptz,
  recorded_at timestamptz not null,
  correlation_id uuid not null,
  causation_id uuid,
  payload jsonb not null,
  primary key (position)
) partition by range (position);
create table event_p0 partition of event for values from (0) to (10000000);
create index event_causation on event (causation_id);
create index event_subject on event (subject, position);
create index event_deletion on event (subject) where type = 'record.deleted';

create table log_head (
  only_row boolean primary key default true check (only_row),
  position bigint not null
);
insert into log_head (position) values (0);

-- The ledger of known facts, each recorded once, for ever: the id is a hash of connection, subject,
-- fact key and content.
create table fact (
  id uuid primary key,
  event_id uuid not null,
  retracted boolean not null default false
);
create index fact_retracted on fact (id) where retracted;

-- Personal data, apart from the log: events refer to it, erasure deletes it here.
create table personal_data (
  id uuid primary key,
  subject text not null,
  data jsonb not null
);
create index personal_data_subject on personal_data (subject);

-- Versions of subjects that commands write, so that two commands cannot both take one step.
create table subject_version (
  subject text not null,
  version integer not null,
  primary key (subject, version)
);

create table projection (
  name text primary key,
  position bigint not null
);

-- References: how outside systems name a shipment. One row a name; moved by link events, of which
-- sequence is the last one applied. Without a shipment: a name that its source took back.
create table reference (
  subject text primary key,
  kind text not null,
  issuer text not null,
  value text not null,
  shipment_id uuid,
  sequence integer not null default 1,
  named_sequence integer not null default 0
);
create index reference_shipment on reference (shipment_id);
create index reference_value on reference (value, kind);

-- Which names sources give one shipment in the same breath: why two references lead to one shipment.
create table naming (
  source text not null,
  name text not null,
  primary key (source, name)
);
create index naming_name on naming (name);

-- Every three characters of a text, for finding a part of it through an index (as pg_trgm does, which
-- not every PostgreSQL has).
create function search_parts(value text) returns text[] language sql immutable parallel safe
  -- In time that grows with the text alone: substr looks for its place from the start each time.
  return array(
    select distinct a || b || c
    from (
      select ch as a, lead(ch) over places as b, lead(ch, 2) over places as c
      from unnest(string_to_array(value, null)) with ordinality as chars(ch, place) window places as (order by place)
    ) as parts
    where c is not null);

create table shipment (
  id uuid primary key,
  company text not null,
  reference text,
  status text not null,
  raw_status text,
  provisional boolean not null,
  carrier text,
  direction text,
  order_id uuid,
  transfer_subject text,
  return_of uuid,
  backorder_of uuid,
  tracking_numbers text[] not null default '{}',
  names text[] not null default '{}',
  packages jsonb not null default '[]',
  promised_at timestamptz,
  planned_at timestamptz,
  estimated_at timestamptz,
  delivered_at timestamptz,
  last_milestone_id uuid,
  conflict text,
  release jsonb,
  origin jsonb,
  destination jsonb,
  search text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  merged_into uuid
);
create index shipment_order on shipment (order_id);
create index shipment_transfer on shipment (transfer_subject);
create index shipment_tracking on shipment using gin (tracking_numbers);
create index shipment_names on shipment using gin (names);
create index shipment_search on shipment using gin (search_parts(search));
create index shipment_status on shipment (status, id) where merged_into is null;
create index shipment_carrier on shipment (carrier, id) where merged_into is null;
create index shipment_provisional on shipment (id) where provisional and merged_into is null;

-- The timeline: every version of every milestone that was reported; active marks what stands.
create table milestone (
  id uuid primary key,
  position bigint not null,
  subject text not null,
  shipment_id uuid not null,
  company text not null,
  fact_group text not null,
  content_hash text not null,
  active boolean not null,
  code text not null,
  classifier text not null,
  occurred_at timestamptz not null,
  zone text not null,
  zone_assumed boolean not null,
  observed_at timestamptz not null,
  recorded_at timestamptz not null,
  connection text not null,
  raw_id uuid,
  raw_code text,
  raw_reason text,
  raw_text text,
  exception_class text,
  stop smallint,
  carrier text,
  package text,
  pieces integer,
  place jsonb,
  retracts uuid,
  retracts_fact_key text
);
create index milestone_shipment on milestone (shipment_id, occurred_at, id);
create index milestone_subject on milestone (subject);

create table estimate (
  subject text not null,
  connection text not null,
  kind text not null,
  estimated_at timestamptz not null,
  zone text not null,
  observed_at timestamptz not null,
  primary key (subject, connection, kind)
);

-- What each principal may be shown, in the order in which it became visible. A row is of one key (see
-- record_access) and tells of a milestone, of a record that changed, or of both: the newest milestone
-- of a batch tells of its shipment too. What stands at one place is the same for all keys.
create table feed (
  key text not null,
  position bigint not null,
  ordinal integer not null,
  company text not null,
  milestone_id uuid,
  changed text,
  record_id uuid,
  primary key (key, position, ordinal),
  check (milestone_id is not null or record_id is not null)
);
create index feed_milestone on feed (milestone_id, key) where milestone_id is not null;
create index feed_company on feed (company, position, ordinal) where key = 'all';
-- For the removal of the oldest rows; rows stand in the order of their positions.
create index feed_position on feed using brin (position);

-- Who may see which record, by key: party:<uuid>, carrier:<code>, facility:<code>@<company>, tms:<connection>, shop:<company>.
create table record_access (
  key text not null,
  kind text not null,
  record_id uuid not null,
  primary key (key, kind, record_id)
);
create index record_access_record on record_access (record_id, kind);

create table exception (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  class text not null,
  kind text not null,
  severity text not null,
  state text not null check (state in ('OPEN', 'ASSIGNED', 'RESOLVED')),
  title text not null,
  detail text not null,
  shipment_id uuid,
  source_subject text,
  raw_id uuid,
  assignee text,
  resolution text,
  opened_at timestamptz not null,
  resolved_at timestamptz,
  -- Who resolved or reopened it last: what people decided is left to them.
  decided_by text,
  version integer not null
);
create index exception_open on exception (opened_at, id) where state <> 'RESOLVED';
create index exception_shipment on exception (shipment_id);
create index exception_source on exception (source_subject) where state <> 'RESOLVED';
