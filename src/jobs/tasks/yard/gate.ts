import { sql } from 'kysely';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { ourConnection } from '../../../model/our-connection.js';
import { carrierCode, normalizeReferenceValue, type Reference } from '../../../model/references.js';
import type { Handling, Temperature } from '../../../model/yard/records.js';
import { matchReferences, type GateCandidate, type GateMatch } from '../../../model/yard/match-references.js';
import type { Queryable, Transaction } from '../../engine.js';
import type { OwnFacility } from './facilities.js';

/** So long before and after its time an appointment is looked for at the gate, ms. */
const nearMs = 24 * 3_600_000;
/** A truck that names nothing is taken for the one that its carrier has an appointment for within so long, ms. */
const carriersMs = 6 * 3_600_000;
const mostCandidates = 500;
/** Appointments of two days: more than any site has docks for. */
const mostAppointments = 5_000;

export interface GateAppointment {
  id: string;
  subject: string;
  state: string;
  dock: string | null;
  direction: string;
  starts_at: string;
  carrier: string | null;
  confirmation: string | null;
  numbers: string[];
  names: Reference[];
  handling: Handling | null;
  temperature: Temperature | null;
  height_cm: number | null;
  pallets: number | null;
}

/** What was found of what a driver says. */
export interface Gate {
  appointment: GateAppointment | null;
  match: GateMatch;
  /** Names of shipments that are meant. */
  references: Reference[];
}

const columns = ['id', 'subject', 'state', 'dock', 'direction', 'starts_at', 'carrier', 'confirmation', 'numbers', 'names', 'handling', 'temperature', 'height_cm', 'pallets'] as const;
/** States of an appointment for which a truck may still come. */
const expected = ['REQUESTED', 'SCHEDULED', 'NO_SHOW'];

/**
 * Finds the appointment of a truck: the one that is named, else the one whose confirmation number, load or reference it quotes, else
 * the only one of its carrier about now.
 * @throws GatehouseError NOT_FOUND where the one that is named is not of this facility
 */
export async function lookAtGate(tx: Transaction, facility: OwnFacility, said: { appointment?: string; visit?: string; carrier?: string; references: readonly string[]; atMs: number }): Promise<Gate> {
  const appointments = await appointmentsAbout(tx, facility, said);
  const candidates = await candidatesAt(tx, facility, appointments, said.atMs);
  const match = matchReferences(said, candidates);
  const named = said.appointment === undefined ? undefined : appointments.find(({ id }) => id === said.appointment);
  if (said.appointment !== undefined && named === undefined) throw new GatehouseError('NOT_FOUND', 'This facility has no such appointment, or it was called off.', { field: 'input.appointmentId' });
  const appointment = named ?? quoted(appointments, match, candidates) ?? ofCarrier(appointments, said);
  return { appointment, match, references: await namesOf(tx, match.matched.flatMap(({ candidates: found }) => found.filter(({ kind }) => kind === 'SHIPMENT').map(({ id }) => id))) };
}

async function appointmentsAbout(tx: Transaction, { id }: OwnFacility, { appointment, visit, atMs }: { appointment?: string; visit?: string; atMs: number }): Promise<GateAppointment[]> {
  // That of a visit which was announced is held with the others: all in one order.
  const announced = visit === undefined ? undefined : (await tx.selectFrom('visit').select('appointment_id').where('id', '=', visit).executeTakeFirst())?.appointment_id;
  const named = [appointment, announced].filter((id): id is string => id != null);
  const rows = await tx.selectFrom('appointment').select(columns).where('facility_id', '=', id).where('connection', '=', ourConnection).where('deleted', '=', false)
    .where((w) => w.or([
      w.and([w('state', 'in', expected), w('starts_at', '>=', instant(atMs - nearMs)), w('starts_at', '<', instant(atMs + nearMs))]),
      ...(named.length === 0 ? [] : [w.and([w('id', 'in', named), w('state', 'in', [...expected, 'ARRIVED', 'IN_PROGRESS'])])]),
    ]))
    .orderBy('id').limit(mostAppointments).forUpdate().execute();
  return rows as unknown as GateAppointment[];
}

