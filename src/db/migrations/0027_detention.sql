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

-- What each source says of when the truck comes to a stop and leaves it; the columns of stop give what is chosen of it. See model/transport/stop-times.
create table stop_time (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  moment text not null,
  classifier text not null,
  source text not null,
  connection text not null,
  at timestamptz not null,
  stated_at timestamptz not null,
  chosen boolean not null,
  record_id uuid,
  primary key (load_id, sequence, moment, classifier, source, connection)
);
-- From the visit or shipment by which it was told.
create index stop_time_record on stop_time (record_id, load_id) where record_id is not null;
create index visit_numbers on visit using gin (numbers);

-- Where a lane begins and ends: at a facility, else in the region of a postal code.
create function stop_region(facility_code text, place jsonb) returns text language sql immutable parallel safe
  return coalesce('facility ' || facility_code, 'region ' || (place ->> 'country') || ' ' || left(place ->> 'postalCode', 2));

-- How long trucks took from one stop to the next: history for estimates.
create table lane_leg (
  load_id uuid not null,
  sequence integer not null,
  company text not null,
  from_region text not null,
  to_region text not null,
  departed_at timestamptz not null,
  minutes integer not null,
  weekend boolean not null,
  hour integer not null,
  primary key (load_id, sequence)
);
create index lane_leg_lane on lane_leg (company, from_region, to_region, departed_at desc, minutes, weekend, hour);
create index stop_arrived on stop (actual_arrival) where actual_arrival is not null;

-- How long trucks take on a lane by its history: the latest 500 trips, of these the ones on like days within three hours of the clock where
-- they are enough, else the ones on like days, else all. Nothing below as many as are wanted. As the owner: sums tell nothing of a trip.
create function lane_minutes(of_company text, lane_from text, lane_to text, on_weekend boolean, at_hour integer, fewest integer) returns jsonb language sql stable parallel safe security definer
  return (
    with latest as (select g.minutes, g.weekend = on_weekend as like_day, g.weekend = on_weekend and least(abs(g.hour - at_hour), 24 - abs(g.hour - at_hour)) <= 3 as like_hour
        from lane_leg g where g.company = of_company and g.from_region = lane_from and g.to_region = lane_to order by g.departed_at desc limit 500),
      counted as (select count(*) filter (where like_hour) as hours, count(*) filter (where like_day) as days, count(*) as trips from latest),
      taken as (select l.minutes from latest l, counted c where case when c.hours >= fewest then l.like_hour when c.days >= fewest then l.like_day else c.trips >= fewest end)
    select jsonb_build_object('samples', count(*), 'p10', percentile_cont(0.1) within group (order by minutes), 'p50', percentile_cont(0.5) within group (order by minutes), 'p90', percentile_cont(0.9) within group (order by minutes)) from taken having count(*) > 0);

-- The stop before this one on the way, and how long the way takes by history. As the owner: who sees a stop may be told when the truck comes, and nothing of where it was.
create function lane_to_stop(of_load uuid, to_sequence integer, fewest integer) returns jsonb language sql stable parallel safe security definer
  return (
    select jsonb_build_object('leavesMs', (extract(epoch from p.leaves) * 1000)::bigint, 'hasLeft', p.actual_departure is not null,
      'minutes', lane_minutes(s.company, stop_region(p.facility_code, p.place), stop_region(s.facility_code, s.place), extract(isodow from p.leaves at time zone p.zone) > 5, extract(hour from p.leaves at time zone p.zone)::integer, fewest))
    from stop s cross join lateral (
      select b.*, coalesce(b.actual_departure, b.estimated_departure, b.planned_departure) as leaves,
        coalesce((select f.zone from facility f where f.code = b.facility_code and f.company = b.company and not f.deleted order by f.id limit 1), 'UTC') as zone
      from stop b where b.load_id = s.load_id and b.sequence < s.sequence order by b.sequence desc limit 1) p
    where s.load_id = of_load and s.sequence = to_sequence and p.leaves is not null);

-- As stop, each of them.
create policy outsiders on stop_time for select using (exists (select from stop s where s.load_id = stop_time.load_id and s.sequence = stop_time.sequence offset 0));
alter table stop_time enable row level security;
