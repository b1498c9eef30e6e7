-- The loads that a number means: those of this name, and those into which loads of this name were merged.
create function load_named(of_company text, by_name text) returns setof uuid language sql stable parallel safe as $$
  select l.id from load l where l.name_key = by_name and l.company = of_company and l.merged_into is null
  union all
  select l.id from load l where l.aliases <> '{}' and l.aliases @> array[by_name] and l.company = of_company and l.merged_into is null and l.name_key <> by_name
$$;

-- What was first agreed of each stop at its place: what comes later is another plan, not another promise. The lowest version that said it counts, so that it is the same for every order.
create table stop_promise (
  load_id uuid not null,
  stop text not null,
  -- Code of the facility; empty where the source gives none. A stop that is moved elsewhere has another promise.
  place text not null,
  window_from timestamptz,
  window_to timestamptz,
  window_version bigint,
  planned_arrival timestamptz,
  planned_version bigint,
  primary key (load_id, stop, place)
);
alter table stop
  add column first_window_from timestamptz, add column first_window_to timestamptz, add column first_planned_arrival timestamptz,
  -- The load is driven no more.
  add column cancelled boolean not null default false;

-- Of what is there already, what is agreed now is the first that is known.
insert into stop_promise (load_id, stop, place, window_from, window_to, window_version, planned_arrival, planned_version)
select l.id, e ->> 'id', coalesce(max(s.facility_code), ''), max(s.window_from), max(s.window_to), case when max(coalesce(s.window_from, s.window_to)) is not null then max(l.version) end,
  max((e -> 'planned' -> 'arrival' ->> 'instant')::timestamptz), case when max(e -> 'planned' -> 'arrival' ->> 'instant') is not null then max(l.version) end
from load l cross join lateral jsonb_array_elements(l.stops) e join stop s on s.load_id = l.id and s.sequence = (e ->> 'sequence')::integer
where not l.deleted and (s.window_from is not null or s.window_to is not null or e -> 'planned' -> 'arrival' ->> 'instant' is not null)
group by l.id, e ->> 'id';
update stop s set source_id = coalesce(s.source_id, e ->> 'id'), first_window_from = s.window_from, first_window_to = s.window_to, first_planned_arrival = (e -> 'planned' -> 'arrival' ->> 'instant')::timestamptz, cancelled = l.state = 'CANCELLED'
from load l cross join lateral jsonb_array_elements(l.stops) e where l.id = s.load_id and s.sequence = (e ->> 'sequence')::integer;
