import { sql, type RawBuilder } from 'kysely';
import { factId } from '../../../events/append.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { MilestonePayload, Place } from '../../../model/facts.js';
import { boxAround, type Fence } from '../../../model/geo.js';
import type { MilestoneCode } from '../../../model/milestones.js';
import { presenceRule, presences, type Presence, type TrackPoint } from '../../../model/telematics.js';
import type { Transaction } from '../../engine.js';
import { contentHash } from '../message-events.js';

/** A truck at a facility so long before its load begins comes for something else, ms. */
const beforeMs = 12 * 3600_000;
/** Positions of a load that are looked at, the latest. */
const maxPoints = 20_000;

interface FencedStop {
  load_id: string;
  sequence: number;
  fence: Fence;
  facility: string;
  place: Place | null;
}

interface LoadRow {
  id: string;
  company: string;
  begins: string | null;
  ended: boolean;
}

interface Statement {
  load_id: string;
  stop: number;
  shipment_id: string;
  action: string;
  moment: 'ARRIVAL' | 'DEPARTURE';
  connection: string;
  subject: string;
  occurred_at: string;
  event_id: string;
  fact_id: string;
}

const codes: Readonly<Record<string, MilestoneCode>> = { 'LOAD.ARRIVAL': 'ARRIVED_PICKUP', 'LOAD.DEPARTURE': 'DEPARTED_FACILITY', 'UNLOAD.ARRIVAL': 'ARRIVED_DELIVERY', 'UNLOAD.DEPARTURE': 'DEPARTED_DELIVERY' };

/**
 * Works out anew, from the whole track of a load's truck, when it came to and left the stops whose facilities have a fence, and
 * states what differs from what was stated. So late positions correct, and the order in which positions came decides nothing.
 * @returns events to append in the same transaction
 */
export async function settlePresence(tx: Transaction, loadId: string): Promise<NewEvent[]> {
  // One settles a load at a time; the second finds what the first has stated.
  const { rows: [load] } = await sql<LoadRow>`
    select l.id, l.company, (select min(coalesce(s.planned_arrival, s.window_from, s.estimated_arrival)) from stop s where s.load_id = l.id) as begins, l.deleted or l.state = 'CANCELLED' as ended
    from load l where l.id = ${loadId}::uuid for no key update`.execute(tx);
  return load === undefined ? [] : settleLoad(tx, load);
}

async function settleLoad(tx: Transaction, load: LoadRow): Promise<NewEvent[]> {
  const stated = (await tx.selectFrom('presence_statement').selectAll().where('load_id', '=', load.id).execute()) as Statement[];
  const stops = await fencedStops(tx, load.id);
  const { connection, track, keptMs } = await trackOf(tx, load, stops);
  // A load that has ended, or changed its truck, keeps what was said of it.
  if (connection === null && stated.length > 0 && !load.ended) return [];
  const found = load.ended ? new Map<number, Presence>() : atStops(stops, track);
  const handled = await tx.selectFrom('load_shipment').select(['stop', 'action', 'shipment_id']).where('load_id', '=', load.id).orderBy('stop').orderBy('shipment_id').orderBy('action').execute();
  const subjects = await subjectsOf(tx, handled.map((row) => row.shipment_id), stated);
  const events: NewEvent[] = [];
  const open = new Map(stated.map((row) => [keyOf(row), row]));
  for (const { stop, action, shipment_id: shipmentId } of handled) {
    const presence = found.get(stop);
    const at = stops.find((each) => each.sequence === stop);
    const subject = subjects.get(shipmentId);
    if (presence === undefined || at === undefined || subject === undefined || connection === null) continue;
    for (const [moment, ms] of [['ARRIVAL', presence.arrivedMs], ['DEPARTURE', presence.departedMs]] as const) {
      if (ms === null) continue;
      const of = { load_id: load.id, stop, shipment_id: shipmentId, action, moment };
      const before = open.get(keyOf(of));
      open.delete(keyOf(of));
      if (before !== undefined && (Date.parse(before.occurred_at) === ms || isBeforeTrack(before, keptMs))) continue;
      if (before !== undefined) events.push(await takeBack(tx, before, load.company));
      events.push(await state(tx, { ...of, connection: before?.connection ?? connection, subject: before?.subject ?? subject }, ms, at, load.company));
    }
  }
  // What was stated and is no longer told by the track; where a stop is no longer known, it is left as it was said.
  for (const row of open.values()) if (!load.ended && stops.some((each) => each.sequence === row.stop) && !isBeforeTrack(row, keptMs)) events.push(await takeBack(tx, row, load.company));
  return events;
}

