-- Visits that are kept here: what the truck left and took up, who drives it (sealed), why it was turned away.
alter table visit add column equipment jsonb not null default '[]', add column equipment_keys text[] not null default '{}', add column reason text, add column personal_data_id uuid, add column sealed text;
create index visit_person on visit (personal_data_id) where personal_data_id is not null;
create index visit_at_dock on visit (facility_id, at_dock_at) where at_dock_at is not null;
create index visit_equipment on visit using gin (equipment_keys);
create index visit_company_trailer on visit (company, trailer_key) where trailer_key is not null;
create index visit_company_trailer_out on visit (company, trailer_out_key) where trailer_out_key is not null;

-- Shipments that the references of a visit mean. Nobody sees a shipment by them: what is said at a gate is no proof.
create table visit_shipment (
  visit_id uuid not null,
  shipment_id uuid not null,
  company text not null,
  primary key (visit_id, shipment_id)
);
create index visit_shipment_shipment on visit_shipment (shipment_id);

-- Milestones that were stated for a visit, to be taken back by name when it no longer says so.
create table visit_statement (
  visit_id uuid not null,
  shipment_id uuid not null,
  key text not null,
  subject text not null,
  digest text not null,
  event_id uuid not null,
  fact_id uuid not null,
  primary key (visit_id, shipment_id, key)
);

-- Trailers in yards, folded from all visits and moves of all sources that tell of the same yard (site: its code at its company).
create table trailer_stay (
  id uuid primary key,
  company text not null,
  site text not null,
  facility_id uuid not null,
  trailer text not null,
  trailer_key text not null,
  arrived_at timestamptz not null,
  arrived_with uuid not null,
  left_at timestamptz,
  left_with uuid,
  place text,
  load text not null,
  ready boolean not null,
  visits uuid[] not null
);
create index trailer_stay_site on trailer_stay (site, arrived_at, id);
create index trailer_stay_trailer on trailer_stay (company, trailer_key);
create index trailer_stay_visits on trailer_stay using gin (visits);
create policy outsiders on trailer_stay for select using (nullif(exists (select from record_access a where a.kind = 'trailer_stay' and a.record_id = trailer_stay.id offset 0), false) is not null);
alter table trailer_stay enable row level security;

-- What visits and moves say that cannot all be so. Exceptions follow these rows.
create table yard_contradiction (
  id uuid primary key,
  company text not null,
  kind text not null,
  about text not null,
  between_ids uuid[] not null,
  trailer_key text,
  title text not null,
  detail text not null
);
create index yard_contradiction_between on yard_contradiction using gin (between_ids);
create index yard_contradiction_trailer on yard_contradiction (company, trailer_key) where trailer_key is not null;

-- Photos of what was found. Seen by who runs the facility, not by who is on the visit, nor by whose goods are on it.
alter table document add column visit_id uuid;
create index document_visit on document (visit_id) where visit_id is not null;
drop policy outsiders on document;
create policy outsiders on document for select using (kind <> 'MANIFEST' and (nullif(exists (select from document_shipment x where x.document_id = document.id offset 0), false) is not null
  or nullif(exists (select from record_access a where a.kind = 'visit' and a.record_id = document.visit_id and a.key like 'facility:%' offset 0), false) is not null));
