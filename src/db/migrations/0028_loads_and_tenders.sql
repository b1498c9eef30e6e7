-- What loads that are planned here have beside those of a TMS.
alter table load
  add column aliases text[] not null default '{}', add column equipment text, add column weight_kg text, add column split_from uuid, add column merged_into uuid;
alter table stop add column source_id text;
create index load_aliases on load using gin (aliases) where aliases <> '{}';

-- Numbers of loads that are planned here, drawn one after the other.
create table load_number (
  company text primary key,
  last bigint not null
);

-- To whom a load is offered, one after the other. The newest of a load is the one that counts.
create table tender_plan (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  load_id uuid not null,
  state text not null,
  plan jsonb not null,
  -- When the next step is due although nobody answers.
  deadline_at timestamptz,
  started_at timestamptz not null,
  -- Of the load as carriers were told of it last.
  load_digest text not null,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index tender_plan_load on tender_plan (load_id, started_at desc, id);
create index tender_plan_due on tender_plan (deadline_at) where deadline_at is not null;

-- What one carrier was asked: all that it is shown of it, also when it sees the load no more.
create table tender_offer (
  id uuid primary key,
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
  offered_at timestamptz not null,
  deadline_at timestamptz not null,
  ended_at timestamptz,
  answers jsonb not null,
  -- Version of the plan in which it changed last.
  changed_in bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index tender_offer_plan on tender_offer (plan_id, ordinal);
create index tender_offer_load on tender_offer (load_id, carrier) where state in ('OPEN', 'ACCEPTED');
create index tender_offer_page on tender_offer (offered_at desc, id desc);

-- Who drives a load, as it was decided here: beside the record of the load, which may be a TMS's.
create table load_assignment (
  id uuid primary key,
  subject text not null unique,
  company text not null,
  connection text not null,
  load_id uuid not null unique,
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
  updated_at timestamptz not null
);
create index load_assignment_trailer on load_assignment (company, trailer_key) where trailer_key is not null;
create index load_assignment_truck on load_assignment (company, truck_key) where truck_key is not null;

create policy outsiders on tender_plan for select using (false);
create policy outsiders on tender_offer for select using (nullif(exists (select from record_access a where a.kind = 'tender_offer' and a.record_id = tender_offer.id offset 0), false) is not null);
create policy outsiders on load_assignment for select using ('carrier:' || load_assignment.carrier = any ((select held_keys())::text[]));
alter table tender_plan enable row level security;
alter table tender_offer enable row level security;
alter table load_assignment enable row level security;