/** What was stated by positions that are no longer kept, or no longer looked at, stands: the track cannot tell otherwise. */
const isBeforeTrack = ({ occurred_at: at }: Statement, keptMs: number) => Date.parse(at) < keptMs;

const keyOf = ({ stop, shipment_id: shipment, action, moment }: Pick<Statement, 'stop' | 'shipment_id' | 'action' | 'moment'>) => `${stop} ${shipment} ${action} ${moment}`;

async function fencedStops(tx: Transaction, load: string): Promise<FencedStop[]> {
  const { rows } = await sql<FencedStop>`
    select distinct on (s.sequence) s.load_id, s.sequence, g.fence, f.name as facility, f.place from stop s
    join facility f on f.code = s.facility_code and f.company = s.company and not f.deleted join geofence g on g.facility_id = f.id
    where s.load_id = ${load} order by s.sequence, f.id`.execute(tx);
  return rows;
}

interface Track {
  /** That tells of the truck; null: there is none. */
  connection: string | null;
  track: TrackPoint[];
  /** From when on all positions are looked at. */
  keptMs: number;
}

/**
 * The track of the load's truck, else of its trailer, since the load began, near the fences: each position that is near one, and
 * the first after it that is not. What is further away ends nothing that is not ended by that one, and begins nothing.
 */
async function trackOf(tx: Transaction, load: LoadRow, stops: readonly FencedStop[]): Promise<Track> {
  const vehicle = await sql<{ id: string; connection: string }>`
    select v.id, v.connection from vehicle_load vl join vehicle v on v.id = vl.vehicle_id where vl.load_id = ${load.id} order by vl.role desc, v.at desc, v.id limit 1`.execute(tx);
  const [found] = vehicle.rows;
  if (found === undefined) return { connection: null, track: [], keptMs: -Infinity };
  const since = load.begins === null ? '-infinity' : instant(Date.parse(load.begins) - beforeMs);
  const { rows: [row] } = await sql<{ count: number; oldest: string | null; points: Array<[atMs: number, latitude: number, longitude: number]> }>`
    with recent as (select at, latitude, longitude, ${nearOneOf(stops)} as near from vehicle_track where vehicle_id = ${found.id} and at >= ${since}::timestamptz order by at desc, latitude desc, longitude desc limit ${maxPoints}),
      marked as (select *, near or lead(near) over (order by at desc, latitude desc, longitude desc) as told from recent)
    select count(*)::int as count, min(at) as oldest, coalesce(json_agg(json_build_array(extract(epoch from at) * 1000, latitude, longitude) order by at) filter (where told), '[]') as points from marked`.execute(tx);
  const oldest = row!.count === maxPoints ? row!.oldest : (await tx.selectFrom('vehicle_track').select('at').where('vehicle_id', '=', found.id).orderBy('at').limit(1).executeTakeFirst())?.at;
  return { connection: found.connection, keptMs: oldest == null ? Infinity : Date.parse(oldest), track: row!.points.map(([atMs, latitude, longitude]) => ({ atMs, latitude, longitude })) };
}

