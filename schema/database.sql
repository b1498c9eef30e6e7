-- Generated from src/db/migrations by npm run schema. Do not edit.

CREATE OR REPLACE FUNCTION public.search_parts(value text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT ((parts.a || parts.b) || parts.c) FROM (SELECT chars.ch AS a, lead(chars.ch) OVER places AS b, lead(chars.ch, 2) OVER places AS c FROM unnest(string_to_array(search_parts.value, NULL::text)) WITH ORDINALITY chars(ch, place) WINDOW places AS (ORDER BY chars.place)) parts WHERE (parts.c IS NOT NULL));

create table appointment (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  facility_id uuid,
  dock text,
  direction text not null,
  state text not null,
  raw_state text not null,
  confirmation text,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  carrier text,
  numbers text[] not null,
  names jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX appointment_facility ON public.appointment USING btree (facility_id, starts_at, id);
CREATE INDEX appointment_start ON public.appointment USING btree (starts_at, id);
CREATE INDEX appointment_state ON public.appointment USING btree (state, starts_at, id);

create table appointment_number (
  appointment_id uuid not null,
  number text not null,
  company text not null,
  PRIMARY KEY (appointment_id, number)
);
CREATE INDEX appointment_number_number ON public.appointment_number USING btree (number);

create table appointment_shipment (
  appointment_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (appointment_id, shipment_id)
);
CREATE INDEX appointment_shipment_shipment ON public.appointment_shipment USING btree (shipment_id);

create table connection (
  id text not null,
  connector text not null,
  company text not null default 'main'::text,
  settings jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  disabled_at timestamp with time zone,
  PRIMARY KEY (id)
);

create table connection_secret (
  id uuid not null,
  connection text not null,
  name text not null,
  ciphertext text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  PRIMARY KEY (id),
  FOREIGN KEY (connection) REFERENCES connection(id) ON DELETE CASCADE
);
CREATE INDEX connection_secret_connection ON public.connection_secret USING btree (connection);

create table estimate (
  subject text not null,
  connection text not null,
  kind text not null,
  estimated_at timestamp with time zone not null,
  zone text not null,
  observed_at timestamp with time zone not null,
  PRIMARY KEY (subject, connection, kind)
);

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
  occurred_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  correlation_id uuid not null,
  causation_id uuid,
  payload jsonb not null,
  PRIMARY KEY ("position")
) partition by RANGE ("position");
CREATE INDEX event_causation ON ONLY public.event USING btree (causation_id);
CREATE INDEX event_deletion ON ONLY public.event USING btree (subject) WHERE (type = 'record.deleted'::text);
CREATE INDEX event_subject ON ONLY public.event USING btree (subject, "position");

create table exception (
  id uuid not null,
  subject text not null,
  company text not null,
  class text not null,
  kind text not null,
  severity text not null,
  state text not null,
  title text not null,
  detail text not null,
  shipment_id uuid,
  source_subject text,
  raw_id uuid,
  assignee text,
  resolution text,
  opened_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  decided_by text,
  version integer not null,
  UNIQUE (subject),
  PRIMARY KEY (id),
  CHECK ((state = ANY (ARRAY['OPEN'::text, 'ASSIGNED'::text, 'RESOLVED'::text])))
);
CREATE INDEX exception_open ON public.exception USING btree (opened_at, id) WHERE (state <> 'RESOLVED'::text);
CREATE INDEX exception_shipment ON public.exception USING btree (shipment_id);
CREATE INDEX exception_source ON public.exception USING btree (source_subject) WHERE (state <> 'RESOLVED'::text);