/** What trucks may come for: appointments about now, loads that stop here, shipments that these bring and fetch, and deliveries and receipts of Odoo's warehouse of this code. */
async function candidatesAt(db: Queryable, { code, company }: OwnFacility, appointments: readonly GateAppointment[], atMs: number): Promise<GateCandidate[]> {
  const [from, to] = [instant(atMs - 3 * nearMs), instant(atMs + 3 * nearMs)];
  const loads = await sql<{ id: string; reference: string; name_key: string; carrier: string | null; at: string | null }>`
    select distinct on (l.id) l.id, l.reference, l.name_key, l.carrier, coalesce(s.planned_arrival, s.window_from, s.estimated_arrival) as at from stop s join load l on l.id = s.load_id
    where s.facility_code = ${code} and s.company = ${company} and not l.deleted and l.state not in ('CANCELLED', 'COMPLETED')
      and (coalesce(s.planned_arrival, s.window_from, s.estimated_arrival) is null or coalesce(s.planned_arrival, s.window_from, s.estimated_arrival) between ${from}::timestamptz and ${to}::timestamptz)
    order by l.id, s.sequence limit ${mostCandidates}`.execute(db);
  const shipments = await sql<{ id: string; names: string[]; carrier: string | null; at: string | null }>`
    with here as (
      select x.shipment_id as id, a.starts_at as at from appointment_shipment x join appointment a on a.id = x.appointment_id where a.id = any(${appointments.map(({ id }) => id)}::uuid[])
      union select ls.shipment_id, coalesce(s.planned_arrival, s.window_from, s.estimated_arrival) from load_shipment ls join stop s on s.load_id = ls.load_id and s.sequence = ls.stop where ls.load_id = any(${loads.rows.map(({ id }) => id)}::uuid[]) and s.facility_code = ${code}
      union select r.shipment_id, t.scheduled_at from transfer t join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1)
        where t.company = ${company} and not t.deleted and t.direction in ('INCOMING', 'OUTGOING') and t.state not in ('done', 'cancel', 'draft') and upper(split_part(t.reference, '/', 1)) = ${code}
          and (t.scheduled_at is null or t.scheduled_at between ${from}::timestamptz and ${to}::timestamptz)
    )
    select s.id, array(select distinct r.value from reference r where r.shipment_id = s.id and r.kind <> 'odoo.delivery' order by 1)
        || array(select distinct upper(regexp_replace(o.reference, '\\s', '', 'g')) from reference r join transfer t on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1) join sales_order o on o.id = t.order_id where r.shipment_id = s.id) as names,
      s.carrier, min(h.at) as at
    from here h join shipment s on s.id = h.id where s.company = ${company} and s.merged_into is null group by s.id order by min(h.at), s.id limit ${mostCandidates}`.execute(db);
  const ms = (at: string | null) => (at === null ? null : Date.parse(at));
  return [
    ...appointments.map((each): GateCandidate => ({
      kind: 'APPOINTMENT', id: each.id, name: each.confirmation ?? each.id, carrier: each.carrier, atMs: Date.parse(each.starts_at),
      names: [...(each.confirmation === null ? [] : [normalizeReferenceValue(each.confirmation)]), ...each.numbers, ...each.names.map(({ value }) => normalizeReferenceValue(value))],
    })),
    ...loads.rows.map((row): GateCandidate => ({ kind: 'LOAD', id: row.id, name: row.reference, names: [row.name_key], carrier: row.carrier, atMs: ms(row.at) })),
    ...shipments.rows.filter(({ names }) => names.length > 0).map((row): GateCandidate => ({ kind: 'SHIPMENT', id: row.id, name: row.names[0]!, names: row.names, carrier: row.carrier, atMs: ms(row.at) })),
  ];
}

/** The appointment that what was said means: it is named, or its load or shipment is. Of several the one nearest to now is the first. */
function quoted(appointments: readonly GateAppointment[], { matched }: GateMatch, candidates: readonly GateCandidate[]): GateAppointment | null {
  const found = matched.flatMap((each) => each.candidates);
  const direct = appointments.filter(({ id }) => found.some((candidate) => candidate.kind === 'APPOINTMENT' && candidate.id === id));
  if (direct.length > 0) return direct.length === 1 ? direct[0]! : direct.toSorted((a, b) => (a.starts_at < b.starts_at ? -1 : 1))[0]!;
  const names = new Set(found.flatMap((candidate) => candidate.names));
  const byNames = appointments.filter(({ id }) => candidates.find((candidate) => candidate.id === id)?.names.some((name) => names.has(name)) === true);
  return byNames.length === 1 ? byNames[0]! : null;
}

function ofCarrier(appointments: readonly GateAppointment[], { carrier, references, atMs }: { carrier?: string; references: readonly string[]; atMs: number }): GateAppointment | null {
  if (carrier === undefined || references.length > 0) return null;
  const own = appointments.filter((each) => each.carrier === carrierCode(carrier) && Math.abs(Date.parse(each.starts_at) - atMs) <= carriersMs);
  return own.length === 1 ? own[0]! : null;
}

/** One name of each of these shipments, always the same. */
async function namesOf(tx: Transaction, shipments: readonly string[]): Promise<Reference[]> {
  if (shipments.length === 0) return [];
  const { rows } = await sql<Reference>`
    select distinct on (shipment_id) kind, issuer, value from reference where shipment_id = any(${[...new Set(shipments)]}::uuid[])
    order by shipment_id, case kind when 'delivery_name' then 0 when 'odoo.delivery' then 1 else 2 end, subject`.execute(tx);
  return rows;
}
