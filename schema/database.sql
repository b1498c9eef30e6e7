-- Generated from src/db/migrations by npm run schema. Do not edit.

CREATE OR REPLACE FUNCTION public.appointment_of_visit(of_appointment uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT jsonb_build_object('startsMs', ((EXTRACT(epoch FROM a.starts_at) * (1000)::numeric))::bigint, 'carrier', a.carrier, 'direction', a.direction, 'connection', a.connection, 'version', a.version) AS jsonb_build_object FROM appointment a WHERE ((a.id = appointment_of_visit.of_appointment) AND (NOT a.deleted)));

CREATE OR REPLACE FUNCTION public.audit_keeps_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin if tg_op = 'UPDATE' and new.payload is null and new.salt is null and (new.position, new.at, new.actor, new.role, new.action, new.target_kind, new.target_id, new.correlation_id, new.digest, new.hash) is not distinct from (old.position, old.at, old.actor, old.role, old.action, old.target_kind, old.target_id, old.correlation_id, old.digest, old.hash) then return new; end if; raise exception 'the audit log is append-only: nothing but payload and salt of a row may be erased'; end$function$;

CREATE OR REPLACE FUNCTION public.held_keys()
 RETURNS text[]
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('gatehouse.keys'::text, true), ''::text))::text[];

CREATE OR REPLACE FUNCTION public.lane_minutes(of_company text, lane_from text, lane_to text, on_weekend boolean, at_hour integer, fewest integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (WITH latest AS (SELECT g.minutes, (g.weekend = lane_minutes.on_weekend) AS like_day, ((g.weekend = lane_minutes.on_weekend) AND (LEAST(abs((g.hour - lane_minutes.at_hour)), (24 - abs((g.hour - lane_minutes.at_hour)))) <= 3)) AS like_hour FROM lane_leg g WHERE ((g.company = lane_minutes.of_company) AND (g.from_region = lane_minutes.lane_from) AND (g.to_region = lane_minutes.lane_to)) ORDER BY g.departed_at DESC LIMIT 500), counted AS (SELECT count(*) FILTER (WHERE latest.like_hour) AS hours, count(*) FILTER (WHERE latest.like_day) AS days, count(*) AS trips FROM latest), taken AS (SELECT l.minutes FROM latest l, counted c WHERE CASE WHEN (c.hours >= lane_minutes.fewest) THEN l.like_hour WHEN (c.days >= lane_minutes.fewest) THEN l.like_day ELSE (c.trips >= lane_minutes.fewest) END) SELECT jsonb_build_object('samples', count(*), 'p10', percentile_cont((0.1)::double precision) WITHIN GROUP (ORDER BY ((taken.minutes)::double precision)), 'p50', percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((taken.minutes)::double precision)), 'p90', percentile_cont((0.9)::double precision) WITHIN GROUP (ORDER BY ((taken.minutes)::double precision))) AS jsonb_build_object FROM taken HAVING (count(*) > 0));

CREATE OR REPLACE FUNCTION public.lane_to_stop(of_load uuid, to_sequence integer, fewest integer)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT jsonb_build_object('leavesMs', ((EXTRACT(epoch FROM p.leaves) * (1000)::numeric))::bigint, 'hasLeft', (p.actual_departure IS NOT NULL), 'minutes', lane_minutes(s.company, stop_region(p.facility_code, p.place), stop_region(s.facility_code, s.place), (EXTRACT(isodow FROM (p.leaves AT TIME ZONE p.zone)) > (5)::numeric), (EXTRACT(hour FROM (p.leaves AT TIME ZONE p.zone)))::integer, lane_to_stop.fewest)) AS jsonb_build_object FROM (stop s CROSS JOIN LATERAL (SELECT b.load_id, b.sequence, b.company, b.kind, b.facility_code, b.place, b.window_from, b.window_to, b.planned_arrival, b.planned_departure, b.estimated_arrival, b.estimated_departure, b.actual_arrival, b.actual_departure, COALESCE(b.actual_departure, b.estimated_departure, b.planned_departure) AS leaves, COALESCE((SELECT f.zone FROM facility f WHERE ((f.code = b.facility_code) AND (f.company = b.company) AND (NOT f.deleted)) ORDER BY f.id LIMIT 1), 'UTC'::text) AS zone FROM stop b WHERE ((b.load_id = s.load_id) AND (b.sequence < s.sequence)) ORDER BY b.sequence DESC LIMIT 1) p) WHERE ((s.load_id = lane_to_stop.of_load) AND (s.sequence = lane_to_stop.to_sequence) AND (p.leaves IS NOT NULL)));

CREATE OR REPLACE FUNCTION public.leaves_trailer(v visit)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((v).trailer_key IS NOT NULL) AND CASE WHEN ((v).left_without_trailer OR ((v).trailer_out_key IS NOT NULL) OR ((v).equipment <> '[]'::jsonb)) THEN ((v).left_without_trailer OR COALESCE(((v).trailer_out_key <> (v).trailer_key), false)) ELSE ((v).type = ANY (ARRAY['DROP'::text, 'DROP_HOOK'::text])) END);

CREATE OR REPLACE FUNCTION public.load_named(of_company text, by_name text)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select l.id from load l where l.name_key = by_name and l.company = of_company and l.merged_into is null
  union all
  select l.id from load l where l.aliases <> '{}' and l.aliases @> array[by_name] and l.company = of_company and l.merged_into is null and l.name_key <> by_name
$function$;

CREATE OR REPLACE FUNCTION public.name_key(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN upper(regexp_replace(NORMALIZE(name, NFKC), '\s'::text, ''::text, 'g'::text));

CREATE OR REPLACE FUNCTION public.search_parts(value text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT ((parts.a || parts.b) || parts.c) FROM (SELECT chars.ch AS a, lead(chars.ch) OVER places AS b, lead(chars.ch, 2) OVER places AS c FROM unnest(string_to_array(search_parts.value, NULL::text)) WITH ORDINALITY chars(ch, place) WINDOW places AS (ORDER BY chars.place)) parts WHERE (parts.c IS NOT NULL));

CREATE OR REPLACE FUNCTION public.shipments_named(name text)
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN ARRAY(SELECT shipment.id FROM shipment WHERE (shipment.names @> ARRAY[shipments_named.name]));

CREATE OR REPLACE FUNCTION public.shipments_tracked(number text)
 RETURNS uuid[]
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN ARRAY(SELECT shipment.id FROM shipment WHERE (shipment.tracking_numbers @> ARRAY[shipments_tracked.number]));

CREATE OR REPLACE FUNCTION public.stop_region(facility_code text, place jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE(('facility '::text || facility_code), ((('region '::text || (place ->> 'country'::text)) || ' '::text) || "left"((place ->> 'postalCode'::text), 2)));

CREATE OR REPLACE FUNCTION public.trailer_left_by(of_visit uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT jsonb_build_object('leftAt', s.left_at) AS jsonb_build_object FROM (((visit v JOIN trailer_stay s ON (((s.company = v.company) AND (s.trailer_key = v.trailer_key) AND (s.visits @> ARRAY[v.id])))) JOIN visit b ON ((b.id = s.arrived_with))) CROSS JOIN LATERAL (SELECT o.id FROM visit o WHERE ((o.id = ANY (s.visits)) AND leaves_trailer(o.*) AND (o.trailer_key = s.trailer_key) AND (NOT o.deleted) AND ((o.id = b.id) OR ((o.connection <> b.connection) AND ((COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) >= s.arrived_at) AND (COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) <= LEAST(s.left_at, (s.arrived_at + '02:00:00'::interval))))))) ORDER BY (o.connection <> 'gatehouse'::text), (o.id <> b.id), COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at), o.id LIMIT 1) best) WHERE ((v.id = trailer_left_by.of_visit) AND (best.id = v.id)) ORDER BY s.arrived_at DESC LIMIT 1);

