import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LoadStop, StopTimes } from '../model/transport/records.js';
import { chosenStatement, newestStatements, stopClassifiers, stopMoments, type StopClassifier, type StopMoment, type StopTimeSource, type StopTimeStatement } from '../model/transport/stop-times.js';
import { insertRows } from './rows.js';

/** What changed of which the times of stops may be told. */
export interface StopTimeChanges {
  loads: readonly string[];
  appointments: readonly string[];
  visits: readonly string[];
  shipments: readonly string[];
}

interface Statement extends StopTimeStatement {
  load: string;
  sequence: number;
  company: string;
  /** The visit or shipment that tells it. */
  record: string | null;
}

/** Connectors that follow trucks; what their connections say of times is of telematics. */
const following = ['samsara', 'project44'];

/**
 * Works out anew what each source says of the times of the stops of loads, what is chosen of it, and how long the truck took from stop
 * to stop. Made from what the read model holds now, so that it is the same for every order of events.
 */
export async function projectStopTimes(tx: Transaction, changes: StopTimeChanges): Promise<string[]> {
  const loads = await loadsOf(tx, changes);
  if (loads.length === 0) return [];
  const all = [...(await ofRecords(tx, loads)), ...(await ofVisits(tx, loads)), ...(await ofMilestones(tx, loads)), ...(await ofEstimates(tx, loads))];
  const byStop = new Map<string, Statement[]>();
  for (const statement of all) {
    const key = `${statement.load} ${statement.sequence}`;
    byStop.set(key, [...(byStop.get(key) ?? []), statement]);
  }
  const rows: object[] = [];
  const stops: object[] = [];
  for (const told of byStop.values()) {
    const statements = newestStatements(told);
    const chosen = new Map(stopMoments.flatMap((moment) => stopClassifiers.map((classifier) => [`${classifier}_${moment}`.toLowerCase(), chosenStatement(statements, moment, classifier)] as const)));
    const taken = new Set(chosen.values());
    rows.push(...statements.map((each) => ({
      load_id: each.load, sequence: each.sequence, company: each.company, moment: each.moment, classifier: each.classifier, source: each.source, connection: each.connection, at: each.at, stated_at: each.statedAt,
      chosen: taken.has(each), record_id: each.record,
    })));
    stops.push({ load_id: told[0]!.load, sequence: told[0]!.sequence, ...Object.fromEntries([...chosen].map(([column, each]) => [column, each?.at ?? null])) });
  }
  await tx.deleteFrom('stop_time').where('load_id', '=', anyOf(loads)).execute();
  await insertRows(tx, 'stop_time', rows);
  await chooseTimes(tx, loads, stops);
  await projectLegs(tx, loads);
  return loads;
}

const anyOf = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

async function loadsOf(tx: Transaction, { loads, appointments, visits, shipments }: StopTimeChanges): Promise<string[]> {
  if (loads.length + appointments.length + visits.length + shipments.length === 0) return [];
  const found = await sql<{ id: string }>`
    select l.id from load l where l.id = ${anyOf(loads)}
    union select l.id from visit v join appointment_number n on n.appointment_id = v.appointment_id cross join lateral load_named(n.company, n.number) l(id) where v.id = ${anyOf(visits)}
    union select l.id from visit v cross join lateral unnest(v.numbers) n(number) cross join lateral load_named(v.company, n.number) l(id) where v.id = ${anyOf(visits)}
    union select l.id from appointment_number n cross join lateral load_named(n.company, n.number) l(id) where n.appointment_id = ${anyOf(appointments)}
    union select ls.load_id from load_shipment ls where ls.shipment_id = ${anyOf(shipments)}
    union select t.load_id from stop_time t where t.record_id = ${anyOf([...visits, ...shipments])}
    union select t.load_id from visit v join stop_time t on t.record_id = v.id where v.appointment_id = ${anyOf(appointments)}
    order by 1`.execute(tx);
  return found.rows.map(({ id }) => id);
}

/** What the record of the load itself says. */
async function ofRecords(tx: Transaction, loads: readonly string[]): Promise<Statement[]> {
  const rows = await tx.selectFrom('load').select(['id', 'company', 'connection', 'updated_at', 'stops']).where('id', '=', anyOf(loads)).where('deleted', '=', false).execute();
  return rows.flatMap((row) => (row.stops as unknown as LoadStop[]).flatMap((stop) => {
    const times: Array<[StopClassifier, StopTimes | undefined]> = [['PLANNED', stop.planned], ['ESTIMATED', stop.estimated], ['ACTUAL', stop.actual]];
    return times.flatMap(([classifier, of]) => ([['ARRIVAL', of?.arrival], ['DEPARTURE', of?.departure]] as const).flatMap(([moment, time]): Statement[] => (time === undefined ? [] : [
      { load: row.id, sequence: stop.sequence, company: row.company, record: null, moment, classifier, source: 'TMS', connection: row.connection, at: time.instant, statedAt: row.updated_at },
    ])));
  }));
}

