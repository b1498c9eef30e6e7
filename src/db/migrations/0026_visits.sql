-- Visits that are kept here: what the truck left and took up, who drives it (sealed), why it was turned away.
alter table visit add column equipment jsonb not null default '[]', add column reason text, add column personal_data_id uuid, add column sealed text;
create index visit_person on visit (personal_data_id) where personal_data_id is not null;
create index visit_facility_dock on visit (facility_id, dock) where dock is not null;
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
