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
-- CASE, not COALESCE: behind row-level security PostgreSQL takes COALESCE for a function that may leak and uses no index for it.
create index load_start on load ((case when starts_at is null then '-infinity'::timestamptz else starts_at end), id);
create index load_state on load (state, (case when starts_at is null then '-infinity'::timestamptz else starts_at end), id);
create index load_carrier on load (carrier, (case when starts_at is null then '-infinity'::timestamptz else starts_at end), id);

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
create index visit_check_in on visit ((case when checked_in_at is null then '-infinity'::timestamptz else checked_in_at end), id);
create index visit_state on visit (state, (case when checked_in_at is null then '-infinity'::timestamptz else checked_in_at end), id);
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