create table facility (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  name text not null,
  code text,
  place jsonb,
  zone text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX facility_code ON public.facility USING btree (code);

create table fact (
  id uuid not null,
  event_id uuid not null,
  retracted boolean not null default false,
  PRIMARY KEY (id)
);
CREATE INDEX fact_retracted ON public.fact USING btree (id) WHERE retracted;

create table feed (
  key text not null,
  position bigint not null,
  ordinal integer not null,
  milestone_id uuid not null,
  company text not null,
  PRIMARY KEY (key, "position", ordinal)
);
CREATE INDEX feed_company ON public.feed USING btree (company, "position", ordinal, key);
CREATE INDEX feed_milestone ON public.feed USING btree (milestone_id, key);
CREATE INDEX feed_position ON public.feed USING btree ("position", ordinal, key);

create table inbox (
  id uuid not null,
  connection text not null,
  dedupe_key text not null,
  correlation_id uuid not null,
  received_at timestamp with time zone not null,
  headers jsonb,
  body bytea,
  state text not null default 'RECEIVED'::text,
  decoded_at timestamp with time zone,
  failure text,
  UNIQUE (connection, dedupe_key),
  PRIMARY KEY (id),
  CHECK ((state = ANY (ARRAY['RECEIVED'::text, 'DECODED'::text, 'QUARANTINED'::text])))
);
CREATE INDEX inbox_undecoded ON public.inbox USING btree (id) WHERE (state = 'RECEIVED'::text);

create table installation (
  name text not null,
  value text not null,
  PRIMARY KEY (name)
);

create table invoice (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  reference text not null,
  state text not null,
  payment_state text not null,
  party_id uuid not null,
  order_references text[] not null,
  invoiced_at timestamp with time zone,
  due_at timestamp with time zone,
  total jsonb not null,
  residual jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX invoice_orders ON public.invoice USING gin (order_references);
CREATE INDEX invoice_payment ON public.invoice USING btree (payment_state, reference, id);
CREATE INDEX invoice_reference ON public.invoice USING btree (reference, id);
CREATE INDEX invoice_state ON public.invoice USING btree (state, reference, id);

create table load (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  reference text not null,
  name_key text not null,
  state text not null,
  raw_state text not null,
  carrier text,
  truck text,
  trailer text,
  starts_at timestamp with time zone,
  stops jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX load_carrier ON public.load USING btree (carrier, COALESCE(starts_at, '-infinity'::timestamp with time zone), id);
CREATE INDEX load_name ON public.load USING btree (name_key);
CREATE INDEX load_start ON public.load USING btree (COALESCE(starts_at, '-infinity'::timestamp with time zone), id);
CREATE INDEX load_state ON public.load USING btree (state, COALESCE(starts_at, '-infinity'::timestamp with time zone), id);

create table load_shipment (
  load_id uuid not null,
  stop integer not null,
  action text not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (load_id, stop, action, shipment_id),
  CHECK ((action = ANY (ARRAY['LOAD'::text, 'UNLOAD'::text])))
);
CREATE INDEX load_shipment_shipment ON public.load_shipment USING btree (shipment_id, load_id, stop);

create table log_head (
  only_row boolean not null default true,
  position bigint not null,
  PRIMARY KEY (only_row),
  CHECK (only_row)
);

create table mention (
  record_kind text not null,
  record_id uuid not null,
  stop integer not null,
  action text not null,
  kind text not null,
  issuer text not null,
  value text not null,
  PRIMARY KEY (record_id, stop, action, kind, issuer, value)
);
CREATE INDEX mention_value ON public.mention USING btree (value);

create table milestone (
  id uuid not null,
  position bigint not null,
  subject text not null,
  shipment_id uuid not null,
  company text not null,
  fact_group text not null,
  content_hash text not null,
  active boolean not null,
  code text not null,
  classifier text not null,
  occurred_at timestamp with time zone not null,
  zone text not null,
  zone_assumed boolean not null,
  observed_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
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
  retracts_fact_key text,
  PRIMARY KEY (id)
);
CREATE INDEX milestone_shipment ON public.milestone USING btree (shipment_id, occurred_at, id);
CREATE INDEX milestone_subject ON public.milestone USING btree (subject);

create table naming (
  source text not null,
  name text not null,
  PRIMARY KEY (source, name)
);
CREATE INDEX naming_name ON public.naming USING btree (name);

create table party (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  name text not null,
  commercial_id uuid not null,
  email text,
  phone text,
  address jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX party_commercial ON public.party USING btree (commercial_id);
CREATE INDEX party_name ON public.party USING btree (name, id);

create table personal_data (
  id uuid not null,
  subject text not null,
  data jsonb not null,
  PRIMARY KEY (id)
);
CREATE INDEX personal_data_subject ON public.personal_data USING btree (subject);

create table product (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  name text not null,
  sku text,
  barcode text,
  weight jsonb,
  search text not null default ''::text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX product_barcode ON public.product USING btree (barcode);
CREATE INDEX product_name ON public.product USING btree (name, id);
CREATE INDEX product_search ON public.product USING gin (search_parts(search));
CREATE INDEX product_sku ON public.product USING btree (sku);

create table projection (
  name text not null,
  position bigint not null,
  PRIMARY KEY (name)
);

create table record_access (
  key text not null,
  kind text not null,
  record_id uuid not null,
  PRIMARY KEY (key, kind, record_id)
);
CREATE INDEX record_access_record ON public.record_access USING btree (record_id, kind);

create table reference (
  subject text not null,
  kind text not null,
  issuer text not null,
  value text not null,
  shipment_id uuid,
  sequence integer not null default 1,
  named_sequence integer not null default 0,
  PRIMARY KEY (subject)
);
CREATE INDEX reference_shipment ON public.reference USING btree (shipment_id);
CREATE INDEX reference_value ON public.reference USING btree (value, kind);

create table rejection (
  connection text not null,
  minute timestamp with time zone not null,
  reason text not null,
  count bigint not null,
  PRIMARY KEY (connection, minute, reason)
);

create table sales_order (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  state text not null,
  customer_reference text,
  party_id uuid not null,
  ship_to_id uuid,
  ordered_at timestamp with time zone,
  promised_at timestamp with time zone,
  first_promised_at timestamp with time zone,
  first_promised_version bigint,
  total jsonb,
  delivery_status text,
  invoice_status text,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX sales_order_reference ON public.sales_order USING btree (reference, id);

create table shipment (
  id uuid not null,
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
  tracking_numbers text[] not null default '{}'::text[],
  names text[] not null default '{}'::text[],
  packages jsonb not null default '[]'::jsonb,
  promised_at timestamp with time zone,
  planned_at timestamp with time zone,
  estimated_at timestamp with time zone,
  delivered_at timestamp with time zone,
  last_milestone_id uuid,
  conflict text,
  release jsonb,
  origin jsonb,
  destination jsonb,
  search text not null default ''::text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  merged_into uuid,
  PRIMARY KEY (id)
);
CREATE INDEX shipment_carrier ON public.shipment USING btree (carrier, id) WHERE (merged_into IS NULL);
CREATE INDEX shipment_names ON public.shipment USING gin (names);
CREATE INDEX shipment_order ON public.shipment USING btree (order_id);
CREATE INDEX shipment_provisional ON public.shipment USING btree (id) WHERE (provisional AND (merged_into IS NULL));
CREATE INDEX shipment_search ON public.shipment USING gin (search_parts(search));
CREATE INDEX shipment_status ON public.shipment USING btree (status, id) WHERE (merged_into IS NULL);
CREATE INDEX shipment_tracking ON public.shipment USING gin (tracking_numbers);
CREATE INDEX shipment_transfer ON public.shipment USING btree (transfer_subject);

create table signing_key (
  kid text not null,
  public_jwk jsonb not null,
  private_ciphertext text not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  PRIMARY KEY (kid)
);

create table stock_level (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  product_id uuid not null,
  location text not null,
  on_hand numeric not null,
  reserved numeric not null,
  unit text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX stock_level_location ON public.stock_level USING btree (location, product_id, id);
CREATE INDEX stock_level_product ON public.stock_level USING btree (product_id, location, id);

create table stop (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  kind text not null,
  facility_code text,
  place jsonb,
  window_from timestamp with time zone,
  window_to timestamp with time zone,
  planned_arrival timestamp with time zone,
  planned_departure timestamp with time zone,
  estimated_arrival timestamp with time zone,
  estimated_departure timestamp with time zone,
  actual_arrival timestamp with time zone,
  actual_departure timestamp with time zone,
  PRIMARY KEY (load_id, sequence)
);
CREATE INDEX stop_facility ON public.stop USING btree (facility_code);

create table subject_version (
  subject text not null,
  version integer not null,
  PRIMARY KEY (subject, version)
);

create table sync_run (
  id uuid not null,
  connection text not null,
  cause text not null,
  state text not null,
  topics text[] not null,
  step integer not null default 0,
  place jsonb not null,
  totals jsonb not null default '{}'::jsonb,
  figures jsonb not null default '{}'::jsonb,
  memory jsonb,
  message uuid,
  attempts integer not null default 0,
  error text,
  key_expires_at timestamp with time zone,
  started_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK ((cause = ANY (ARRAY['COMMAND'::text, 'SCHEDULE'::text]))),
  CHECK ((state = ANY (ARRAY['RUNNING'::text, 'DONE'::text, 'FAILED'::text])))
);
CREATE INDEX sync_run_latest ON public.sync_run USING btree (connection, started_at);
CREATE UNIQUE INDEX sync_run_running ON public.sync_run USING btree (connection) WHERE (state = 'RUNNING'::text);

create table transfer (
  id uuid not null,
  subject text not null,
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
  scheduled_at timestamp with time zone,
  deadline_at timestamp with time zone,
  first_deadline_at timestamp with time zone,
  first_deadline_version bigint,
  done_at timestamp with time zone,
  backorder_of uuid,
  return_of uuid,
  weight jsonb,
  package_count integer,
  release jsonb,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX transfer_order ON public.transfer USING btree (order_id, reference, id);
CREATE INDEX transfer_reference ON public.transfer USING btree (reference, id);
CREATE INDEX transfer_ship_to ON public.transfer USING btree (ship_to_id);
CREATE INDEX transfer_state ON public.transfer USING btree (state, reference, id);

create table visit (
  id uuid not null,
  subject text not null,
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
  checked_in_at timestamp with time zone,
  at_dock_at timestamp with time zone,
  from_dock_at timestamp with time zone,
  checked_out_at timestamp with time zone,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX visit_appointment ON public.visit USING btree (appointment_id);
CREATE INDEX visit_check_in ON public.visit USING btree (COALESCE(checked_in_at, '-infinity'::timestamp with time zone), id);
CREATE INDEX visit_facility ON public.visit USING btree (facility_id, checked_in_at);
CREATE INDEX visit_state ON public.visit USING btree (state, COALESCE(checked_in_at, '-infinity'::timestamp with time zone), id);