CREATE OR REPLACE FUNCTION public.visits_of_same_truck(of_visit uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT jsonb_agg(jsonb_build_object('connection', p.connection, 'version', p.version, 'isBefore', (ROW((p.connection <> 'gatehouse'::text), p.came, p.id) < ROW((v.connection <> 'gatehouse'::text), v.came, v.id)), 'times', jsonb_build_array(p.arrived_at, p.checked_in_at, p.at_dock_at, p.handling_started_at, p.handling_ended_at, p.from_dock_at, p.checked_out_at)) ORDER BY p.came, p.id) AS jsonb_agg FROM (((((SELECT o.id, o.subject, o.company, o.connection, o.facility_id, o.appointment_id, o.type, o.state, o.raw_state, o.carrier, o.truck, o.trailer, o.checked_in_at, o.at_dock_at, o.from_dock_at, o.checked_out_at, o.version, o.deleted, o.updated_at, o.trailer_key, o.trailer_out, o.trailer_out_key, o.left_without_trailer, o.dock, o.direction, o.arrived_at, o.handling_started_at, o.handling_ended_at, o.numbers, o.names, o.seals, o.counts, o.findings, o.dock_reasons, o.equipment, o.equipment_keys, o.reason, o.personal_data_id, o.sealed, name_key(o.truck) AS truck_key, COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) AS came, COALESCE(o.checked_out_at, CASE WHEN (o.connection = 'gatehouse'::text) THEN 'infinity'::timestamp with time zone ELSE (COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) + '24:00:00'::interval) END) AS gone FROM visit o WHERE ((o.id = visits_of_same_truck.of_visit) AND (o.state <> ALL (ARRAY['CANCELLED'::text, 'EXPECTED'::text])))) v JOIN facility f ON ((f.id = v.facility_id))) JOIN facility g ON (((g.code = f.code) AND (g.company = f.company) AND (g.connection <> f.connection)))) CROSS JOIN LATERAL (SELECT a.id FROM visit a WHERE ((a.facility_id = g.id) AND (a.truck IS NOT NULL) AND (name_key(a.truck) = v.truck_key) AND (NOT a.deleted) AND ((COALESCE(a.checked_in_at, a.arrived_at, a.at_dock_at) >= (v.came - '30 days'::interval)) AND (COALESCE(a.checked_in_at, a.arrived_at, a.at_dock_at) <= LEAST(v.gone, (v.came + '30 days'::interval))))) UNION SELECT b.id FROM visit b WHERE ((b.facility_id = g.id) AND (b.trailer_key = v.trailer_key) AND (NOT b.deleted) AND (b.type <> 'PICK_UP'::text) AND (v.type <> 'PICK_UP'::text) AND ((COALESCE(b.checked_in_at, b.arrived_at, b.at_dock_at) >= (v.came - '30 days'::interval)) AND (COALESCE(b.checked_in_at, b.arrived_at, b.at_dock_at) <= LEAST(v.gone, (v.came + '30 days'::interval)))))) same) CROSS JOIN LATERAL (SELECT o.id, o.subject, o.company, o.connection, o.facility_id, o.appointment_id, o.type, o.state, o.raw_state, o.carrier, o.truck, o.trailer, o.checked_in_at, o.at_dock_at, o.from_dock_at, o.checked_out_at, o.version, o.deleted, o.updated_at, o.trailer_key, o.trailer_out, o.trailer_out_key, o.left_without_trailer, o.dock, o.direction, o.arrived_at, o.handling_started_at, o.handling_ended_at, o.numbers, o.names, o.seals, o.counts, o.findings, o.dock_reasons, o.equipment, o.equipment_keys, o.reason, o.personal_data_id, o.sealed, COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) AS came, COALESCE(o.checked_out_at, CASE WHEN (o.connection = 'gatehouse'::text) THEN 'infinity'::timestamp with time zone ELSE (COALESCE(o.checked_in_at, o.arrived_at, o.at_dock_at) + '24:00:00'::interval) END) AS gone FROM visit o WHERE (o.id = same.id)) p) WHERE ((p.connection <> v.connection) AND (p.state <> ALL (ARRAY['CANCELLED'::text, 'EXPECTED'::text])) AND (LEAST(v.gone, p.gone) > (GREATEST(v.came, p.came) + '00:01:00'::interval))));

create table access_token (
  id uuid not null,
  kid text not null,
  subject text not null,
  role text not null,
  claims jsonb not null,
  family uuid,
  connection text,
  issued_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX access_token_end ON public.access_token USING btree (expires_at);
CREATE INDEX access_token_subject ON public.access_token USING btree (subject);

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
  handling text,
  temperature text,
  height_cm integer,
  pallets integer,
  wish jsonb,
  reason text,
  claimed jsonb,
  standing jsonb,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX appointment_claimed_loads ON public.appointment USING gin (((claimed -> 'loads'::text)) jsonb_path_ops) WHERE ((connection = 'gatehouse'::text) AND (NOT deleted));
CREATE INDEX appointment_claimed_references ON public.appointment USING gin (((claimed -> 'references'::text)) jsonb_path_ops) WHERE ((connection = 'gatehouse'::text) AND (NOT deleted));
CREATE INDEX appointment_due ON public.appointment USING btree (facility_id, starts_at) WHERE ((state = ANY (ARRAY['REQUESTED'::text, 'SCHEDULED'::text])) AND (connection = 'gatehouse'::text));
CREATE INDEX appointment_facility ON public.appointment USING btree (facility_id, starts_at, id);
CREATE INDEX appointment_own_names ON public.appointment USING gin (names jsonb_path_ops) WHERE ((connection = 'gatehouse'::text) AND (NOT deleted));
CREATE INDEX appointment_own_numbers ON public.appointment USING gin (numbers) WHERE ((connection = 'gatehouse'::text) AND (NOT deleted));
CREATE INDEX appointment_start ON public.appointment USING btree (starts_at, id);
CREATE INDEX appointment_state ON public.appointment USING btree (state, starts_at, id);
alter table appointment enable row level security;
create policy outsiders on appointment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'appointment'::text) AND (a.record_id = appointment.id)) OFFSET 0)), false) IS NOT NULL));

create table appointment_number (
  appointment_id uuid not null,
  number text not null,
  company text not null,
  PRIMARY KEY (appointment_id, number)
);
CREATE INDEX appointment_number_number ON public.appointment_number USING btree (number);
alter table appointment_number enable row level security;
create policy outsiders on appointment_number for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'appointment'::text) AND (a.record_id = appointment_number.appointment_id)) OFFSET 0)), false) IS NOT NULL));

create table appointment_shipment (
  appointment_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (appointment_id, shipment_id)
);
CREATE INDEX appointment_shipment_shipment ON public.appointment_shipment USING btree (shipment_id);
alter table appointment_shipment enable row level security;
create policy outsiders on appointment_shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = appointment_shipment.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table approval (
  id uuid not null,
  action text not null,
  arguments json not null,
  digest bytea not null,
  reason text not null,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  decision text,
  decision_reason text,
  used_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK ((decided_by IS DISTINCT FROM requested_by)),
  CHECK ((decision = ANY (ARRAY['APPROVED'::text, 'REFUSED'::text])))
);
CREATE INDEX approval_waiting ON public.approval USING btree (action, digest) WHERE (used_at IS NULL);

create table audit (
  position bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  role text not null,
  action text not null,
  target_kind text not null,
  target_id text not null,
  correlation_id uuid,
  payload json,
  salt bytea,
  digest bytea not null,
  hash bytea not null,
  PRIMARY KEY ("position")
);
CREATE INDEX audit_target ON public.audit USING btree (target_kind, target_id, "position");

create table audit_head (
  only_row boolean not null default true,
  position bigint not null,
  hash bytea not null,
  PRIMARY KEY (only_row),
  CHECK (only_row)
);