interface VisitAtStop {
  load: string;
  company: string;
  visit: string;
  sequence: number;
  connection: string;
  came: string | null;
  gone: string | null;
  stated: string;
}

/**
 * Check-in and check-out of trucks that came for a load, by its name or that of one that was merged into it, or for an appointment that names it, at the facility of a stop. Where the load
 * stops there more than once, a visit is of the stop whose time, as the record of the load has it, is nearest to its check-in, and of equals of the first.
 */
async function ofVisits(tx: Transaction, loads: readonly string[]): Promise<Statement[]> {
  const found = await sql<VisitAtStop>`
    with named as (
      select l.id as load, l.company, n.name from load l cross join lateral unnest(array_append(l.aliases, l.name_key)) n(name) where l.id = ${anyOf(loads)} and l.merged_into is null),
    coming as (
      select l.load, l.company, v.id as visit from named l join appointment_number n on n.number = l.name and n.company = l.company join visit v on v.appointment_id = n.appointment_id
      union select l.load, l.company, v.id from named l join visit v on v.numbers @> array[l.name] and v.company = l.company)
    select distinct on (c.load, c.visit) c.load, c.company, c.visit, s.sequence, v.connection, coalesce(v.checked_in_at, v.arrived_at) as came, v.checked_out_at as gone, v.updated_at as stated
    from coming c join visit v on v.id = c.visit and not v.deleted and v.state not in ('CANCELLED', 'REJECTED') join facility f on f.id = v.facility_id and not f.deleted
      join stop s on s.load_id = c.load and s.facility_code = f.code and s.company = f.company join load l on l.id = c.load and not l.deleted
      cross join lateral (select coalesce(e -> 'planned' -> 'arrival' ->> 'instant', e -> 'window' -> 'from' ->> 'instant')::timestamptz as at from jsonb_array_elements(l.stops) e where (e ->> 'sequence')::integer = s.sequence limit 1) due
    order by c.load, c.visit, abs(extract(epoch from due.at - coalesce(v.checked_in_at, v.arrived_at, v.checked_out_at))) nulls last, s.sequence`.execute(tx);
  return found.rows.flatMap((row) => ([['ARRIVAL', row.came], ['DEPARTURE', row.gone]] as const).flatMap(([moment, at]): Statement[] => (at === null ? [] : [
    { load: row.load, sequence: row.sequence, company: row.company, record: row.visit, moment, classifier: 'ACTUAL', source: 'YARD', connection: row.connection, at, statedAt: row.stated },
  ])));
}

interface ToldTime {
  load: string;
  company: string;
  shipment: string;
  sequence: number;
  moment: StopMoment;
  classifier: StopClassifier;
  connection: string;
  follows: boolean;
  own: boolean;
  at: string;
  stated: string;
}

/**
 * Milestones that name a stop; who follows trucks says that one has picked up when it leaves. What the source of the load expects its newest record says; what happened stands as it was told. Of a shipment that goes on several loads with a stop of that number, those of the load's own source and of
 * positions of its truck alone: it cannot be told which load another one means.
 */
async function ofMilestones(tx: Transaction, loads: readonly string[]): Promise<Statement[]> {
  const found = await sql<ToldTime>`
    select distinct ls.load_id as load, ls.company, m.shipment_id as shipment, m.stop as sequence, case when m.code in ('ARRIVED_PICKUP', 'ARRIVED_DELIVERY') then 'ARRIVAL' else 'DEPARTURE' end as moment, m.classifier, m.connection,
      p.event_id is not null or coalesce(c.connector = any(${following}::text[]), false) as follows, m.connection = l.connection as own, m.occurred_at as at, m.observed_at as stated
    from load_shipment ls join load l on l.id = ls.load_id and not l.deleted join milestone m on m.shipment_id = ls.shipment_id and m.stop = ls.stop and m.active
      left join presence_statement p on p.event_id = m.id left join connection c on c.id = m.connection
    where ls.load_id = ${anyOf(loads)} and m.classifier in ('PLANNED', 'ESTIMATED', 'ACTUAL')
      and (m.code in ('ARRIVED_PICKUP', 'ARRIVED_DELIVERY', 'DEPARTED_FACILITY', 'DEPARTED_DELIVERY') or m.code = 'PICKED_UP' and c.connector = any(${following}::text[]))
      and (p.event_id is null or p.load_id = ls.load_id) and (m.connection <> l.connection or m.classifier = 'ACTUAL')
      and (p.event_id is not null or m.connection = l.connection or not exists (select from load_shipment o where o.shipment_id = ls.shipment_id and o.stop = ls.stop and o.load_id <> ls.load_id))`.execute(tx);
  return found.rows.map(toldBy);
}