/** Whether a position is so near one of the fences that a truck there may not have left it. */
function nearOneOf(stops: readonly FencedStop[]): RawBuilder<boolean> {
  const boxes = stops.map(({ fence }) => boxAround(fence, presenceRule.leaveMetres));
  if (boxes.includes(null)) return sql<boolean>`true`;
  const within = boxes.map((box) => sql<boolean>`(latitude between ${box!.south}::float8 and ${box!.north}::float8 and longitude between ${box!.west}::float8 and ${box!.east}::float8)`);
  return within.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(within, sql` or `)})`;
}

/** Which coming and going is that of which stop: each the first after the truck came to the stop before it. */
function atStops(stops: readonly FencedStop[], track: readonly TrackPoint[]): Map<number, Presence> {
  const found = new Map<number, Presence>();
  let after = -Infinity;
  for (const stop of stops) {
    const presence = presences(track, stop.fence).find(({ arrivedMs }) => arrivedMs > after);
    if (presence === undefined) continue;
    found.set(stop.sequence, presence);
    after = presence.arrivedMs;
  }
  return found;
}

/** Under which name each shipment is spoken of: the one used before, else the first of those that lead to it. */
async function subjectsOf(tx: Transaction, shipments: readonly string[], stated: readonly Statement[]): Promise<Map<string, string>> {
  if (shipments.length === 0) return new Map();
  const rows = await tx.selectFrom('reference').select((e) => ['shipment_id', e.fn.min<string>('subject').as('subject')]).where('shipment_id', '=', sql<string>`any(${[...new Set(shipments)]}::uuid[])`).groupBy('shipment_id').execute();
  return new Map([...rows.map((row) => [row.shipment_id!, row.subject] as const), ...stated.map((row) => [row.shipment_id, row.subject] as const)]);
}

type Stated = Omit<Statement, 'occurred_at' | 'event_id' | 'fact_id'>;

async function state(tx: Transaction, of: Stated, ms: number, at: FencedStop, company: string): Promise<NewEvent> {
  const occurred = instant(ms);
  const data: MilestonePayload = { code: codes[`${of.action}.${of.moment}`] ?? 'INFO', classifier: 'ACTUAL', occurred: { instant: occurred, zone: 'Z' }, stop: of.stop, rawCode: `geofence ${of.moment.toLowerCase()}`, place: { ...at.place, name: at.facility } };
  const now = instant(Date.now());
  const event: NewEvent = {
    id: uuidv7(), type: 'milestone.reported', version: 1, subject: of.subject, company, connection: of.connection, factKey: `geofence|${of.load_id}|${of.stop}|${of.action}|${of.moment}`,
    contentHash: contentHash('milestone.reported', data, undefined), occurredAt: occurred, recordedAt: now, correlationId: of.load_id, causationId: null, payload: { data, observedAt: now },
  };
  const row = { ...of, occurred_at: occurred, event_id: event.id, fact_id: factId(event) };
  await tx.insertInto('presence_statement').values(row).onConflict((c) => c.columns(['load_id', 'stop', 'shipment_id', 'action', 'moment']).doUpdateSet({ occurred_at: row.occurred_at, event_id: row.event_id, fact_id: row.fact_id })).execute();
  return event;
}

/** The ledger forgets that it knows the fact: it may be stated again. */
async function takeBack(tx: Transaction, row: Statement, company: string): Promise<NewEvent> {
  await tx.updateTable('fact').set({ retracted: true }).where('id', '=', row.fact_id).execute();
  await tx.deleteFrom('presence_statement').where('load_id', '=', row.load_id).where('stop', '=', row.stop).where('shipment_id', '=', row.shipment_id).where('action', '=', row.action).where('moment', '=', row.moment).execute();
  const now = instant(Date.now());
  return {
    id: uuidv7(), type: 'milestone.retracted', version: 1, subject: row.subject, company, connection: row.connection, factKey: `retract|${row.event_id}`, contentHash: '', occurredAt: now, recordedAt: now,
    correlationId: row.load_id, causationId: null, payload: { data: { retracts: row.event_id, retractsFactKey: `geofence|${row.load_id}|${row.stop}|${row.action}|${row.moment}`, reason: 'Positions that came later tell otherwise.' }, observedAt: now },
  };
}
