-- Names of trucks and trailers as `normalizeReferenceValue` compares them.
create function name_key(name text) returns text language sql immutable parallel safe
  return upper(regexp_replace(normalize(name, nfkc), '\s', '', 'g'));

-- Trucks and trailers at a facility by when they came.
create index visit_truck_came on visit (facility_id, (name_key(truck)), (coalesce(checked_in_at, arrived_at, at_dock_at))) where truck is not null and not deleted;
create index visit_trailer_came on visit (facility_id, trailer_key, (coalesce(checked_in_at, arrived_at, at_dock_at))) where trailer_key is not null and not deleted;

-- Visits that other sources tell of and that are the same truck at the same time (isSameTruck of model/yard/contradictions), and which of them
-- is charged before this one: that of who runs the facility here, else that which came first. As the owner: it depends on nobody's rights.
create function visits_of_same_truck(of_visit uuid) returns jsonb language sql stable parallel safe security definer
  return (
    select jsonb_agg(jsonb_build_object('connection', p.connection, 'version', p.version, 'isBefore', (p.connection <> 'gatehouse', p.came, p.id) < (v.connection <> 'gatehouse', v.came, v.id),
      'times', jsonb_build_array(p.arrived_at, p.checked_in_at, p.at_dock_at, p.handling_started_at, p.handling_ended_at, p.from_dock_at, p.checked_out_at)) order by p.came, p.id)
    from (
        select o.*, name_key(o.truck) as truck_key, coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at) as came,
          coalesce(o.checked_out_at, case when o.connection = 'gatehouse' then 'infinity' else coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at) + interval '24 hours' end) as gone
        from visit o where o.id = of_visit and o.state not in ('CANCELLED', 'EXPECTED')) v
      join facility f on f.id = v.facility_id
      join facility g on g.code = f.code and g.company = f.company and g.connection <> f.connection
      cross join lateral (
        select a.id from visit a where a.facility_id = g.id and a.truck is not null and name_key(a.truck) = v.truck_key and not a.deleted
          and coalesce(a.checked_in_at, a.arrived_at, a.at_dock_at) between v.came - interval '30 days' and least(v.gone, v.came + interval '30 days')
        union
        select b.id from visit b where b.facility_id = g.id and b.trailer_key = v.trailer_key and not b.deleted and b.type <> 'PICK_UP' and v.type <> 'PICK_UP'
          and coalesce(b.checked_in_at, b.arrived_at, b.at_dock_at) between v.came - interval '30 days' and least(v.gone, v.came + interval '30 days')) same
      cross join lateral (
        select o.*, coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at) as came,
          coalesce(o.checked_out_at, case when o.connection = 'gatehouse' then 'infinity' else coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at) + interval '24 hours' end) as gone
        from visit o where o.id = same.id) p
    where p.connection <> v.connection and p.state not in ('CANCELLED', 'EXPECTED') and least(v.gone, p.gone) > greatest(v.came, p.came) + interval '1 minute');

-- Whether a visit says that its truck leaves here the trailer with which it came (trailersOfVisit of model/yard/trailers).
create function leaves_trailer(v visit) returns boolean language sql immutable parallel safe
  return (v).trailer_key is not null and case when (v).left_without_trailer or (v).trailer_out_key is not null or (v).equipment <> '[]'
    then (v).left_without_trailer or coalesce((v).trailer_out_key <> (v).trailer_key, false) else (v).type in ('DROP', 'DROP_HOOK') end;

-- When the trailer left that this visit left at a facility, by its stay there, and null as `leftAt` while it stands. No row for a visit
-- that left none, and where another one tells of the same coming and goes before: that of who runs the facility here, else that which the stay
-- names. As the owner: whoever left it is told when it left, and sees nothing else of the visit of another.
create function trailer_left_by(of_visit uuid) returns jsonb language sql stable parallel safe security definer
  return (
    select jsonb_build_object('leftAt', s.left_at)
    from visit v join trailer_stay s on s.company = v.company and s.trailer_key = v.trailer_key and s.visits @> array[v.id] join visit b on b.id = s.arrived_with
      cross join lateral (
        select o.id from visit o where o.id = any(s.visits) and leaves_trailer(o) and o.trailer_key = s.trailer_key and not o.deleted
          and (o.id = b.id or (o.connection <> b.connection and coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at) between s.arrived_at and least(s.left_at, s.arrived_at + interval '2 hours')))
        order by o.connection <> 'gatehouse', o.id <> b.id, coalesce(o.checked_in_at, o.arrived_at, o.at_dock_at), o.id limit 1) best
    where v.id = of_visit and best.id = v.id order by s.arrived_at desc limit 1);

drop function trailer_left_at(uuid, text, timestamptz);
drop index visit_trailer_out;
drop index visit_trailer_in;