create table booking (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  command_id uuid,
  state text not null,
  raw_state text not null,
  carrier text not null,
  service text not null,
  is_return boolean not null,
  price jsonb,
  quoted jsonb,
  quote_id uuid,
  reasons text[] not null,
  packages jsonb not null,
  names jsonb not null,
  delivery_at timestamp with time zone,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX booking_command ON public.booking USING btree (command_id);
CREATE INDEX booking_open ON public.booking USING btree (updated_at) WHERE ((state = ANY (ARRAY['BOOKED'::text, 'PARTIAL'::text, 'CANCEL_REQUESTED'::text])) AND (NOT deleted));
alter table booking enable row level security;
create policy outsiders on booking for select using ((NULLIF((EXISTS ( SELECT FROM booking_shipment x WHERE (x.booking_id = booking.id) OFFSET 0)), false) IS NOT NULL));

create table booking_rule (
  id uuid not null,
  company text not null,
  position integer not null,
  name text not null,
  conditions jsonb not null,
  action jsonb not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX booking_rule_company ON public.booking_rule USING btree (company, "position", id);
alter table booking_rule enable row level security;
create policy outsiders on booking_rule for select using (false);

create table booking_shipment (
  booking_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (booking_id, shipment_id)
);
CREATE INDEX booking_shipment_shipment ON public.booking_shipment USING btree (shipment_id, booking_id);
alter table booking_shipment enable row level security;
create policy outsiders on booking_shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = booking_shipment.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table carrier_cut_off (
  id uuid not null,
  company text not null,
  facility text not null,
  carrier text not null,
  service text,
  weekdays smallint[] not null,
  at text not null,
  zone text not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX carrier_cut_off_place ON public.carrier_cut_off USING btree (company, facility, carrier, COALESCE(service, ''::text), weekdays);
alter table carrier_cut_off enable row level security;
create policy outsiders on carrier_cut_off for select using (false);

create table checkpoint (
  log text not null,
  position bigint not null,
  at timestamp with time zone not null,
  signature text not null,
  PRIMARY KEY (log, "position"),
  CHECK ((log = ANY (ARRAY['audit'::text, 'event'::text])))
);

create table code_override (
  connection text not null,
  stage text not null,
  raw_code text not null,
  raw_reason text not null default ''::text,
  code text,
  classifier text,
  exception_class text,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (connection, stage, raw_code, raw_reason),
  FOREIGN KEY (connection) REFERENCES connection(id) ON DELETE CASCADE,
  CHECK (((stage = 'PROPOSED'::text) OR (code IS NOT NULL))),
  CHECK ((stage = ANY (ARRAY['PROPOSED'::text, 'APPLIED'::text])))
);

create table command (
  id uuid not null,
  sequence bigint not null,
  kind text not null,
  connection text not null,
  routed_from text,
  lane text not null,
  company text not null,
  idempotency_key text not null,
  requested_by text not null,
  input_digest bytea not null,
  input bytea,
  subject text not null,
  order_key text,
  shipment_id uuid,
  state text not null,
  attempts integer not null default 0,
  failures integer not null default 0,
  next_at timestamp with time zone not null,
  waiting_since timestamp with time zone not null,
  deadline_at timestamp with time zone,
  memory bytea,
  result jsonb,
  error jsonb,
  replaced_by uuid,
  lease uuid,
  correlation_id uuid not null,
  causation_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  UNIQUE (requested_by, idempotency_key),
  PRIMARY KEY (id),
  CHECK ((lane = ANY (ARRAY['DISPATCH'::text, 'REPORT'::text]))),
  CHECK ((state = ANY (ARRAY['QUEUED'::text, 'CALLING'::text, 'WAITING'::text, 'DONE'::text, 'PARTIAL'::text, 'DEAD'::text, 'CANCELLED'::text, 'DISCARDED'::text])))
);
CREATE INDEX command_calling ON public.command USING btree (connection, lease) WHERE (state = 'CALLING'::text);
CREATE INDEX command_created ON public.command USING btree (created_at);
CREATE INDEX command_dead ON public.command USING btree (connection, sequence) WHERE (state = 'DEAD'::text);
CREATE INDEX command_deadline ON public.command USING btree (deadline_at) WHERE ((state = ANY (ARRAY['QUEUED'::text, 'WAITING'::text])) AND (deadline_at IS NOT NULL));
CREATE INDEX command_due ON public.command USING btree (connection, lane, next_at, sequence) WHERE (state = ANY (ARRAY['QUEUED'::text, 'WAITING'::text]));
CREATE INDEX command_finished ON public.command USING btree (finished_at) WHERE ((finished_at IS NOT NULL) AND ((input IS NOT NULL) OR (memory IS NOT NULL)));
CREATE INDEX command_order ON public.command USING btree (connection, lane, order_key, sequence) WHERE ((order_key IS NOT NULL) AND (state = ANY (ARRAY['QUEUED'::text, 'WAITING'::text, 'CALLING'::text])));
CREATE INDEX command_receipt_awaited ON public.command USING btree (id) WHERE (((result -> 'receipt'::text) ->> 'state'::text) = 'AWAITED'::text);
CREATE INDEX command_sequence ON public.command USING btree (sequence);
CREATE INDEX command_shipment ON public.command USING btree (shipment_id, sequence) WHERE (shipment_id IS NOT NULL);
CREATE INDEX command_subject ON public.command USING btree (subject, sequence);
alter table command enable row level security;
create policy outsiders on command for select using (false);

create table command_attempt (
  id uuid not null default gen_random_uuid(),
  command_id uuid not null,
  number integer not null,
  company text not null,
  connection text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  outcome text,
  error_kind text,
  error text,
  raw bytea,
  UNIQUE (command_id, number),
  PRIMARY KEY (id),
  FOREIGN KEY (command_id) REFERENCES command(id) ON DELETE CASCADE,
  CHECK ((outcome = ANY (ARRAY['DONE'::text, 'PARTIAL'::text, 'FAILED'::text, 'LOST'::text])))
);
CREATE INDEX command_attempt_started ON public.command_attempt USING btree (started_at);
alter table command_attempt enable row level security;
create policy outsiders on command_attempt for select using (false);

create table connection (
  id text not null,
  connector text not null,
  company text not null default 'main'::text,
  settings jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  disabled_at timestamp with time zone,
  shadow boolean not null default false,
  PRIMARY KEY (id)
);

create table connection_health (
  id uuid not null,
  connection text not null,
  company text not null,
  sync_state text,
  sync_error text,
  sync_started_at timestamp with time zone,
  sync_finished_at timestamp with time zone,
  quarantined_at timestamp with time zone,
  UNIQUE (connection),
  PRIMARY KEY (id)
);
alter table connection_health enable row level security;
create policy outsiders on connection_health for select using (false);

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

create table control_number (
  connection text not null,
  series text not null,
  first bigint not null,
  last bigint not null,
  PRIMARY KEY (connection, series)
);

create table data_key (
  id text not null,
  purpose text not null,
  wrapped text not null,
  wrapped_by text not null,
  created_at timestamp with time zone not null default now(),
  active_from timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX data_key_purpose ON public.data_key USING btree (purpose, active_from);

create table deprecated_use (
  coordinate text not null,
  subject text not null,
  day date not null,
  count bigint not null,
  PRIMARY KEY (coordinate, subject, day)
);
CREATE INDEX deprecated_use_day ON public.deprecated_use USING btree (day);

create table detention_rule (
  id uuid not null,
  company text not null,
  name text not null,
  kind text not null,
  side text not null,
  facility text,
  carrier text,
  direction text,
  valid_from timestamp with time zone not null,
  terms jsonb not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX detention_rule_company ON public.detention_rule USING btree (company, facility, carrier);
alter table detention_rule enable row level security;
create policy outsiders on detention_rule for select using (((side = 'PAYABLE'::text) AND ((('carrier:'::text || carrier) = ANY (( SELECT held_keys() AS held_keys)::text[])) OR (EXISTS ( SELECT FROM unnest(( SELECT held_keys() AS held_keys)) held(key) WHERE ((held.key = ((('facility:'::text || detention_rule.facility) || '@'::text) || detention_rule.company)) OR ((detention_rule.carrier IS NULL) AND (held.key ~~ 'carrier:%'::text)) OR ((detention_rule.facility IS NULL) AND (held.key ~~ 'facility:%'::text) AND ("substring"(held.key, '@([^@]*)$'::text) = detention_rule.company))))))));

create table document (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  kind text not null,
  format text not null,
  booking_id uuid,
  package text,
  sha256 text not null,
  bytes integer not null,
  names jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  visit_id uuid,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX document_booking ON public.document USING btree (booking_id);
CREATE INDEX document_visit ON public.document USING btree (visit_id) WHERE (visit_id IS NOT NULL);
alter table document enable row level security;
create policy outsiders on document for select using (((kind <> 'MANIFEST'::text) AND ((NULLIF((EXISTS ( SELECT FROM document_shipment x WHERE (x.document_id = document.id) OFFSET 0)), false) IS NOT NULL) OR (NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'visit'::text) AND (a.record_id = document.visit_id) AND (a.key ~~ 'facility:%'::text)) OFFSET 0)), false) IS NOT NULL))));

create table document_content (
  id uuid not null,
  media_type text not null,
  content bytea,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (id)
);
CREATE INDEX document_content_age ON public.document_content USING btree (created_at) WHERE (content IS NOT NULL);

create table document_shipment (
  document_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (document_id, shipment_id)
);
CREATE INDEX document_shipment_shipment ON public.document_shipment USING btree (shipment_id, document_id);
alter table document_shipment enable row level security;
create policy outsiders on document_shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = document_shipment.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table edi_received (
  connection text not null,
  sender text not null,
  control text not null,
  sha256 text not null,
  received_at timestamp with time zone not null,
  PRIMARY KEY (connection, sender, control)
);
CREATE INDEX edi_received_at ON public.edi_received USING btree (received_at);

create table erased_subject (
  subject text not null,
  at timestamp with time zone not null,
  PRIMARY KEY (subject)
);

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

create table event_seal (
  first bigint not null,
  last bigint not null,
  rows_digest bytea not null,
  row_hashes bytea not null,
  hash bytea not null,
  sealed_at timestamp with time zone not null,
  PRIMARY KEY (last)
);

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
alter table exception enable row level security;
create policy outsiders on exception for select using (false);

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
  carriers_book boolean not null default false,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX facility_code ON public.facility USING btree (code);
alter table facility enable row level security;
create policy outsiders on facility for select using (((((('facility:'::text || code) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])) OR (carriers_book AND (EXISTS ( SELECT FROM unnest(( SELECT held_keys() AS held_keys)) k(k) WHERE (k.k ~~ 'carrier:%'::text)))) OR (EXISTS ( SELECT FROM appointment p WHERE (p.facility_id = facility.id) OFFSET 0)) OR (EXISTS ( SELECT FROM visit v WHERE (v.facility_id = facility.id) OFFSET 0)) OR (EXISTS ( SELECT FROM stop WHERE ((stop.facility_code = facility.code) AND (stop.company = facility.company)) OFFSET 0))));

create table facility_name (
  facility_id uuid not null,
  name text not null,
  PRIMARY KEY (facility_id)
);

create table facility_plan (
  facility_id uuid not null,
  company text not null,
  code text not null,
  plan jsonb not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  UNIQUE (company, code),
  PRIMARY KEY (facility_id)
);
alter table facility_plan enable row level security;
create policy outsiders on facility_plan for select using ((EXISTS ( SELECT FROM facility f WHERE (f.id = facility_plan.facility_id) OFFSET 0)));

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
  company text not null,
  milestone_id uuid,
  changed text,
  record_id uuid,
  PRIMARY KEY (key, "position", ordinal),
  CHECK (((milestone_id IS NOT NULL) OR (record_id IS NOT NULL)))
);
CREATE INDEX feed_company ON public.feed USING btree (company, "position", ordinal) WHERE (key = 'all'::text);
CREATE INDEX feed_milestone ON public.feed USING btree (milestone_id, key) WHERE (milestone_id IS NOT NULL);
CREATE INDEX feed_position ON public.feed USING brin ("position");
alter table feed enable row level security;
create policy outsiders on feed for select using ((key = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table feed_mark (
  position bigint not null,
  at timestamp with time zone not null,
  PRIMARY KEY ("position")
);
CREATE INDEX feed_mark_at ON public.feed_mark USING btree (at);

create table geofence (
  facility_id uuid not null,
  company text not null,
  fence jsonb not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (facility_id)
);
alter table geofence enable row level security;
create policy outsiders on geofence for select using (false);

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
  body_gone text,
  begun smallint not null default 0,
  UNIQUE (connection, dedupe_key),
  PRIMARY KEY (id),
  CHECK ((body_gone = ANY (ARRAY['RETENTION'::text, 'ERASURE'::text]))),
  CHECK ((state = ANY (ARRAY['RECEIVED'::text, 'DECODED'::text, 'QUARANTINED'::text])))
);
CREATE INDEX inbox_answer ON public.inbox USING btree (substr(dedupe_key, 9, 36)) WHERE (dedupe_key ~~ 'command:%'::text);
CREATE INDEX inbox_undecoded ON public.inbox USING btree (id) WHERE (state = 'RECEIVED'::text);

create table installation (
  name text not null,
  value text not null,
  PRIMARY KEY (name)
);

create table interchange (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  syntax text not null,
  direction text not null,
  sender text not null,
  receiver text not null,
  control text not null,
  control_key text not null,
  group_keys text[] not null,
  is_test boolean not null,
  syntax_version text not null,
  made_at timestamp with time zone,
  state text not null,
  faults jsonb not null,
  groups jsonb not null,
  set_types text[] not null,
  answers_wanted text[] not null,
  awaits text[] not null,
  due_at timestamp with time zone,
  verdicts jsonb not null,
  command_id uuid,
  sha256 text not null,
  bytes integer not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX interchange_command ON public.interchange USING btree (command_id);
CREATE INDEX interchange_company ON public.interchange USING btree (company, updated_at DESC, id DESC);
CREATE INDEX interchange_control ON public.interchange USING btree (connection, control_key) WHERE (direction = 'OUT'::text);
CREATE INDEX interchange_groups ON public.interchange USING gin (group_keys) WHERE (direction = 'OUT'::text);
CREATE INDEX interchange_page ON public.interchange USING btree (updated_at DESC, id DESC);
alter table interchange enable row level security;
create policy outsiders on interchange for select using (false);

create table interchange_answer (
  interchange_id uuid not null,
  company text not null,
  state text not null,
  kinds text[] not null,
  faults jsonb not null,
  answered_at timestamp with time zone not null,
  PRIMARY KEY (interchange_id)
);
alter table interchange_answer enable row level security;
create policy outsiders on interchange_answer for select using (false);

create table interchange_verdict (
  interchange_id uuid not null,
  ordinal integer not null,
  connection text not null,
  kind text not null,
  control_key text not null,
  state text not null,
  faults jsonb not null,
  at timestamp with time zone not null,
  PRIMARY KEY (interchange_id, ordinal)
);
CREATE INDEX interchange_verdict_control ON public.interchange_verdict USING btree (connection, control_key);

create table interchange_watch (
  interchange_id uuid not null,
  connection text not null,
  due_at timestamp with time zone not null,
  matter text,
  PRIMARY KEY (interchange_id)
);
CREATE INDEX interchange_watch_due ON public.interchange_watch USING btree (due_at);

create table inventory_adjustment (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  facility text,
  sku text not null,
  quantity numeric not null,
  unit text,
  lot text,
  location text,
  adjusted_at timestamp with time zone not null,
  reason text not null,
  raw_reason text not null,
  on_hand numeric,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX inventory_adjustment_age ON public.inventory_adjustment USING btree (adjusted_at DESC, id DESC);
CREATE INDEX inventory_adjustment_sku ON public.inventory_adjustment USING btree (sku, adjusted_at DESC, id DESC);
alter table inventory_adjustment enable row level security;
create policy outsiders on inventory_adjustment for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table inventory_check (
  level_id uuid not null,
  version bigint not null,
  compared_at timestamp with time zone not null,
  differs boolean not null,
  PRIMARY KEY (level_id)
);
CREATE INDEX inventory_check_age ON public.inventory_check USING btree (compared_at);

create table inventory_level (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  facility text,
  sku text not null,
  on_hand numeric not null,
  allocated numeric,
  available numeric,
  unavailable numeric,
  unit text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX inventory_level_connection ON public.inventory_level USING btree (connection, id);
CREATE INDEX inventory_level_place ON public.inventory_level USING btree (sku, facility, id);
CREATE INDEX inventory_level_sku ON public.inventory_level USING btree (sku, company);
alter table inventory_level enable row level security;
create policy outsiders on inventory_level for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

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
alter table invoice enable row level security;
create policy outsiders on invoice for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'invoice'::text) AND (a.record_id = invoice.id)) OFFSET 0)), false) IS NOT NULL));

