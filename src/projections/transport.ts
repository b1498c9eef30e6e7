import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import { ourConnection } from '../model/our-connection.js';
import { normalizeReferenceValue, type Reference } from '../model/references.js';
import type { LoadState, LoadStop } from '../model/transport/records.js';
import { projectAccess, type AccessGrant } from './access.js';
import { trucksImplied } from './implied-shipments.js';
import { linkMentions, recordsOfLinks, writeMentions, type Mention } from './mentions.js';
import { openedBy } from './partner-keys.js';
import { mentionsOfBookings, shipmentsOfBookings } from './bookings.js';
import { mentionsOfWarehouses, shipmentsOfWarehouses } from './warehouse.js';
import { recordsOf } from './record-ids.js';
import { insertRows } from './rows.js';
import { keepPromises, showPromises } from './stop-promises.js';
import { projectStopTimes } from './stop-times.js';
import { carriersOf, projectTenders } from './tenders.js';

interface LoadRow {
  id: string;
  company: string;
  state: LoadState;
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
 *
 * @param renamed facilities whose records are shown otherwise now (`renamedFacilities`)
 */
export async function projectTransport(tx: Transaction, events: readonly LogEvent[], links: readonly LogEvent[], renamed: readonly string[]): Promise<TransportChanges> {
  const [loads, appointments, visits] = [recordsOf(events, 'load'), recordsOf(events, 'appointment'), recordsOf(events, 'visit')];
  const relinked = await recordsOfLinks(tx, links);
  const atFacilities = await recordsAtFacilities(tx, renamed);
  const booked = await mentionsOfBookings(tx, events);
  const handled = await mentionsOfWarehouses(tx, events);
  await writeVisitMentions(tx, visits);
  const relinkedLoads = relinked.filter((record) => record.kind === 'load').map((record) => record.id);
  const implied = await trucksImplied(tx, { orders: recordsOf(events, 'order'), transfers: recordsOf(events, 'transfer'), visits, loads: [...loads, ...relinkedLoads], references: links.map((event) => event.subject) });
  const named = [...new Set([...loads, ...appointments, ...visits, ...booked, ...handled, ...implied, ...atFacilities.outside, ...relinked.map((record) => record.id)])];
  const linking = [...new Set([...named, ...(await visitsOfAppointments(tx, named))])];
  const before = await openedBy(tx, linking);
  const tenders = await projectTenders(tx, events);
  await keepPromises(tx, events);
  await projectLoads(tx, loads);
  await grantLoads(tx, [...loads, ...tenders.loads]);
  const renumbered = await appointmentsNaming(tx, loads);
  await projectAppointments(tx, [...appointments, ...renumbered]);
  const openedAppointments = await grantAppointments(tx, [...appointments, ...atFacilities.appointments]);
  const openedVisits = await grantVisits(tx, [...visits, ...atFacilities.visits], appointments);
  const openedMoves = await grantMoves(tx, recordsOf(events, 'yard_move'), renamed);
  const { left, trucks } = await linkMentions(tx, linking);
  const after = await openedBy(tx, linking);
  const regranted = [...[...before].filter((opened) => !after.has(opened)), ...[...after].filter((opened) => !before.has(opened))].map((opened) => opened.split(' ')[0]!);
  const changed = (kind: string, ids: readonly string[]) => [...new Set([...ids, ...relinked.filter((record) => record.kind === kind).map((record) => record.id)])];
  return {
    atFacilities: { appointments: atFacilities.appointments, visits: atFacilities.visits },
    offers: tenders.offers,
    records: { load: changed('load', [...loads, ...tenders.loads]), appointment: changed('appointment', [...appointments, ...renumbered, ...openedAppointments, ...trucks.appointment]), visit: changed('visit', [...visits, ...openedVisits, ...trucks.visit]), yard_move: [...new Set([...recordsOf(events, 'yard_move'), ...openedMoves])] },
    shipments: [...new Set([...regranted, ...left, ...atFacilities.shipments, ...(await shipmentsOfBookings(tx, linking)), ...(await shipmentsOfWarehouses(tx, linking))])],
  };
}

export interface TransportChanges {
  /** Ids of what happens at facilities that changed. */
  atFacilities: { appointments: string[]; visits: string[] };
  /** Ids of offers to carriers that changed. */
  offers: string[];
  /** Ids of records that changed or that somebody sees now who did not before. */
  records: Record<'load' | 'appointment' | 'visit' | 'yard_move', string[]>;
  /** Ids of shipments that partners see by them, or see no more, of those that an appointment, a visit or something of a warehouse is of no more, and of those that are booked or handled by them. */
  shipments: string[];
}

/** What is seen by who runs one of these facilities: their codes have changed, or come to be known. */
async function recordsAtFacilities(tx: Transaction, ids: readonly string[]): Promise<{ appointments: string[]; visits: string[]; shipments: string[]; outside: string[] }> {
  if (ids.length === 0) return { appointments: [], visits: [], shipments: [], outside: [] };
  const wanted = sql<string>`any(${[...ids]}::uuid[])`;
  const appointed = await tx.selectFrom('appointment').select(['id', 'connection']).where('facility_id', '=', wanted).execute();
  const visited = await tx.selectFrom('visit').select(['id', 'connection']).where('facility_id', '=', wanted).execute();
  const [appointments, visits] = [appointed, visited].map((rows) => rows.map((row) => row.id)) as [string[], string[]];
  const shipments = await tx.selectFrom('appointment_shipment').select('shipment_id').distinct().where('appointment_id', '=', sql<string>`any(${appointments}::uuid[])`).execute();
  // The code of a facility that is run here is known before anything happens there, and stays.
  const outside = [...appointed, ...visited].filter(({ connection }) => connection !== ourConnection).map((row) => row.id);
  return { appointments, visits, shipments: shipments.map((row) => row.shipment_id), outside };
}

/** Who may see the records of these events; the part of `projectTransport` that who changes them needs at once. */
export async function grantOwnRecords(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const [loads, appointments, visits] = [recordsOf(events, 'load'), recordsOf(events, 'appointment'), recordsOf(events, 'visit')];
  const tenders = await projectTenders(tx, events);
  await keepPromises(tx, events);
  await projectLoads(tx, loads);
  await grantLoads(tx, [...loads, ...tenders.loads]);
  await projectAppointments(tx, [...appointments, ...(await appointmentsNaming(tx, loads))]);
  await grantAppointments(tx, appointments);
  await grantVisits(tx, visits, appointments);
  // Stops were written anew, with what the load says of them alone.
  await projectStopTimes(tx, { loads, appointments: [], visits: [], shipments: [] });
}

async function projectLoads(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const wanted = sql<string>`any(${[...ids]}::uuid[])`;
  const rows = (await tx.selectFrom('load').select(['id', 'company', 'state', 'stops', 'deleted']).where('id', '=', wanted).execute()) as unknown as LoadRow[];
  const living = rows.filter((row) => !row.deleted);
  await tx.deleteFrom('stop').where('load_id', '=', wanted).execute();
  await insertRows(tx, 'stop', living.flatMap((row) => row.stops.map((stop) => stopRow(row, stop))));
  await showPromises(tx, living.map((row) => row.id));
  await writeMentions(tx, ids, living.flatMap((row) => row.stops.flatMap((stop) => stopMentions(row.id, stop))));
}

/** A load is seen by who drives it, by who is asked to as long as that may answer, and by the TMS that planned it. */
async function grantLoads(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const distinct = [...new Set(ids)];
  const rows = await tx.selectFrom('load').select(['id', 'connection', 'carrier', 'deleted']).where('id', '=', sql<string>`any(${distinct}::uuid[])`).execute();
  const carriers = await carriersOf(tx, distinct);
  await projectAccess(tx, rows.map((row) => ({ kind: 'load', recordId: row.id, keys: row.deleted ? [] : [...new Set([...carrierKeys(row.carrier), ...(carriers.get(row.id) ?? []).flatMap(carrierKeys), `tms:${row.connection}`])] })));
}

/** Appointments that name loads which are planned here, or loads that were merged into them: what they name may be another one now. */
async function appointmentsNaming(tx: Transaction, loadIds: readonly string[]): Promise<string[]> {
  if (loadIds.length === 0) return [];
  const found = await sql<{ id: string }>`
    select distinct n.appointment_id as id from load l join appointment_number n on n.company = l.company and (n.number = l.name_key or n.number = any(l.aliases))
    where l.id = any(${[...loadIds]}::uuid[]) and l.connection = ${ourConnection}
  `.execute(tx);
  return found.rows.map((row) => row.id);
}

/** Numbers of loads that were merged into others lead to these. By number, of one company. */
async function aliasesOf(tx: Transaction, numbers: readonly string[]): Promise<Map<string, string>> {
  if (numbers.length === 0) return new Map();
  const found = await tx.selectFrom('load').select(['company', 'name_key', 'aliases']).where('aliases', '<>', sql<string[]>`'{}'`).where(sql<boolean>`aliases && ${[...numbers]}::text[]`).where('merged_into', 'is', null).where('deleted', '=', false).orderBy('id').execute();
  return new Map(found.flatMap((row) => row.aliases.map((alias) => [`${row.company} ${alias}`, row.name_key])));
}

function stopRow(load: LoadRow, stop: LoadStop) {
  return {
    load_id: load.id, source_id: stop.id, sequence: stop.sequence, company: load.company, kind: stop.kind, cancelled: load.state === 'CANCELLED', facility_code: stop.facilityCode === undefined ? null : normalizeReferenceValue(stop.facilityCode),
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

async function projectAppointments(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const wanted = sql<string>`any(${[...ids]}::uuid[])`;
  const rows = (await tx.selectFrom('appointment').select(['id', 'company', 'carrier', 'numbers', 'names', 'deleted']).where('id', '=', wanted).execute()) as unknown as AppointmentRow[];
  const living = rows.filter((row) => !row.deleted);
  await tx.deleteFrom('appointment_number').where('appointment_id', '=', wanted).execute();
  const aliases = await aliasesOf(tx, living.flatMap((row) => row.numbers));
  await insertRows(tx, 'appointment_number', living.flatMap((row) => [...new Set(row.numbers.map((number) => aliases.get(`${row.company} ${number}`) ?? number))].map((number) => ({ appointment_id: row.id, number, company: row.company }))));
  await writeMentions(tx, ids, living.flatMap((row) => row.names.map((name): Mention => ({ ...name, record_kind: 'appointment', record_id: row.id, stop: 0, action: 'VISIT' }))));
}

/** What the gate found a visit to be for. It opens nothing to anybody: whoever quotes a name is not who may see the freight. */
async function writeVisitMentions(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = (await tx.selectFrom('visit').select(['id', 'names']).where('id', '=', sql<string>`any(${[...ids]}::uuid[])`).where('deleted', '=', false).execute()) as unknown as Array<{ id: string; names: Reference[] }>;
  await writeMentions(tx, ids, rows.flatMap((row) => row.names.map((name): Mention => ({ ...name, record_kind: 'visit', record_id: row.id, stop: 0, action: 'VISIT' }))));
}

/** Visits that are kept here and mean something for shipments, which may have changed with these records. */
export async function visitsConcerned(tx: Transaction, { load, appointment, visit }: TransportChanges['records']): Promise<string[]> {
  if (load.length + appointment.length + visit.length === 0) return [];
  const [loads, appointments, visits] = [load, appointment, visit].map((ids) => sql`${[...ids]}::uuid[]`);
  const { rows } = await sql<{ id: string }>`
    select id from visit where id = any(${visits}) and connection = ${ourConnection}
    union select id from visit where appointment_id = any(${appointments}) and connection = ${ourConnection}
    union select v.id from load l cross join lateral unnest(array_append(l.aliases, l.name_key)) named(name) join appointment_number n on n.number = named.name and n.company = l.company join visit v on v.appointment_id = n.appointment_id where l.id = any(${loads}) and v.connection = ${ourConnection}
    union select v.id from load l cross join lateral unnest(array_append(l.aliases, l.name_key)) named(name) join visit v on v.numbers @> array[named.name] and v.company = l.company where l.id = any(${loads}) and v.connection = ${ourConnection}`.execute(tx);
  return rows.map(({ id }) => id);
}

async function visitsOfAppointments(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  return (await tx.selectFrom('visit').select('id').where('appointment_id', '=', sql<string>`any(${[...ids]}::uuid[])`).execute()).map((row) => row.id);
}

/**
 * An appointment is seen by its carrier and by who runs the facility.
 * @returns ids of those that somebody sees now who did not before
 */
async function grantAppointments(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await sql<{ id: string; deleted: boolean; carrier: string | null; facility: string | null }>`
    select a.id, a.deleted, a.carrier, case when f.deleted then null else f.code || '@' || f.company end as facility
    from appointment a left join facility f on f.id = a.facility_id where a.id = any(${[...ids]}::uuid[])
  `.execute(tx);
  const opened = await projectAccess(tx, rows.rows.map((row): AccessGrant => ({ kind: 'appointment', recordId: row.id, keys: row.deleted ? [] : [...carrierKeys(row.carrier), ...facilityKeys(row.facility)] })));
  return [...opened.keys()];
}

/**
 * A visit is seen by its carrier and by that of its appointment, and by who runs the facility.
 * @returns ids of visits that somebody sees now who did not before
 */
async function grantVisits(tx: Transaction, ids: readonly string[], appointmentIds: readonly string[]): Promise<string[]> {
  if (ids.length === 0 && appointmentIds.length === 0) return [];
  const rows = await sql<{ id: string; deleted: boolean; carrier: string | null; booked: string | null; facility: string | null }>`
    select v.id, v.deleted, v.carrier, case when a.deleted then null else a.carrier end as booked, case when f.deleted then null else f.code || '@' || f.company end as facility
    from visit v left join appointment a on a.id = v.appointment_id left join facility f on f.id = v.facility_id
    where v.id = any(${[...ids]}::uuid[]) or v.appointment_id = any(${[...appointmentIds]}::uuid[])
  `.execute(tx);
  const opened = await projectAccess(tx, rows.rows.map((row): AccessGrant => ({ kind: 'visit', recordId: row.id, keys: row.deleted ? [] : [...new Set([...carrierKeys(row.carrier), ...carrierKeys(row.booked), ...facilityKeys(row.facility)])] })));
  return [...opened.keys()];
}

/**
 * A move is seen by who runs the yard.
 * @returns ids of those that somebody sees now who did not before
 */
async function grantMoves(tx: Transaction, ids: readonly string[], facilities: readonly string[]): Promise<string[]> {
  if (ids.length === 0 && facilities.length === 0) return [];
  const { rows } = await sql<{ id: string; facility: string | null }>`
    select m.id, case when m.deleted or f.deleted then null else f.code || '@' || f.company end as facility from yard_move m left join facility f on f.id = m.facility_id
    where m.id = any(${[...ids]}::uuid[]) or m.facility_id = any(${[...facilities]}::uuid[])`.execute(tx);
  return [...(await projectAccess(tx, rows.map(({ id, facility }): AccessGrant => ({ kind: 'yard_move', recordId: id, keys: facilityKeys(facility) })))).keys()];
}

/** @param name `<code>@<company>` */
function facilityKeys(name: string | null): string[] {
  return name === null ? [] : [`facility:${name}`];
}

function carrierKeys(carrier: string | null): string[] {
  return carrier === null ? [] : [`carrier:${carrier}`];
}
