import { sql } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { ourConnection } from '../../../model/our-connection.js';
import { carrierCode, type Reference } from '../../../model/references.js';
import type { Handling, Temperature } from '../../../model/yard/records.js';
import { matchReferences, type GateCandidate, type GateMatch } from '../../../model/yard/match-references.js';
import type { Transaction } from '../../engine.js';
import type { OwnFacility } from './facilities.js';
import { candidatesAt, unmatchedFor } from './gate-candidates.js';

/** So long before and after its time an appointment is looked for at the gate, ms. */
const nearMs = 24 * 3_600_000;
/** A truck that names nothing is taken for the one that its carrier has an appointment for within so long, ms. */
const carriersMs = 6 * 3_600_000;
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
  /** Somebody came for it already. */
  isMet: boolean;
}

/** What is said of a truck at the gate. */
export interface SaidAtGate {
  /** UUIDs. */
  appointment?: string;
  visit?: string;
  carrier?: string;
  references: readonly string[];
  atMs: number;
}

/** What was found of what a driver says. */
export interface Gate {
  appointment: GateAppointment | null;
  match: GateMatch;
  /** Of what matches nothing, what who asks may be told. */
  told: GateMatch['unmatched'];
  /** Names of shipments that are meant. */
  references: Reference[];
}

const columns = ['id', 'subject', 'state', 'dock', 'direction', 'starts_at', 'carrier', 'confirmation', 'numbers', 'names', 'handling', 'temperature', 'height_cm', 'pallets'] as const;
/** States of an appointment for which a truck may still come. */
const expected = ['REQUESTED', 'SCHEDULED', 'NO_SHOW'];
/** Those for which one came. That another comes for it is a fact, too, and raised (model/yard/contradictions.ts). */
const met = ['ARRIVED', 'IN_PROGRESS', 'COMPLETED'];

/**
 * Finds the appointment of a truck: the one that is named, else the one whose confirmation number, load or reference it quotes, else
 * the one that it was announced for, else the only one of its carrier about now.
 * @throws GatehouseError NOT_FOUND where the one that is named is not of this facility
 */
export async function lookAtGate(tx: Transaction, facility: OwnFacility, said: SaidAtGate, by: Principal): Promise<Gate> {
  // That of a visit which was announced is held with the others: all in one order.
  const announced = said.visit === undefined ? undefined : (await tx.selectFrom('visit').select('appointment_id').where('id', '=', said.visit).executeTakeFirst())?.appointment_id;
  const appointments = await appointmentsAbout(tx, facility, said, [said.appointment, announced].filter((id): id is string => id != null));
  const candidates = await candidatesAt(tx, facility, appointments, said.atMs);
  const match = matchReferences(said, candidates);
  const named = said.appointment === undefined ? undefined : appointments.find(({ id }) => id === said.appointment);
  if (said.appointment !== undefined && named === undefined) throw new GatehouseError('NOT_FOUND', 'This facility has no such appointment, or it was called off.', { field: 'input.appointmentId' });
  const due = appointments.filter(({ isMet }) => !isMet);
  const appointment = named ?? quoted(due, match, candidates, said.atMs) ?? due.find(({ id }) => id === announced) ?? quotedItself(appointments, match, said.atMs) ?? ofCarrier(due, said);
  return { appointment, match, told: await unmatchedFor(tx, by, said, match.unmatched, candidates), references: await namesOf(tx, match.matched.flatMap(({ candidates: found }) => found.filter(({ kind }) => kind === 'SHIPMENT').map(({ id }) => id))) };
}

async function appointmentsAbout(tx: Transaction, { id }: OwnFacility, { atMs }: SaidAtGate, named: readonly string[]): Promise<GateAppointment[]> {
  const rows = await tx.selectFrom('appointment').select(columns).where('facility_id', '=', id).where('connection', '=', ourConnection).where('deleted', '=', false)
    .where((w) => w.or([
      w.and([w('state', 'in', [...expected, ...met]), w('starts_at', '>=', instant(atMs - nearMs)), w('starts_at', '<', instant(atMs + nearMs))]),
      ...(named.length === 0 ? [] : [w.and([w('id', 'in', [...named]), w('state', 'in', [...expected, ...met])])]),
    ]))
    .orderBy('id').limit(mostAppointments).forUpdate().execute();
  return rows.map((row) => ({ ...(row as unknown as Omit<GateAppointment, 'isMet'>), isMet: met.includes(row.state) }));
}

/** Of the appointments that what was said is a name of, the one nearest to now: who missed one may have another. */
function quotedItself(appointments: readonly GateAppointment[], { matched }: Pick<GateMatch, 'matched'>, atMs: number): GateAppointment | null {
  const direct = appointments.filter(({ id }) => matched.some(({ candidates }) => candidates.some((candidate) => candidate.kind === 'APPOINTMENT' && candidate.id === id)));
  const away = ({ starts_at: startsAt }: GateAppointment) => Math.abs(Date.parse(startsAt) - atMs);
  return direct.toSorted((a, b) => away(a) - away(b))[0] ?? null;
}

/** The appointment that what was said means: it is named, or its load or shipment is. */
function quoted(appointments: readonly GateAppointment[], { matched }: Pick<GateMatch, 'matched'>, candidates: readonly GateCandidate[], atMs: number): GateAppointment | null {
  const direct = quotedItself(appointments, { matched }, atMs);
  if (direct !== null) return direct;
  const found = matched.flatMap((each) => each.candidates);
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