create table lane_leg (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  from_region text not null,
  to_region text not null,
  departed_at timestamp with time zone not null,
  minutes integer not null,
  weekend boolean not null,
  hour integer not null,
  PRIMARY KEY (load_id, sequence)
);
CREATE INDEX lane_leg_lane ON public.lane_leg USING btree (company, from_region, to_region, departed_at DESC, minutes, weekend, hour);

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
  stops_version bigint,
  truck_key text,
  trailer_key text,
  aliases text[] not null default '{}'::text[],
  equipment text,
  weight_kg text,
  split_from uuid,
  merged_into uuid,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX load_aliases ON public.load USING gin (aliases) WHERE (aliases <> '{}'::text[]);
CREATE INDEX load_carrier ON public.load USING btree (carrier, (
CASE
    WHEN (starts_at IS NULL) THEN '-infinity'::timestamp with time zone
    ELSE starts_at
END), id);
CREATE INDEX load_name ON public.load USING btree (name_key);
CREATE INDEX load_own_open ON public.load USING btree (id) WHERE ((connection = 'gatehouse'::text) AND (NOT deleted) AND (state <> ALL (ARRAY['COMPLETED'::text, 'CANCELLED'::text])));
CREATE INDEX load_start ON public.load USING btree ((
CASE
    WHEN (starts_at IS NULL) THEN '-infinity'::timestamp with time zone
    ELSE starts_at
END), id);
CREATE INDEX load_state ON public.load USING btree (state, (
CASE
    WHEN (starts_at IS NULL) THEN '-infinity'::timestamp with time zone
    ELSE starts_at
END), id);
CREATE INDEX load_trailer ON public.load USING btree (company, trailer_key) WHERE (trailer_key IS NOT NULL);
CREATE INDEX load_truck ON public.load USING btree (company, truck_key) WHERE (truck_key IS NOT NULL);
alter table load enable row level security;
create policy outsiders on load for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'load'::text) AND (a.record_id = load.id)) OFFSET 0)), false) IS NOT NULL));

create table load_assignment (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  load_id uuid not null,
  carrier text,
  truck text,
  trailer text,
  truck_key text,
  trailer_key text,
  assigned_by text not null,
  reason text,
  history jsonb not null,
  personal_data_id uuid,
  sealed text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (load_id),
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX load_assignment_trailer ON public.load_assignment USING btree (company, trailer_key) WHERE (trailer_key IS NOT NULL);
CREATE INDEX load_assignment_truck ON public.load_assignment USING btree (company, truck_key) WHERE (truck_key IS NOT NULL);
alter table load_assignment enable row level security;
create policy outsiders on load_assignment for select using ((('carrier:'::text || carrier) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table load_number (
  company text not null,
  last bigint not null,
  PRIMARY KEY (company)
);

create table load_publication (
  connection text not null,
  load_id uuid not null,
  company text not null,
  state text not null,
  revision integer not null,
  digest text not null,
  first_command_id uuid not null,
  command_id uuid not null,
  polled_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (connection, load_id)
);
CREATE INDEX load_publication_load ON public.load_publication USING btree (load_id);
CREATE INDEX load_publication_told ON public.load_publication USING btree (connection, polled_at) WHERE (state = 'TOLD'::text);

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
alter table load_shipment enable row level security;
create policy outsiders on load_shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = load_shipment.shipment_id)) OFFSET 0)), false) IS NOT NULL));

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
CREATE INDEX milestone_connection ON public.milestone USING btree (connection, occurred_at);
CREATE INDEX milestone_shipment ON public.milestone USING btree (shipment_id, occurred_at, id);
CREATE INDEX milestone_subject ON public.milestone USING btree (subject);
alter table milestone enable row level security;
create policy outsiders on milestone for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = milestone.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table naming (
  source text not null,
  name text not null,
  PRIMARY KEY (source, name)
);
CREATE INDEX naming_name ON public.naming USING btree (name);

