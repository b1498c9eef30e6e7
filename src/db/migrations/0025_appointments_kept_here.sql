-- Appointments at facilities that are run here.

-- Whether carriers may book there: then they see the facility and its plan, though nothing of theirs is there yet.
alter table facility add column carriers_book boolean not null default false;

drop policy outsiders on facility;
create policy outsiders on facility for select using (
  'facility:' || facility.code || '@' || facility.company = any ((select held_keys())::text[])
  or (facility.carriers_book and exists (select from unnest((select held_keys())::text[]) k where k like 'carrier:%'))
  or exists (select from appointment p where p.facility_id = facility.id offset 0)
  or exists (select from visit v where v.facility_id = facility.id offset 0)
  or exists (select from stop where stop.facility_code = facility.code and stop.company = facility.company offset 0));

-- Those that are still to be met or decided, for what is done to them when their time has passed.
create index appointment_due on appointment (facility_id, starts_at) where state in ('REQUESTED', 'SCHEDULED') and connection = 'gatehouse';

-- A time that comes again every week: made into appointments as the days come near.
create table standing_appointment (
  id uuid primary key,
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
  changed_at timestamptz not null
);
create index standing_appointment_facility on standing_appointment (facility_id, id);

-- Days on which one of them could not be made, and why. What was made is known by its own id.
create table standing_skip (
  standing_id uuid not null references standing_appointment,
  on_day text not null,
  company text not null,
  reason text not null,
  tried_at timestamptz not null,
  primary key (standing_id, on_day)
);

-- Seen by who runs the facility, and by the carrier that comes.
create policy outsiders on standing_appointment for select using ('carrier:' || standing_appointment.carrier = any ((select held_keys())::text[])
  or exists (select from facility f where f.id = standing_appointment.facility_id and 'facility:' || f.code || '@' || f.company = any ((select held_keys())::text[]) offset 0));
alter table standing_appointment enable row level security;
create policy outsiders on standing_skip for select using (exists (select from standing_appointment s where s.id = standing_skip.standing_id offset 0));
alter table standing_skip enable row level security;