/** When carriers expect to be where they fetch or bring a shipment, where they say no stop: of a shipment that one load fetches or brings once. */
async function ofEstimates(tx: Transaction, loads: readonly string[]): Promise<Statement[]> {
  const found = await sql<ToldTime>`
    select ls.load_id as load, ls.company, ls.shipment_id as shipment, ls.stop as sequence, 'ARRIVAL' as moment, 'ESTIMATED' as classifier, e.connection, coalesce(c.connector = any(${following}::text[]), false) as follows, false as own,
      e.estimated_at as at, e.observed_at as stated
    from load_shipment ls join load l on l.id = ls.load_id and not l.deleted join reference r on r.shipment_id = ls.shipment_id join estimate e on e.subject = r.subject and e.kind = case ls.action when 'LOAD' then 'PICKUP' else 'DELIVERY' end
      left join connection c on c.id = e.connection
    where ls.load_id = ${anyOf(loads)} and e.connection <> l.connection and not exists (select from load_shipment o where o.shipment_id = ls.shipment_id and o.action = ls.action and (o.load_id, o.stop) <> (ls.load_id, ls.stop))`.execute(tx);
  return found.rows.map(toldBy);
}

function toldBy({ load, company, shipment, sequence, moment, classifier, connection, follows, own, at, stated }: ToldTime): Statement {
  const source: StopTimeSource = follows ? 'TELEMATICS' : own ? 'TMS' : 'CARRIER';
  return { load, company, record: shipment, sequence, moment, classifier, source, connection, at, statedAt: stated };
}

/** The columns of stops give what is chosen; a stop of which nothing is told any more has none. */
async function chooseTimes(tx: Transaction, loads: readonly string[], stops: readonly object[]): Promise<void> {
  await sql`
    update stop s set planned_arrival = t.planned_arrival, planned_departure = t.planned_departure, estimated_arrival = t.estimated_arrival, estimated_departure = t.estimated_departure,
      actual_arrival = t.actual_arrival, actual_departure = t.actual_departure
    from (select o.load_id, o.sequence, n.planned_arrival, n.planned_departure, n.estimated_arrival, n.estimated_departure, n.actual_arrival, n.actual_departure
      from stop o left join json_populate_recordset(null::stop, ${JSON.stringify(stops)}::json) n on n.load_id = o.load_id and n.sequence = o.sequence where o.load_id = ${anyOf(loads)}) t
    where s.load_id = t.load_id and s.sequence = t.sequence
      and (s.planned_arrival, s.planned_departure, s.estimated_arrival, s.estimated_departure, s.actual_arrival, s.actual_departure)
        is distinct from (t.planned_arrival, t.planned_departure, t.estimated_arrival, t.estimated_departure, t.actual_arrival, t.actual_departure)`.execute(tx);
}

/** A way that took more than thirty days, or no time, is a fault of who told it. By the clock of the facility that was left, else by UTC. */
async function projectLegs(tx: Transaction, loads: readonly string[]): Promise<void> {
  await tx.deleteFrom('lane_leg').where('load_id', '=', anyOf(loads)).execute();
  await sql`
    insert into lane_leg (load_id, sequence, company, from_region, to_region, departed_at, minutes, weekend, hour)
    select w.load_id, w.sequence, w.company, w.from_region, w.to_region, w.departed_at, (extract(epoch from w.arrived_at - w.departed_at) / 60)::integer, extract(isodow from w.departed_at at time zone w.zone) > 5, extract(hour from w.departed_at at time zone w.zone)::integer
    from (select s.load_id, s.sequence, s.company, s.actual_arrival as arrived_at, stop_region(s.facility_code, s.place) as to_region,
        lag(s.actual_departure) over w as departed_at, lag(stop_region(s.facility_code, s.place)) over w as from_region,
        coalesce(lag((select f.zone from facility f where f.code = s.facility_code and f.company = s.company and not f.deleted order by f.id limit 1)) over w, 'UTC') as zone
      from stop s where s.load_id = ${anyOf(loads)} window w as (partition by s.load_id order by s.sequence)) w
    where w.from_region is not null and w.to_region is not null and w.arrived_at > w.departed_at and w.arrived_at < w.departed_at + interval '30 days'
    on conflict do nothing`.execute(tx);
}