create table own_request (
  requested_by text not null,
  idempotency_key text not null,
  digest bytea not null,
  answer jsonb not null,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (requested_by, idempotency_key)
);
CREATE INDEX own_request_age ON public.own_request USING btree (created_at);

create table pallet (
  id uuid not null,
  sscc text not null,
  company text not null,
  facility text,
  state text not null,
  location text,
  within text,
  expected_at timestamp with time zone,
  received_at timestamp with time zone,
  put_away_at timestamp with time zone,
  put_away_location text,
  shipped_at timestamp with time zone,
  lines jsonb not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX pallet_age ON public.pallet USING btree (updated_at DESC, id DESC) WHERE (within IS NULL);
CREATE INDEX pallet_facility ON public.pallet USING btree (facility, company, updated_at DESC, id DESC) WHERE (within IS NULL);
CREATE INDEX pallet_sscc ON public.pallet USING btree (sscc);
CREATE INDEX pallet_state ON public.pallet USING btree (state, updated_at DESC, id DESC) WHERE (within IS NULL);
CREATE INDEX pallet_within ON public.pallet USING btree (within) WHERE (within IS NOT NULL);
alter table pallet enable row level security;
create policy outsiders on pallet for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table pallet_report (
  id uuid not null,
  record_id uuid not null,
  record_kind text not null,
  pallet_id uuid not null,
  sscc text not null,
  company text not null,
  connection text not null,
  facility text,
  step text not null,
  at timestamp with time zone not null,
  expected_at timestamp with time zone,
  location text,
  within text,
  lines jsonb not null,
  reference text,
  reference_key text,
  number text,
  PRIMARY KEY (id)
);
CREATE INDEX pallet_report_pallet ON public.pallet_report USING btree (pallet_id, at, id);
CREATE INDEX pallet_report_record ON public.pallet_report USING btree (record_id);
CREATE INDEX pallet_report_reference ON public.pallet_report USING btree (reference_key);
alter table pallet_report enable row level security;
create policy outsiders on pallet_report for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table partner_policy (
  connection text not null,
  overrides jsonb not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (connection),
  FOREIGN KEY (connection) REFERENCES connection(id)
);

create table partner_state (
  connection text not null,
  holder uuid,
  lease_until timestamp with time zone,
  breaker text not null default 'CLOSED'::text,
  openings integer not null default 0,
  open_until timestamp with time zone,
  paused_until timestamp with time zone,
  last_error text,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (connection),
  FOREIGN KEY (connection) REFERENCES connection(id),
  CHECK ((breaker = ANY (ARRAY['CLOSED'::text, 'OPEN'::text, 'HALF_OPEN'::text])))
);

create table party (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  name text not null,
  commercial_id uuid not null,
  address jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  personal_data_id uuid,
  sealed text,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX party_commercial ON public.party USING btree (commercial_id);
CREATE INDEX party_name ON public.party USING btree (name, id);
alter table party enable row level security;
create policy outsiders on party for select using (false);

create table personal_data (
  id uuid not null,
  subject text not null,
  data jsonb,
  sealed text,
  erased_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (id)
);
CREATE INDEX personal_data_erased ON public.personal_data USING btree (subject) WHERE (erased_at IS NULL);
CREATE INDEX personal_data_subject ON public.personal_data USING btree (subject);

create table personal_index (
  kind text not null,
  fingerprint bytea not null,
  personal_data_id uuid not null,
  PRIMARY KEY (kind, fingerprint, personal_data_id),
  FOREIGN KEY (personal_data_id) REFERENCES personal_data(id) ON DELETE CASCADE,
  CHECK ((kind = ANY (ARRAY['email'::text, 'phone'::text])))
);
CREATE INDEX personal_index_data ON public.personal_index USING btree (personal_data_id);

create table personal_mention (
  subject text not null,
  raw_id uuid not null,
  PRIMARY KEY (subject, raw_id)
);
CREATE INDEX personal_mention_raw ON public.personal_mention USING btree (raw_id);

create table pickup (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  command_id uuid,
  state text not null,
  raw_state text not null,
  carrier text not null,
  confirmation text,
  ready_at timestamp with time zone not null,
  closes_at timestamp with time zone not null,
  zone text not null,
  place jsonb not null,
  booking_ids uuid[] not null,
  tracking_numbers text[] not null,
  packages integer not null,
  weight_kg numeric not null,
  price jsonb,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX pickup_command ON public.pickup USING btree (command_id);
CREATE INDEX pickup_time ON public.pickup USING btree (ready_at DESC, id DESC);
alter table pickup enable row level security;
create policy outsiders on pickup for select using (false);

create table pickup_booking (
  pickup_id uuid not null,
  booking_id uuid not null,
  company text not null,
  PRIMARY KEY (pickup_id, booking_id)
);
CREATE INDEX pickup_booking_booking ON public.pickup_booking USING btree (booking_id, pickup_id);
alter table pickup_booking enable row level security;
create policy outsiders on pickup_booking for select using (false);

create table poll_cursor (
  connection text not null,
  cursor jsonb,
  number bigint not null default 0,
  polled_at timestamp with time zone,
  succeeded_at timestamp with time zone,
  failures integer not null default 0,
  error text,
  messages bigint not null default 0,
  PRIMARY KEY (connection),
  FOREIGN KEY (connection) REFERENCES connection(id)
);

create table presence_statement (
  load_id uuid not null,
  stop integer not null,
  shipment_id uuid not null,
  action text not null,
  moment text not null,
  connection text not null,
  subject text not null,
  occurred_at timestamp with time zone not null,
  event_id uuid not null,
  fact_id uuid not null,
  PRIMARY KEY (load_id, stop, shipment_id, action, moment),
  CHECK ((moment = ANY (ARRAY['ARRIVAL'::text, 'DEPARTURE'::text])))
);

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
alter table product enable row level security;
create policy outsiders on product for select using (false);

create table projection (
  name text not null,
  position bigint not null,
  PRIMARY KEY (name)
);

create table quote (
  id uuid not null,
  company text not null,
  asked_by text not null,
  names jsonb not null,
  weight_kg numeric not null,
  packages integer not null,
  origin_country text not null,
  destination_country text not null,
  promised_at timestamp with time zone,
  rates jsonb not null,
  chosen jsonb,
  reasons text[] not null,
  missing jsonb not null,
  created_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX quote_age ON public.quote USING btree (created_at);
alter table quote enable row level security;
create policy outsiders on quote for select using (false);

create table record_access (
  key text not null,
  kind text not null,
  record_id uuid not null,
  PRIMARY KEY (key, kind, record_id)
);
CREATE INDEX record_access_record ON public.record_access USING btree (record_id, kind);
alter table record_access enable row level security;
create policy outsiders on record_access for select using ((NULLIF((key = ANY (( SELECT held_keys() AS held_keys)::text[])), false) IS NOT NULL));

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
alter table reference enable row level security;
create policy outsiders on reference for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = reference.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table refresh_family (
  id uuid not null,
  subject text not null,
  role text not null,
  claims jsonb not null,
  access_ttl integer not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX refresh_family_subject ON public.refresh_family USING btree (subject);

create table refresh_token (
  hash text not null,
  family uuid not null,
  created_at timestamp with time zone not null,
  used_at timestamp with time zone,
  PRIMARY KEY (hash),
  FOREIGN KEY (family) REFERENCES refresh_family(id) ON DELETE CASCADE
);
CREATE INDEX refresh_token_family ON public.refresh_token USING btree (family);

create table rejection (
  connection text not null,
  minute timestamp with time zone not null,
  reason text not null,
  count bigint not null,
  audited bigint not null default 0,
  PRIMARY KEY (connection, minute, reason)
);
CREATE INDEX rejection_unaudited ON public.rejection USING btree (minute) WHERE (count > audited);

create table retention (
  kind text not null,
  days integer,
  PRIMARY KEY (kind),
  CHECK ((days >= 1))
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
  shop_order_id uuid,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX sales_order_name ON public.sales_order USING btree (upper(regexp_replace(reference, '\s'::text, ''::text, 'g'::text)));
CREATE INDEX sales_order_party ON public.sales_order USING btree (party_id);
CREATE INDEX sales_order_reference ON public.sales_order USING btree (reference, id);
CREATE INDEX sales_order_shop ON public.sales_order USING btree (shop_order_id) WHERE (shop_order_id IS NOT NULL);
alter table sales_order enable row level security;
create policy outsiders on sales_order for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'order'::text) AND (a.record_id = sales_order.id)) OFFSET 0)), false) IS NOT NULL));

