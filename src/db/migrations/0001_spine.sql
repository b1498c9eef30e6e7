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

-- What each principal may be shown of the milestones, in the order in which it became visible.
-- One row per key (see record_access) and milestone, at the position that made it visible.
create table feed (
  key text not null,
  position bigint not null,
  ordinal integer not null,
  milestone_id uuid not null,
  company text not null,
  primary key (key, position, ordinal)
);
create index feed_milestone on feed (milestone_id, key);
create index feed_position on feed (position, ordinal, key);
create index feed_company on feed (company, position, ordinal, key);

-- Who may see which record, by key: party:<uuid>, carrier:<code>.
create table record_access (
  key text not null,
  kind text not null,
  record_id uuid not null,
  primary key (key, kind, record_id)
);
create index record_access_record on record_access (record_id, kind);

create table sales_order (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  state text not null,
  customer_reference text,
  party_id uuid not null,
  ship_to_id uuid,
  ordered_at timestamptz,
  promised_at timestamptz,
  first_promised_at timestamptz,
  first_promised_version bigint,
  total jsonb,
  delivery_status text,
  invoice_status text,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index sales_order_reference on sales_order (reference, id);

create table transfer (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  state text not null,
  order_id uuid,
  party_id uuid,
  ship_to_id uuid,
  carrier text,
  tracking_numbers text[] not null,
  scheduled_at timestamptz,
  deadline_at timestamptz,
  first_deadline_at timestamptz,
  first_deadline_version bigint,
  done_at timestamptz,
  backorder_of uuid,
  return_of uuid,
  weight jsonb,
  package_count integer,
  release jsonb,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);

create index transfer_order on transfer (order_id, reference, id);
create index transfer_reference on transfer (reference, id);
create index transfer_state on transfer (state, reference, id);
create index transfer_ship_to on transfer (ship_to_id);

create table party (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  name text not null,
  commercial_id uuid not null,
  email text,
  phone text,
  address jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index party_commercial on party (commercial_id);
create index party_name on party (name, id);

create table product (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  name text not null,
  sku text,
  barcode text,
  weight jsonb,
  search text not null default '',
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index product_name on product (name, id);
create index product_sku on product (sku);
create index product_barcode on product (barcode);
create index product_search on product using gin (search_parts(search));

create table stock_level (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  product_id uuid not null,
  location text not null,
  on_hand numeric not null,
  reserved numeric not null,
  unit text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index stock_level_product on stock_level (product_id, location, id);
create index stock_level_location on stock_level (location, product_id, id);

create table invoice (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  reference text not null,
  state text not null,
  payment_state text not null,
  party_id uuid not null,
  order_references text[] not null,
  invoiced_at timestamptz,
  due_at timestamptz,
  total jsonb not null,
  residual jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index invoice_reference on invoice (reference, id);
create index invoice_state on invoice (state, reference, id);
create index invoice_payment on invoice (payment_state, reference, id);
create index invoice_orders on invoice using gin (order_references);

-- Trips of a transport management system. stops holds the newest version of them, names of shipments
-- among it; stop and load_shipment follow from it.
create table load (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  reference text not null,
  name_key text not null,
  state text not null,
  raw_state text not null,
  carrier text,
  truck text,
  trailer text,
  starts_at timestamptz,
  stops jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index load_name on load (name_key);
-- Lists go by the start, those without one last.
create index load_start on load ((coalesce(starts_at, '-infinity'::timestamptz)), id);
create index load_state on load (state, (coalesce(starts_at, '-infinity'::timestamptz)), id);
create index load_carrier on load (carrier, (coalesce(starts_at, '-infinity'::timestamptz)), id);

create table stop (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  kind text not null,
  facility_code text,
  place jsonb,
  window_from timestamptz,
  window_to timestamptz,
  planned_arrival timestamptz,
  planned_departure timestamptz,
  estimated_arrival timestamptz,
  estimated_departure timestamptz,
  actual_arrival timestamptz,
  actual_departure timestamptz,
  primary key (load_id, sequence)
);
create index stop_facility on stop (facility_code);

create table facility (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  name text not null,
  code text,
  place jsonb,
  zone text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index facility_code on facility (code);

create table appointment (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  facility_id uuid,
  dock text,
  direction text not null,
  state text not null,
  raw_state text not null,
  confirmation text,
  starts_at timestamptz not null,
  ends_at timestamptz,
  carrier text,
  numbers text[] not null,
  names jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index appointment_start on appointment (starts_at, id);
create index appointment_state on appointment (state, starts_at, id);
create index appointment_facility on appointment (facility_id, starts_at, id);

-- Numbers with which appointments were booked: names of loads among them.
create table appointment_number (
  appointment_id uuid not null,
  number text not null,
  company text not null,
  primary key (appointment_id, number)
);
create index appointment_number_number on appointment_number (number);

create table visit (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  facility_id uuid,
  appointment_id uuid,
  type text not null,
  state text not null,
  raw_state text,
  carrier text,
  truck text,
  trailer text,
  checked_in_at timestamptz,
  at_dock_at timestamptz,
  from_dock_at timestamptz,
  checked_out_at timestamptz,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index visit_check_in on visit ((coalesce(checked_in_at, '-infinity'::timestamptz)), id);
create index visit_state on visit (state, (coalesce(checked_in_at, '-infinity'::timestamptz)), id);
create index visit_facility on visit (facility_id, checked_in_at);
create index visit_appointment on visit (appointment_id);

-- Names of shipments in the newest versions of loads (by stop and action) and appointments (stop 0).
-- A name that leads to no shipment yet waits here.
create table mention (
  record_kind text not null,
  record_id uuid not null,
  stop integer not null,
  action text not null,
  kind text not null,
  issuer text not null,
  value text not null,
  primary key (record_id, stop, action, kind, issuer, value)
);
create index mention_value on mention (value);

-- Where the mentions lead. The company is that of the load or appointment.
create table load_shipment (
  load_id uuid not null,
  stop integer not null,
  action text not null check (action in ('LOAD', 'UNLOAD')),
  shipment_id uuid not null,
  company text not null,
  primary key (load_id, stop, action, shipment_id)
);
create index load_shipment_shipment on load_shipment (shipment_id, load_id, stop);

create table appointment_shipment (
  appointment_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  primary key (appointment_id, shipment_id)
);
create index appointment_shipment_shipment on appointment_shipment (shipment_id);

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

-- Reading a connection's records at their source, to find what was lost: one row a run, with where it
-- stands. A job is of one step; a job of another step is one that another worker did already.
create table sync_run (
  id uuid primary key,
  connection text not null,
  cause text not null check (cause in ('COMMAND', 'SCHEDULE')),
  state text not null check (state in ('RUNNING', 'DONE', 'FAILED')),
  topics text[] not null,
  step integer not null default 0,
  place jsonb not null,
  totals jsonb not null default '{}',
  figures jsonb not null default '{}',
  memory jsonb,
  -- The raw message that it stored last: the next page waits until it is decoded.
  message uuid,
  attempts integer not null default 0,
  error text,
  key_expires_at timestamptz,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz
);
create unique index sync_run_running on sync_run (connection) where state = 'RUNNING';
create index sync_run_latest on sync_run (connection, started_at);
