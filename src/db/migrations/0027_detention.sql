-- What is charged for waiting, kept by people. Null stands for every facility (by its code), carrier and direction. See model/yard/detention.
create table detention_rule (
  id uuid primary key,
  company text not null,
  name text not null,
  kind text not null,
  side text not null,
  facility text,
  carrier text,
  direction text,
  valid_from timestamptz not null,
  terms jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);
create index detention_rule_company on detention_rule (company, facility, carrier);

-- When a trailer that was left at a facility left it again: with whichever truck took it first or, where none is known to have, when it came
-- once more. As the owner: whoever left it is told when it left, and sees nothing else of the visit of another.
create index visit_trailer_out on visit (facility_id, trailer_out_key, checked_out_at) where trailer_out_key is not null and not deleted;
create index visit_trailer_in on visit (facility_id, trailer_key, checked_in_at) where trailer_key is not null and not deleted;
create function trailer_left_at(at_facility uuid, of_trailer text, since timestamptz) returns timestamptz language sql stable parallel safe security definer
  return least(
    (select min(v.checked_out_at) from visit v where v.facility_id = at_facility and v.trailer_out_key = of_trailer and v.checked_out_at >= since and not v.deleted),
    (select min(v.checked_in_at) from visit v where v.facility_id = at_facility and v.trailer_key = of_trailer and v.checked_in_at > since and not v.deleted));

-- The appointment that a visit was for. As the owner: a truck may come for the appointment of another carrier, and is late or early by it.
create function appointment_of_visit(of_appointment uuid) returns jsonb language sql stable parallel safe security definer
  return (select jsonb_build_object('startsMs', (extract(epoch from a.starts_at) * 1000)::bigint, 'carrier', a.carrier, 'direction', a.direction, 'connection', a.connection, 'version', a.version) from appointment a where a.id = of_appointment and not a.deleted);

-- For what is charged of the visits that began within a time, everywhere or at a facility.
create index visit_began on visit ((coalesce(checked_in_at, arrived_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at)), id) where not deleted;
create index visit_facility_began on visit (facility_id, (coalesce(checked_in_at, arrived_at, at_dock_at, handling_started_at, handling_ended_at, from_dock_at, checked_out_at)), id) where not deleted;

-- Carriers see what is paid to carriers, to all or to them, and warehouses what is paid where they work.
create policy outsiders on detention_rule for select using (side = 'PAYABLE' and (
  'carrier:' || carrier = any ((select held_keys())::text[])
  or exists (select from unnest((select held_keys())::text[]) as held (key) where held.key = 'facility:' || detention_rule.facility || '@' || company
    or (carrier is null and held.key like 'carrier:%') or (detention_rule.facility is null and held.key like 'facility:%' and substring(held.key from '@([^@]*)$') = company))));
alter table detention_rule enable row level security;