create table shadow_fact (
  id uuid not null,
  connection text not null,
  company text not null,
  raw_id uuid not null,
  type text not null,
  subject text not null,
  fact_key text not null,
  occurred_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  payload jsonb not null,
  PRIMARY KEY (id),
  FOREIGN KEY (connection) REFERENCES connection(id) ON DELETE CASCADE
);
CREATE INDEX shadow_fact_occurred ON public.shadow_fact USING btree (connection, occurred_at);
CREATE INDEX shadow_fact_raw ON public.shadow_fact USING btree (raw_id);
CREATE INDEX shadow_fact_recorded ON public.shadow_fact USING btree (recorded_at);
CREATE INDEX shadow_fact_subject ON public.shadow_fact USING btree (connection, subject);

create table ship_notice (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  number text,
  facility text,
  names jsonb not null,
  shipped_at timestamp with time zone not null,
  expected_at timestamp with time zone,
  carrier text,
  lines jsonb not null,
  packages jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);

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
CREATE INDEX shipment_delivered ON public.shipment USING btree (delivered_at) WHERE ((delivered_at IS NOT NULL) AND (promised_at IS NOT NULL));
CREATE INDEX shipment_names ON public.shipment USING gin (names);
CREATE INDEX shipment_order ON public.shipment USING btree (order_id);
CREATE INDEX shipment_provisional ON public.shipment USING btree (id) WHERE (provisional AND (merged_into IS NULL));
CREATE INDEX shipment_search ON public.shipment USING gin (search_parts(search));
CREATE INDEX shipment_status ON public.shipment USING btree (status, id) WHERE (merged_into IS NULL);
CREATE INDEX shipment_tracking ON public.shipment USING gin (tracking_numbers);
CREATE INDEX shipment_transfer ON public.shipment USING btree (transfer_subject);
alter table shipment enable row level security;
create policy outsiders on shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = shipment.id)) OFFSET 0)), false) IS NOT NULL));

create table shop_due (
  shop_order_id uuid not null,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  PRIMARY KEY (shop_order_id)
);
CREATE INDEX shop_due_time ON public.shop_due USING btree (not_before);

create table shop_fulfilment (
  transfer text not null,
  shop_order_id uuid not null,
  company text not null,
  connection text not null,
  command_id uuid,
  revision integer not null,
  tracking_digest text,
  track_command_id uuid,
  lines jsonb not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (transfer)
);
CREATE INDEX shop_fulfilment_order ON public.shop_fulfilment USING btree (shop_order_id);
alter table shop_fulfilment enable row level security;
create policy outsiders on shop_fulfilment for select using ((('shop:'::text || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table shop_order (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  order_key text not null,
  reference text not null,
  state text not null,
  raw_state text not null,
  payment text not null,
  fulfilled_by text not null,
  ordered_at timestamp with time zone not null,
  ship_by timestamp with time zone,
  deliver_by timestamp with time zone,
  total jsonb not null,
  prices_include_tax boolean not null,
  lines jsonb not null,
  shipping jsonb,
  destination jsonb not null,
  personal_data_id uuid,
  sealed text,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX shop_order_age ON public.shop_order USING btree (ordered_at DESC, id DESC);
CREATE INDEX shop_order_done ON public.shop_order USING btree (updated_at) WHERE ((personal_data_id IS NOT NULL) AND ((state = ANY (ARRAY['CLOSED'::text, 'CANCELLED'::text])) OR deleted));
CREATE INDEX shop_order_person ON public.shop_order USING btree (personal_data_id) WHERE (personal_data_id IS NOT NULL);
CREATE INDEX shop_order_reference ON public.shop_order USING btree (reference);
alter table shop_order enable row level security;
create policy outsiders on shop_order for select using ((('shop:'::text || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table shop_told (
  shop_order_id uuid not null,
  connection text not null,
  revision integer not null,
  digest text not null,
  command_id uuid not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (shop_order_id)
);
CREATE INDEX shop_told_command ON public.shop_told USING btree (command_id);

create table signing_key (
  kid text not null,
  public_jwk jsonb not null,
  private_ciphertext text not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  PRIMARY KEY (kid)
);

create table standing_appointment (
  id uuid not null,
  facility_id uuid not null,
  company text not null,
  carrier text,
  weekday smallint not null,
  local_time text not null,
  dock text,
  need jsonb not null,
  from_on text not null,
  until_on text,
  ended boolean not null default false,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX standing_appointment_facility ON public.standing_appointment USING btree (facility_id, id);
alter table standing_appointment enable row level security;
create policy outsiders on standing_appointment for select using (((('carrier:'::text || carrier) = ANY (( SELECT held_keys() AS held_keys)::text[])) OR (EXISTS ( SELECT FROM facility f WHERE ((f.id = standing_appointment.facility_id) AND (((('facility:'::text || f.code) || '@'::text) || f.company) = ANY (( SELECT held_keys() AS held_keys)::text[]))) OFFSET 0))));

create table standing_skip (
  standing_id uuid not null,
  on_day text not null,
  company text not null,
  reason text not null,
  tried_at timestamp with time zone not null,
  PRIMARY KEY (standing_id, on_day),
  FOREIGN KEY (standing_id) REFERENCES standing_appointment(id)
);
alter table standing_skip enable row level security;
create policy outsiders on standing_skip for select using ((EXISTS ( SELECT FROM standing_appointment s WHERE (s.id = standing_skip.standing_id) OFFSET 0)));

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
alter table stock_level enable row level security;
create policy outsiders on stock_level for select using (false);

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
  source_id text,
  first_window_from timestamp with time zone,
  first_window_to timestamp with time zone,
  first_planned_arrival timestamp with time zone,
  cancelled boolean not null default false,
  PRIMARY KEY (load_id, sequence)
);
CREATE INDEX stop_arrived ON public.stop USING btree (actual_arrival) WHERE (actual_arrival IS NOT NULL);
CREATE INDEX stop_at_gate ON public.stop USING btree (company, facility_code, COALESCE(planned_arrival, window_from, estimated_arrival)) WHERE (facility_code IS NOT NULL);
CREATE INDEX stop_facility ON public.stop USING btree (facility_code);
alter table stop enable row level security;
create policy outsiders on stop for select using (((((('facility:'::text || facility_code) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])) OR (EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'load'::text) AND (a.record_id = stop.load_id) AND (a.key !~~ 'facility:%'::text)) OFFSET 0)) OR (EXISTS ( SELECT FROM (load_shipment ls JOIN record_access a ON (((a.kind = 'shipment'::text) AND (a.record_id = ls.shipment_id) AND (a.key !~~ 'facility:%'::text)))) WHERE ((ls.load_id = stop.load_id) AND (ls.stop = stop.sequence)) OFFSET 0))));

create table stop_promise (
  load_id uuid not null,
  stop text not null,
  place text not null,
  window_from timestamp with time zone,
  window_to timestamp with time zone,
  window_version bigint,
  planned_arrival timestamp with time zone,
  planned_version bigint,
  PRIMARY KEY (load_id, stop, place)
);

create table stop_time (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  moment text not null,
  classifier text not null,
  source text not null,
  connection text not null,
  at timestamp with time zone not null,
  stated_at timestamp with time zone not null,
  chosen boolean not null,
  record_id uuid,
  PRIMARY KEY (load_id, sequence, moment, classifier, source, connection)
);
CREATE INDEX stop_time_record ON public.stop_time USING btree (record_id, load_id) WHERE (record_id IS NOT NULL);
alter table stop_time enable row level security;
create policy outsiders on stop_time for select using ((EXISTS ( SELECT FROM stop s WHERE ((s.load_id = stop_time.load_id) AND (s.sequence = stop_time.sequence)) OFFSET 0)));

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

create table tender (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  load_key text not null,
  role text not null,
  state text not null,
  carrier text,
  reason text,
  at timestamp with time zone not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX tender_load ON public.tender USING btree (company, load_key);
alter table tender enable row level security;
create policy outsiders on tender for select using (false);

create table tender_offer (
  id uuid not null,
  plan_id uuid not null,
  load_id uuid not null,
  company text not null,
  ordinal integer not null,
  carrier text not null,
  channel text not null,
  connection text,
  load_reference text not null,
  state text not null,
  revision integer not null,
  accepted_revision integer,
  offered_at timestamp with time zone not null,
  deadline_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  answers jsonb not null,
  changed_in bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (id)
);
CREATE INDEX tender_offer_load ON public.tender_offer USING btree (load_id, carrier) WHERE (state = ANY (ARRAY['OPEN'::text, 'ACCEPTED'::text]));
CREATE INDEX tender_offer_page ON public.tender_offer USING btree (offered_at DESC, id DESC);
CREATE INDEX tender_offer_plan ON public.tender_offer USING btree (plan_id, ordinal);
alter table tender_offer enable row level security;
create policy outsiders on tender_offer for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'tender_offer'::text) AND (a.record_id = tender_offer.id)) OFFSET 0)), false) IS NOT NULL));

create table tender_plan (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  load_id uuid not null,
  state text not null,
  plan jsonb not null,
  deadline_at timestamp with time zone,
  started_at timestamp with time zone not null,
  load_digest text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX tender_plan_due ON public.tender_plan USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);
