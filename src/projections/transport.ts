import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';
import { normalizeReferenceValue, type Reference } from '../model/references.js';
import type { LoadStop } from '../model/transport.js';
import { projectAccess, type AccessGrant } from './access.js';
import { linkMentions, recordsOfLinks, writeMentions, type Mention } from './mentions.js';
import { insertRows } from './rows.js';

interface LoadRow {
  id: string;
  company: string;
  carrier: string | null;
  stops: LoadStop[];
  deleted: boolean;
}

interface AppointmentRow {
  id: string;
  company: string;
  numbers: string[];
  carrier: string | null;
  names: Reference[];
  deleted: boolean;
}

/**
 * What follows from the records of transport and yard, once these are written: stops, which shipments
 * are meant, and who may see what. Made anew from the newest versions and from what references mean
 * now, so that it is the same for every order of events.
 */
export async function projectTransport(tx: Transaction, events: readonly LogEvent[], links: readonly LogEvent[]): Promise<void> {
  const loads = await projectLoads(tx, recordsOf(events, 'load'));
  const appointments = await projectAppointments(tx, recordsOf(events, 'appointment'));
  await grantVisits(tx, recordsOf(events, 'visit'), appointments);
  await linkMentions(tx, [...loads, ...appointments, ...(await recordsOfLinks(tx, links))]);
}

/** Ids of the records of this kind that events speak of. */
function recordsOf(events: readonly LogEvent[], kind: string): string[] {
  const subjects = events.filter((event) => event.type === `${kind}.reported` || (event.type === 'record.deleted' && event.subject.startsWith(`${kind}:`))).map((event) => event.subject);
  return [...new Set(subjects)].map(uuidOfName);
}

async function projectLoads(tx: Transaction, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const wanted = sql<string>`any(${[...ids]}::uuid[])`;
  const rows = (await tx.selectFrom('load').select(['id', 'company', 'carrier', 'stops', 'deleted']).where('id', '=', wanted).execute()) as unknown as LoadRow[];
  const living = rows.filter((row) => !row.deleted);
  await tx.deleteFrom('stop').where('load_id', '=', wanted).execute();
  await insertRows(tx, 'stop', living.flatMap((row) => row.stops.map((stop) => stopRow(row, stop))));
  await writeMentions(tx, ids, living.flatMap((row) => row.stops.flatMap((stop) => stopMentions(row.id, stop))));
  await projectAccess(tx, rows.map((row) => ({ kind: 'load', recordId: row.id, keys: row.deleted ? [] : carrierKeys(row.carrier) })));
  return ids;
}

function stopRow(load: LoadRow, stop: LoadStop) {
  return {
    load_id: load.id, sequence: stop.sequence, company: load.company, kind: stop.kind, facility_code: stop.facilityCode === undefined ? null : normalizeReferenceValue(stop.facilityCode),
    place: stop.place ?? null, window_from: stop.window?.from?.instant ?? null, window_to: stop.window?.to?.instant ?? null,
    planned_arrival: stop.planned?.arrival?.instant ?? null, planned_departure: stop.planned?.departure?.instant ?? null,
    estimated_arrival: stop.estimated?.arrival?.instant ?? null, estimated_departure: stop.estimated?.departure?.instant ?? null,
    actual_arrival: stop.actual?.arrival?.instant ?? null, actual_departure: stop.actual?.departure?.instant ?? null,
  };
}

function stopMentions(loadId: string, stop: LoadStop): Mention[] {
  const at = { record_kind: 'load', record_id: loadId, stop: stop.sequence } as const;
  return [...stop.loaded.map((name): Mention => ({ ...name, ...at, action: 'LOAD' })), ...stop.unloaded.map((name): Mention => ({ ...name, ...at, action: 'UNLOAD' }))];
}

async function projectAppointments(tx: Transaction, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const wanted = sql<string>`any(${[...ids]}::uuid[])`;
  const rows = (await tx.selectFrom('appointment').select(['id', 'company', 'carrier', 'numbers', 'names', 'deleted']).where('id', '=', wanted).execute()) as unknown as AppointmentRow[];
  const living = rows.filter((row) => !row.deleted);
  await tx.deleteFrom('appointment_number').where('appointment_id', '=', wanted).execute();
  await insertRows(tx, 'appointment_number', living.flatMap((row) => row.numbers.map((number) => ({ appointment_id: row.id, number, company: row.company }))));
  await writeMentions(tx, ids, living.flatMap((row) => row.names.map((name): Mention => ({ ...name, record_kind: 'appointment', record_id: row.id, stop: 0, action: 'VISIT' }))));
  await projectAccess(tx, rows.map((row) => ({ kind: 'appointment', recordId: row.id, keys: row.deleted ? [] : carrierKeys(row.carrier) })));
  return ids;
}

/** A visit is seen by its carrier and by that of its appointment. */
async function grantVisits(tx: Transaction, ids: readonly string[], appointmentIds: readonly string[]): Promise<void> {
  if (ids.length === 0 && appointmentIds.length === 0) return;
  const rows = await sql<{ id: string; deleted: boolean; carrier: string | null; booked: string | null }>`
    select v.id, v.deleted, v.carrier, case when a.deleted then null else a.carrier end as booked
    from visit v left join appointment a on a.id = v.appointment_id
    where v.id = any(${[...ids]}::uuid[]) or v.appointment_id = any(${[...appointmentIds]}::uuid[])
  `.execute(tx);
  await projectAccess(tx, rows.rows.map((row): AccessGrant => ({ kind: 'visit', recordId: row.id, keys: row.deleted ? [] : [...new Set([...carrierKeys(row.carrier), ...carrierKeys(row.booked)])] })));
}

function carrierKeys(carrier: string | null): string[] {
  return carrier === null ? [] : [`carrier:${carrier}`];
}
