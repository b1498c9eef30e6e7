import { sql, type RawBuilder } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import { readerFor } from '../../../auth/reader.js';
import { instant } from '../../../lib/clock.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { matchReferences, type GateCandidate, type GateMatch } from '../../../model/yard/match-references.js';
import type { Queryable } from '../../engine.js';
import type { OwnFacility } from './facilities.js';
import type { GateAppointment, SaidAtGate } from './gate.js';

/** So long before and after now loads and shipments are looked for at the gate, ms. */
const nearMs = 3 * 24 * 3_600_000;
const mostCandidates = 500;

type Site = Pick<OwnFacility, 'code' | 'company'>;

interface LoadRow {
  id: string;
  reference: string;
  names: string[];
  carrier: string | null;
  at: string | null;
}

interface ShipmentRow {
  id: string;
  names: string[];
  carrier: string | null;
  at: string | null;
}

/** When a truck is expected at a stop: as the index on stops has it. */
const expectedAt = sql<string | null>`coalesce(s.planned_arrival, s.window_from, s.estimated_arrival)`;
const about = (atMs: number) => sql`between ${instant(atMs - nearMs)}::timestamptz and ${instant(atMs + nearMs)}::timestamptz`;
const nearestFirst = (at: RawBuilder<unknown>, atMs: number) => sql`abs(extract(epoch from ${at} - ${instant(atMs)}::timestamptz)) nulls last`;

/** Loads that stop here and are not done, by their names and those of loads that were merged into them; those nearest to now where there are more. */
export function loadsAtGate({ code, company }: Site, atMs: number): RawBuilder<LoadRow> {
  return sql<LoadRow>`
    with here as (
      select s.load_id, ${expectedAt} as at from stop s where s.company = ${company} and s.facility_code = ${code} and ${expectedAt} ${about(atMs)}
      union all select s.load_id, null from stop s where s.company = ${company} and s.facility_code = ${code} and ${expectedAt} is null
    )
    select l.id, l.reference, array_prepend(l.name_key, l.aliases) as names, l.carrier, min(h.at) as at from here h join load l on l.id = h.load_id where not l.deleted and l.state not in ('CANCELLED', 'COMPLETED')
    group by l.id order by ${nearestFirst(sql`min(h.at)`, atMs)}, l.id limit ${mostCandidates}`;
}

/** Shipments of these appointments and loads, and of open deliveries and receipts of Odoo's warehouse of this code, those nearest to now where there are more. */
export function shipmentsAtGate({ code, company }: Site, atMs: number, appointments: readonly string[], loads: readonly string[]): RawBuilder<ShipmentRow> {
  const open = (scheduled: RawBuilder<unknown>) => sql`select t.subject, t.scheduled_at from transfer t
        where t.company = ${company} and not t.deleted and t.direction in ('INCOMING', 'OUTGOING') and t.state not in ('done', 'cancel', 'draft') and upper(split_part(t.reference, '/', 1)) = ${code} and t.scheduled_at ${scheduled}`;
  return sql<ShipmentRow>`
    with here as (
      select x.shipment_id as id, a.starts_at as at from appointment_shipment x join appointment a on a.id = x.appointment_id where a.id = any(${[...appointments]}::uuid[])
      union select ls.shipment_id, ${expectedAt} from load_shipment ls join stop s on s.load_id = ls.load_id and s.sequence = ls.stop where ls.load_id = any(${[...loads]}::uuid[]) and s.facility_code = ${code}
      union select r.shipment_id, t.scheduled_at from (${open(about(atMs))} union all ${open(sql`is null`)}) t join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1)
    ), nearest as (
      select s.id, s.carrier, min(h.at) as at from here h join shipment s on s.id = h.id where s.company = ${company} and s.merged_into is null group by s.id order by ${nearestFirst(sql`min(h.at)`, atMs)}, s.id limit ${mostCandidates}
    )
    select n.id, array(select distinct r.value from reference r where r.shipment_id = n.id and r.kind <> 'odoo.delivery' order by 1)
        || array(select distinct upper(regexp_replace(o.reference, '\\s', '', 'g')) from reference r join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1) join sales_order o on o.id = t.order_id where r.shipment_id = n.id and r.subject like 'odoo.delivery:%') as names,
      n.carrier, n.at
    from nearest n order by n.at, n.id`;
}

/** What trucks may come for: appointments about now, loads that stop here, shipments that these bring and fetch, and deliveries and receipts of Odoo's warehouse of this code. */
export async function candidatesAt(db: Queryable, facility: OwnFacility, appointments: readonly GateAppointment[], atMs: number): Promise<GateCandidate[]> {
  const loads = await loadsAtGate(facility, atMs).execute(db);
  const shipments = await shipmentsAtGate(facility, atMs, appointments.map(({ id }) => id), loads.rows.map(({ id }) => id)).execute(db);
  const ms = (at: string | null) => (at === null ? null : Date.parse(at));
  return [
    ...appointments.map((each): GateCandidate => ({
      // For one that somebody came for already nobody is expected any more.
      kind: 'APPOINTMENT', id: each.id, name: each.confirmation ?? each.id, ...(each.isMet ? { carrier: null, atMs: null } : { carrier: each.carrier, atMs: Date.parse(each.starts_at) }),
      names: [...(each.confirmation === null ? [] : [normalizeReferenceValue(each.confirmation)]), ...each.numbers, ...each.names.map(({ value }) => normalizeReferenceValue(value))],
    })),
    ...loads.rows.map((row): GateCandidate => ({ kind: 'LOAD', id: row.id, name: row.reference, names: row.names, carrier: row.carrier, atMs: ms(row.at) })),
    ...shipments.rows.filter(({ names }) => names.length > 0).map((row): GateCandidate => ({ kind: 'SHIPMENT', id: row.id, name: row.names[0]!, names: row.names, carrier: row.carrier, atMs: ms(row.at) })),
  ];
}

const tables = { APPOINTMENT: 'appointment', LOAD: 'load', SHIPMENT: 'shipment' } as const;

/** What may be meant by names that nothing here has, as far as who asks may see it. */
export async function unmatchedFor(db: Queryable, by: Principal, said: SaidAtGate, unmatched: GateMatch['unmatched'], candidates: readonly GateCandidate[]): Promise<GateMatch['unmatched']> {
  if (unmatched.length === 0) return [];
  const reader = readerFor(db, by);
  const seen = new Set<string>();
  for (const [kind, table] of Object.entries(tables)) {
    const ids = candidates.filter((candidate) => candidate.kind === kind).map(({ id }) => id);
    if (ids.length === 0) continue;
    for (const { id } of await reader.db.selectFrom(table).select(`${table}.id`).where(`${table}.id`, 'in', ids).execute()) seen.add(id);
  }
  return matchReferences({ ...said, references: unmatched.map(({ given }) => given) }, candidates.filter(({ id }) => seen.has(id))).unmatched;
}