CREATE INDEX tender_plan_load ON public.tender_plan USING btree (load_id, started_at DESC, id);
alter table tender_plan enable row level security;
create policy outsiders on tender_plan for select using (false);

create table token_client (
  id text not null,
  secret_hash text,
  certificate text,
  role text not null,
  claims jsonb not null,
  access_ttl integer not null,
  created_at timestamp with time zone not null default now(),
  disabled_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK (((secret_hash IS NOT NULL) OR (certificate IS NOT NULL)))
);

create table token_revocation (
  kind text not null,
  value text not null,
  revoked_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (kind, value),
  CHECK ((kind = ANY (ARRAY['jti'::text, 'subject'::text, 'family'::text, 'connection'::text])))
);
CREATE INDEX token_revocation_recorded ON public.token_revocation USING btree (recorded_at);

create table trailer_stay (
  id uuid not null,
  company text not null,
  site text not null,
  facility_id uuid not null,
  trailer text not null,
  trailer_key text not null,
  arrived_at timestamp with time zone not null,
  arrived_with uuid not null,
  left_at timestamp with time zone,
  left_with uuid,
  place text,
  load text not null,
  ready boolean not null,
  visits uuid[] not null,
  PRIMARY KEY (id)
);
CREATE INDEX trailer_stay_site ON public.trailer_stay USING btree (site, arrived_at, id);
CREATE INDEX trailer_stay_standing ON public.trailer_stay USING btree (site, arrived_at, id) WHERE (left_at IS NULL);
CREATE INDEX trailer_stay_trailer ON public.trailer_stay USING btree (company, trailer_key);
CREATE INDEX trailer_stay_visits ON public.trailer_stay USING gin (visits);
alter table trailer_stay enable row level security;
create policy outsiders on trailer_stay for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'trailer_stay'::text) AND (a.record_id = trailer_stay.id)) OFFSET 0)), false) IS NOT NULL));

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
CREATE INDEX transfer_at_gate ON public.transfer USING btree (company, upper(split_part(reference, '/'::text, 1)), scheduled_at) WHERE ((NOT deleted) AND (direction = ANY (ARRAY['INCOMING'::text, 'OUTGOING'::text])) AND (state <> ALL (ARRAY['done'::text, 'cancel'::text, 'draft'::text])));
CREATE INDEX transfer_order ON public.transfer USING btree (order_id, reference, id);
CREATE INDEX transfer_party ON public.transfer USING btree (party_id) WHERE (party_id IS NOT NULL);
CREATE INDEX transfer_reference ON public.transfer USING btree (reference, id);
CREATE INDEX transfer_ship_to ON public.transfer USING btree (ship_to_id);
CREATE INDEX transfer_state ON public.transfer USING btree (state, reference, id);
alter table transfer enable row level security;
create policy outsiders on transfer for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'transfer'::text) AND (a.record_id = transfer.id)) OFFSET 0)), false) IS NOT NULL));

create table unmapped_code (
  connection text not null,
  raw_code text not null,
  raw_reason text not null default ''::text,
  messages bigint not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  raw_id uuid not null,
  PRIMARY KEY (connection, raw_code, raw_reason),
  FOREIGN KEY (connection) REFERENCES connection(id) ON DELETE CASCADE
);

create table vehicle (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  name text not null,
  name_key text not null,
  plate text,
  plate_key text,
  latitude double precision not null,
  longitude double precision not null,
  heading double precision,
  speed double precision,
  place text,
  at timestamp with time zone not null,
  code_key text,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX vehicle_code ON public.vehicle USING btree (company, code_key) WHERE (code_key IS NOT NULL);
CREATE INDEX vehicle_id ON public.vehicle USING btree (company, upper(substr(subject, (length((('vehicle:'::text || connection) || ':'::text)) + 1))));
CREATE INDEX vehicle_name ON public.vehicle USING btree (company, name_key);
CREATE INDEX vehicle_plate ON public.vehicle USING btree (company, plate_key) WHERE (plate_key IS NOT NULL);
alter table vehicle enable row level security;
create policy outsiders on vehicle for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'vehicle'::text) AND (a.record_id = vehicle.id)) OFFSET 0)), false) IS NOT NULL));

create table vehicle_load (
  vehicle_id uuid not null,
  load_id uuid not null,
  company text not null,
  role text not null,
  PRIMARY KEY (load_id, vehicle_id),
  CHECK ((role = ANY (ARRAY['TRUCK'::text, 'TRAILER'::text])))
);
CREATE INDEX vehicle_load_vehicle ON public.vehicle_load USING btree (vehicle_id);
alter table vehicle_load enable row level security;
create policy outsiders on vehicle_load for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'load'::text) AND (a.record_id = vehicle_load.load_id)) OFFSET 0)), false) IS NOT NULL));

create table vehicle_track (
  vehicle_id uuid not null,
  at timestamp with time zone not null,
  latitude double precision not null,
  longitude double precision not null,
  PRIMARY KEY (vehicle_id, at, latitude, longitude)
);
CREATE INDEX vehicle_track_at ON public.vehicle_track USING btree (at);

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
  trailer_key text,
  trailer_out text,
  trailer_out_key text,
  left_without_trailer boolean not null default false,
  dock text,
  direction text,
  arrived_at timestamp with time zone,
  handling_started_at timestamp with time zone,
  handling_ended_at timestamp with time zone,
  numbers text[] not null default '{}'::text[],
  names jsonb not null default '[]'::jsonb,
  seals jsonb,
  counts jsonb not null default '[]'::jsonb,
  findings jsonb not null default '[]'::jsonb,
  dock_reasons text[] not null default '{}'::text[],
  equipment jsonb not null default '[]'::jsonb,
  equipment_keys text[] not null default '{}'::text[],
  reason text,
  personal_data_id uuid,
  sealed text,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX visit_appointment ON public.visit USING btree (appointment_id);
CREATE INDEX visit_at_dock ON public.visit USING btree (facility_id, at_dock_at) WHERE (at_dock_at IS NOT NULL);
CREATE INDEX visit_began ON public.visit USING btree (COALESCE(checked_in_at, arrived_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at), id) WHERE (NOT deleted);
CREATE INDEX visit_check_in ON public.visit USING btree ((
CASE
    WHEN (checked_in_at IS NULL) THEN '-infinity'::timestamp with time zone
    ELSE checked_in_at
END), id);
CREATE INDEX visit_company_trailer ON public.visit USING btree (company, trailer_key) WHERE (trailer_key IS NOT NULL);
CREATE INDEX visit_company_trailer_out ON public.visit USING btree (company, trailer_out_key) WHERE (trailer_out_key IS NOT NULL);
CREATE INDEX visit_equipment ON public.visit USING gin (equipment_keys);
CREATE INDEX visit_facility ON public.visit USING btree (facility_id, checked_in_at);
CREATE INDEX visit_facility_began ON public.visit USING btree (facility_id, COALESCE(checked_in_at, arrived_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at), id) WHERE (NOT deleted);
CREATE INDEX visit_numbers ON public.visit USING gin (numbers);
CREATE INDEX visit_person ON public.visit USING btree (personal_data_id) WHERE (personal_data_id IS NOT NULL);
CREATE INDEX visit_state ON public.visit USING btree (state, (
CASE
    WHEN (checked_in_at IS NULL) THEN '-infinity'::timestamp with time zone
    ELSE checked_in_at
END), id);
CREATE INDEX visit_trailer_came ON public.visit USING btree (facility_id, trailer_key, COALESCE(checked_in_at, arrived_at, at_dock_at)) WHERE ((trailer_key IS NOT NULL) AND (NOT deleted));
CREATE INDEX visit_truck_came ON public.visit USING btree (facility_id, name_key(truck), COALESCE(checked_in_at, arrived_at, at_dock_at)) WHERE ((truck IS NOT NULL) AND (NOT deleted));
alter table visit enable row level security;
create policy outsiders on visit for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'visit'::text) AND (a.record_id = visit.id)) OFFSET 0)), false) IS NOT NULL));

create table visit_shipment (
  visit_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (visit_id, shipment_id)
);
CREATE INDEX visit_shipment_shipment ON public.visit_shipment USING btree (shipment_id);

create table visit_statement (
  visit_id uuid not null,
  shipment_id uuid not null,
  key text not null,
  subject text not null,
  digest text not null,
  event_id uuid not null,
  fact_id uuid not null,
  PRIMARY KEY (visit_id, shipment_id, key)
);

