-- What facilities that are run here need of appointments and visits, and what other yards may say.
alter table appointment
  add column handling text, add column temperature text, add column height_cm integer, add column pallets integer,
  add column wish jsonb, add column reason text, add column claimed jsonb, add column standing jsonb;

alter table visit
  add column trailer_key text, add column trailer_out text, add column trailer_out_key text, add column left_without_trailer boolean not null default false,
  add column dock text, add column direction text, add column arrived_at timestamptz, add column handling_started_at timestamptz, add column handling_ended_at timestamptz,
  add column numbers text[] not null default '{}', add column names jsonb not null default '[]', add column seals jsonb, add column counts jsonb not null default '[]',
  add column findings jsonb not null default '[]', add column dock_reasons text[] not null default '{}';

-- A trailer is to be brought from one place in the yard to another.
create table yard_move (
  id uuid primary key,
  subject text not null unique,
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
  requested_at timestamptz not null,
  assigned_at timestamptz,
  started_at timestamptz,
  done_at timestamptz,
  version bigint not null,
  deleted boolean not null default false,
  updated_at timestamptz not null
);
create index yard_move_facility on yard_move (facility_id, requested_at, id);

-- How a facility that is run here works. Whoever gives out its docks holds this row: one after the other.
create table facility_plan (
  facility_id uuid primary key,
  company text not null,
  code text not null,
  plan jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  unique (company, code)
);

-- What was answered to a request under its idempotency key, so that a repeat changes nothing and is answered alike.
create table own_request (
  requested_by text not null,
  idempotency_key text not null,
  digest bytea not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (requested_by, idempotency_key)
);
create index own_request_age on own_request (created_at);

-- Seen by who runs the facility.
create policy outsiders on yard_move for select using (exists (select from facility f where f.id = yard_move.facility_id and 'facility:' || f.code || '@' || f.company = any ((select held_keys())::text[]) offset 0));
alter table yard_move enable row level security;
create policy outsiders on facility_plan for select using (exists (select from facility f where f.id = facility_plan.facility_id offset 0));
alter table facility_plan enable row level security;