create table warehouse_confirmation (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  direction text not null,
  reference text not null,
  order_key text not null,
  order_id uuid not null,
  number text,
  facility text,
  names jsonb not null,
  confirmed_at timestamp with time zone not null,
  is_final boolean not null,
  carrier text,
  lines jsonb not null,
  packages jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  remarks jsonb not null default '[]'::jsonb,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX warehouse_confirmation_key ON public.warehouse_confirmation USING btree (order_key);
CREATE INDEX warehouse_confirmation_order ON public.warehouse_confirmation USING btree (order_id, confirmed_at, id);
alter table warehouse_confirmation enable row level security;
create policy outsiders on warehouse_confirmation for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table warehouse_order (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  direction text not null,
  state text not null,
  raw_state text not null,
  reference text not null,
  order_key text not null,
  number text,
  facility text,
  names jsonb not null,
  lines jsonb not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX warehouse_order_age ON public.warehouse_order USING btree (updated_at DESC, id DESC);
CREATE INDEX warehouse_order_facility ON public.warehouse_order USING btree (facility, updated_at DESC, id DESC);
CREATE INDEX warehouse_order_key ON public.warehouse_order USING btree (order_key);
alter table warehouse_order enable row level security;
create policy outsiders on warehouse_order for select using ((((('facility:'::text || facility) || '@'::text) || company) = ANY (( SELECT held_keys() AS held_keys)::text[])));

create table warehouse_release (
  connection text not null,
  transfer text not null,
  shipment_id uuid not null,
  company text not null,
  order_key text not null,
  state text not null,
  revision integer not null,
  digest text,
  problem text,
  command_id uuid,
  released_at timestamp with time zone,
  due_at timestamp with time zone,
  overdue boolean not null default false,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (connection, transfer)
);
CREATE INDEX warehouse_release_blocked ON public.warehouse_release USING btree (updated_at) WHERE (state = 'BLOCKED'::text);
CREATE INDEX warehouse_release_due ON public.warehouse_release USING btree (due_at) WHERE ((state = 'RELEASED'::text) AND (NOT overdue) AND (due_at IS NOT NULL));
CREATE INDEX warehouse_release_shipment ON public.warehouse_release USING btree (shipment_id);
alter table warehouse_release enable row level security;
create policy outsiders on warehouse_release for select using (false);

create table warehouse_shipment (
  record_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  PRIMARY KEY (record_id, shipment_id)
);
CREATE INDEX warehouse_shipment_shipment ON public.warehouse_shipment USING btree (shipment_id, record_id);
alter table warehouse_shipment enable row level security;
create policy outsiders on warehouse_shipment for select using ((NULLIF((EXISTS ( SELECT FROM record_access a WHERE ((a.kind = 'shipment'::text) AND (a.record_id = warehouse_shipment.shipment_id)) OFFSET 0)), false) IS NOT NULL));

create table warehouse_shortage (
  transfer text not null,
  shipment_id uuid not null,
  digest text not null,
  since timestamp with time zone not null,
  looked_at timestamp with time zone not null,
  PRIMARY KEY (transfer)
);
CREATE INDEX warehouse_shortage_looked ON public.warehouse_shortage USING btree (looked_at);

create table webhook_attempt (
  id uuid not null,
  endpoint uuid not null,
  delivery bigint not null,
  number integer not null,
  started_at timestamp with time zone not null,
  outcome text not null,
  status integer,
  milliseconds integer,
  error text,
  answer bytea,
  PRIMARY KEY (id),
  FOREIGN KEY (delivery) REFERENCES webhook_delivery(sequence) ON DELETE CASCADE,
  FOREIGN KEY (endpoint) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  CHECK ((outcome = ANY (ARRAY['DELIVERED'::text, 'FAILED'::text, 'LOST'::text])))
);
CREATE INDEX webhook_attempt_delivery ON public.webhook_attempt USING btree (delivery, number);
CREATE INDEX webhook_attempt_recent ON public.webhook_attempt USING btree (endpoint, started_at);

create table webhook_delivery (
  sequence bigint not null,
  endpoint uuid not null,
  replay uuid,
  position bigint,
  ordinal integer,
  note jsonb,
  event_id text not null,
  type text not null,
  subject text not null,
  order_key text not null,
  shipment_id uuid,
  happened_at timestamp with time zone not null,
  state text not null default 'WAITING'::text,
  attempts integer not null default 0,
  next_at timestamp with time zone not null default clock_timestamp(),
  lease uuid,
  created_at timestamp with time zone not null default clock_timestamp(),
  finished_at timestamp with time zone,
  PRIMARY KEY (sequence),
  FOREIGN KEY (endpoint) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  CHECK ((state = ANY (ARRAY['WAITING'::text, 'SENDING'::text, 'DELIVERED'::text, 'GIVEN_UP'::text, 'DROPPED'::text])))
);
CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (endpoint, next_at, sequence) WHERE (state = 'WAITING'::text);
CREATE INDEX webhook_delivery_finished ON public.webhook_delivery USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX webhook_delivery_given_up ON public.webhook_delivery USING btree (endpoint) WHERE (state = 'GIVEN_UP'::text);
CREATE INDEX webhook_delivery_latest ON public.webhook_delivery USING btree (endpoint, sequence);
CREATE INDEX webhook_delivery_order ON public.webhook_delivery USING btree (endpoint, order_key, sequence) WHERE (state = ANY (ARRAY['WAITING'::text, 'SENDING'::text]));
CREATE UNIQUE INDEX webhook_delivery_place ON public.webhook_delivery USING btree (endpoint, "position", ordinal) WHERE (replay IS NULL);

create table webhook_endpoint (
  id uuid not null,
  kind text not null,
  company text not null,
  owner text not null,
  owner_role text not null,
  rights jsonb not null,
  token_id text,
  token_issuer text not null,
  token_family text,
  token_connection text,
  token_issued_at timestamp with time zone not null,
  rights_until timestamp with time zone not null,
  url text not null,
  description text not null,
  topics text[] not null,
  filter jsonb not null,
  state text not null,
  state_reason text,
  position bigint not null,
  ordinal integer not null,
  concurrency integer not null,
  per_minute integer not null,
  failures integer not null default 0,
  failing_since timestamp with time zone,
  alerted_at timestamp with time zone,
  not_before timestamp with time zone,
  last_success_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  last_error text,
  gap jsonb,
  holder uuid,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (id),
  CHECK ((kind = ANY (ARRAY['HTTP'::text, 'NATS'::text]))),
  CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'PAUSED'::text, 'DISABLED'::text])))
);
CREATE INDEX webhook_endpoint_owner ON public.webhook_endpoint USING btree (owner, id);

create table webhook_replay (
  id uuid not null,
  endpoint uuid not null,
  position bigint not null,
  ordinal integer not null,
  end_position bigint not null,
  end_ordinal integer not null,
  events integer not null default 0,
  requested_by text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  finished_at timestamp with time zone,
  PRIMARY KEY (id),
  FOREIGN KEY (endpoint) REFERENCES webhook_endpoint(id) ON DELETE CASCADE
);
CREATE INDEX webhook_replay_endpoint ON public.webhook_replay USING btree (endpoint, id);

create table webhook_secret (
  id uuid not null,
  endpoint uuid not null,
  ciphertext text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  expires_at timestamp with time zone,
  PRIMARY KEY (id),
  FOREIGN KEY (endpoint) REFERENCES webhook_endpoint(id) ON DELETE CASCADE
);
CREATE INDEX webhook_secret_endpoint ON public.webhook_secret USING btree (endpoint);

create table write_back (
  connection text not null,
  transfer text not null,
  told jsonb not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (connection, transfer)
);

create table write_back_due (
  shipment_id uuid not null,
  PRIMARY KEY (shipment_id)
);

create table yard_contradiction (
  id uuid not null,
  company text not null,
  kind text not null,
  about text not null,
  between_ids uuid[] not null,
  trailer_key text,
  title text not null,
  detail text not null,
  PRIMARY KEY (id)
);
CREATE INDEX yard_contradiction_between ON public.yard_contradiction USING gin (between_ids);
CREATE INDEX yard_contradiction_trailer ON public.yard_contradiction USING btree (company, trailer_key) WHERE (trailer_key IS NOT NULL);

create table yard_move (
  id uuid not null,
  subject text not null,
  company text not null,
  connection text not null,
  facility_id uuid not null,
  trailer text not null,
  trailer_key text not null,
  state text not null,
  from_place text,
  to_place text not null,
  assignee text,
  visit_id uuid,
  reason text,
  requested_at timestamp with time zone not null,
  assigned_at timestamp with time zone,
  started_at timestamp with time zone,
  done_at timestamp with time zone,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamp with time zone not null,
  UNIQUE (subject),
  PRIMARY KEY (id)
);
CREATE INDEX yard_move_facility ON public.yard_move USING btree (facility_id, requested_at, id);
CREATE INDEX yard_move_open ON public.yard_move USING btree (facility_id, requested_at, id) WHERE ((NOT deleted) AND (state = ANY (ARRAY['REQUESTED'::text, 'ASSIGNED'::text, 'STARTED'::text])));
CREATE INDEX yard_move_trailer ON public.yard_move USING btree (company, trailer_key);
alter table yard_move enable row level security;
create policy outsiders on yard_move for select using ((EXISTS ( SELECT FROM facility f WHERE ((f.id = yard_move.facility_id) AND (((('facility:'::text || f.code) || '@'::text) || f.company) = ANY (( SELECT held_keys() AS held_keys)::text[]))) OFFSET 0)));
