import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent } from '../events/event.js';
import { issuersAgree, referenceKey, sameValueKinds, type Reference } from '../model/references.js';
import { impliedShipments } from './implied-shipments.js';
import { insertRows } from './rows.js';

/** A name of a shipment in the newest version of a record. */
export interface Mention extends Reference {
  record_kind: 'load' | 'appointment' | 'visit' | 'booking' | 'document' | 'warehouse_order' | 'warehouse_confirmation' | 'ship_notice';
  record_id: string;
  /** Place of the stop of a load; 0 for all others. */
  stop: number;
  action: 'LOAD' | 'UNLOAD' | 'VISIT' | 'BOOK' | 'HANDLE';
}

interface KnownReference extends Reference {
  subject: string;
  shipment_id: string;
}

/** Makes the mentions of these records exactly the given ones. */
export async function writeMentions(tx: Transaction, recordIds: readonly string[], mentions: readonly Mention[]): Promise<void> {
  if (recordIds.length === 0) return;
  await tx.deleteFrom('mention').where('record_id', '=', sql<string>`any(${[...recordIds]}::uuid[])`).execute();
  await insertRows(tx, 'mention', mentions.map(({ record_kind, record_id, stop, action, kind, issuer, value }) => ({ record_kind, record_id, stop, action, kind, issuer, value })));
}

/** Records whose names may lead elsewhere after these link events. */
export async function recordsOfLinks(tx: Transaction, links: readonly LogEvent[]): Promise<Array<{ id: string; kind: string }>> {
  const values = links.filter((event) => event.type === 'reference.linked' || event.type === 'reference.unlinked').map((event) => (event.payload as EventPayloads['reference.unlinked']).reference.value);
  const merged = links.filter((event) => event.type === 'shipment.merged').map((event) => (event.payload as EventPayloads['shipment.merged']).from);
  if (values.length === 0 && merged.length === 0) return [];
  const found = await sql<{ id: string; kind: string }>`
    select record_id as id, record_kind as kind from mention where value = any(${values}::text[])
    union select load_id, 'load' from load_shipment where shipment_id = any(${merged}::uuid[])
    union select appointment_id, 'appointment' from appointment_shipment where shipment_id = any(${merged}::uuid[])
    union select visit_id, 'visit' from visit_shipment where shipment_id = any(${merged}::uuid[])
    union select booking_id, 'booking' from booking_shipment where shipment_id = any(${merged}::uuid[])
    union select document_id, 'document' from document_shipment where shipment_id = any(${merged}::uuid[])
    union select x.record_id, m.record_kind from warehouse_shipment x join mention m on m.record_id = x.record_id where x.shipment_id = any(${merged}::uuid[])
  `.execute(tx);
  return found.rows;
}

/** What became of names that were led anew. */
export interface Relinked {
  /** Shipments to which an appointment, a visit or something of a warehouse led before and leads no more. */
  left: string[];
  /** Appointments and visits that are of other shipments now. */
  trucks: { appointment: string[]; visit: string[] };
}

/**
 * Leads the names of these records to shipments anew, by what references, orders and loads mean now. A name that is ambiguous or
 * unknown leads nowhere.
 */
export async function linkMentions(tx: Transaction, recordIds: readonly string[]): Promise<Relinked> {
  if (recordIds.length === 0) return { left: [], trucks: { appointment: [], visit: [] } };
  const ids = sql<string>`any(${[...new Set(recordIds)]}::uuid[])`;
  const mentions = (await tx.selectFrom('mention').selectAll().where('record_id', '=', ids).execute()) as Mention[];
  const known = await referencesOfValues(tx, [...new Set(mentions.map((mention) => mention.value))]);
  const companies = await companiesOf(tx, [...new Set(mentions.map((mention) => mention.record_id))]);
  const links = mentions.flatMap((mention) => {
    const shipmentId = shipmentOf(mention, known.get(mention.value) ?? []);
    return shipmentId === undefined ? [] : [{ ...mention, shipment_id: shipmentId, company: companies.get(mention.record_id)! }];
  });
  await tx.deleteFrom('load_shipment').where('load_id', '=', ids).execute();
  const linked = await tx.deleteFrom('appointment_shipment').where('appointment_id', '=', ids).returning(['appointment_id as record_id', 'shipment_id']).execute();
  await tx.deleteFrom('booking_shipment').where('booking_id', '=', ids).execute();
  await tx.deleteFrom('document_shipment').where('document_id', '=', ids).execute();
  const handled = await tx.deleteFrom('warehouse_shipment').where('record_id', '=', ids).returning(['record_id', 'shipment_id']).execute();
  await insertRows(tx, 'load_shipment', links.filter((link) => link.record_kind === 'load').map(({ record_id: load_id, stop, action, shipment_id, company }) => ({ load_id, stop, action, shipment_id, company })));
  const booked = links.filter((link) => link.record_kind === 'appointment');
  // Once loads lead where they lead now.
  const implied = await impliedShipments(tx, recordIds, new Set(booked.map((link) => `${link.record_id} ${link.shipment_id}`)));
  const appointed = distinctLinks([...booked, ...implied.filter((link) => link.record_kind === 'appointment')]);
  await insertRows(tx, 'appointment_shipment', appointed.map(({ record_id: appointment_id, shipment_id, company }) => ({ appointment_id, shipment_id, company })));
  await insertRows(tx, 'booking_shipment', links.filter((link) => link.record_kind === 'booking').map(({ record_id: booking_id, shipment_id, company }) => ({ booking_id, shipment_id, company })));
  await insertRows(tx, 'document_shipment', links.filter((link) => link.record_kind === 'document').map(({ record_id: document_id, shipment_id, company }) => ({ document_id, shipment_id, company })));
  await insertRows(tx, 'warehouse_shipment', links.filter((link) => link.action === 'HANDLE').map(({ record_id, shipment_id, company }) => ({ record_id, shipment_id, company })));
  const visited = await linkVisits(tx, recordIds, [...links, ...implied].filter((link) => link.record_kind === 'visit'));
  const ofAppointments = differenceOf(linked, appointed);
  return {
    left: [...visited.left, ...ofAppointments.left, ...handled.filter((row) => !links.some((link) => link.record_id === row.record_id && link.shipment_id === row.shipment_id)).map((row) => row.shipment_id)],
    trucks: { appointment: ofAppointments.changed, visit: visited.changed },
  };
}

interface Link {
  record_id: string;
  shipment_id: string;
  company: string;
}

const keyOf = (link: Pick<Link, 'record_id' | 'shipment_id'>) => `${link.record_id} ${link.shipment_id}`;

function distinctLinks(links: readonly Link[]): Link[] {
  return [...new Map(links.map((link) => [keyOf(link), link])).values()];
}

/** Shipments that a record was of and is no more, and records whose shipments are others now. */
function differenceOf(before: ReadonlyArray<Pick<Link, 'record_id' | 'shipment_id'>>, after: ReadonlyArray<Pick<Link, 'record_id' | 'shipment_id'>>): { left: string[]; changed: string[] } {
  const [old, now] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
  const gone = before.filter((link) => !now.has(keyOf(link)));
  return { left: gone.map((link) => link.shipment_id), changed: [...new Set([...gone, ...after.filter((link) => !old.has(keyOf(link)))].map((link) => link.record_id))] };
}

/**
 * A visit is of the shipments that were named at the gate, and of those of its appointment.
 * @param recordIds among them all visits whose appointment is led anew
 */
async function linkVisits(tx: Transaction, recordIds: readonly string[], named: readonly Link[]): Promise<{ left: string[]; changed: string[] }> {
  const { rows: booked } = await sql<Link>`
    select v.id as record_id, x.shipment_id, v.company from visit v join appointment_shipment x on x.appointment_id = v.appointment_id where v.id = any(${[...recordIds]}::uuid[]) and not v.deleted`.execute(tx);
  const rows = distinctLinks([...named, ...booked]);
  const before = await tx.deleteFrom('visit_shipment').where('visit_id', '=', sql<string>`any(${[...recordIds]}::uuid[])`).returning(['visit_id as record_id', 'shipment_id']).execute();
  await insertRows(tx, 'visit_shipment', rows.map(({ record_id: visit_id, shipment_id, company }) => ({ visit_id, shipment_id, company })));
  return differenceOf(before, rows);
}

/** The shipment that carries this very reference, else the only one that the matching rules take for the same. */
function shipmentOf(mention: Reference, sameValue: readonly KnownReference[]): string | undefined {
  const subject = referenceKey(mention);
  const exact = sameValue.find((reference) => reference.subject === subject);
  if (exact !== undefined) return exact.shipment_id;
  const kinds = sameValueKinds(mention.kind);
  const shipments = new Set(sameValue.filter((reference) => kinds.includes(reference.kind) && issuersAgree(mention, reference)).map((reference) => reference.shipment_id));
  return shipments.size === 1 ? [...shipments][0] : undefined;
}

/** The shipment that each of these names leads to, by its key, as references are now. */
export async function shipmentsMeant(tx: Transaction, references: readonly Reference[]): Promise<Map<string, string>> {
  const known = await referencesOfValues(tx, [...new Set(references.map(({ value }) => value))]);
  return new Map(references.flatMap((reference) => {
    const shipment = shipmentOf(reference, known.get(reference.value) ?? []);
    return shipment === undefined ? [] : [[referenceKey(reference), shipment] as const];
  }));
}

async function referencesOfValues(tx: Transaction, values: readonly string[]): Promise<Map<string, KnownReference[]>> {
  const found = new Map<string, KnownReference[]>();
  if (values.length === 0) return found;
  const rows = await sql<KnownReference>`
    select r.subject, r.kind, r.issuer, r.value, coalesce(s.merged_into, s.id) as shipment_id
    from reference r join shipment s on s.id = r.shipment_id where r.value = any(${[...values]}::text[])
  `.execute(tx);
  for (const row of rows.rows) found.set(row.value, [...(found.get(row.value) ?? []), row]);
  return found;
}

async function companiesOf(tx: Transaction, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; company: string }>`
    select id, company from load where id = any(${[...ids]}::uuid[]) union all select id, company from appointment where id = any(${[...ids]}::uuid[])
    union all select id, company from visit where id = any(${[...ids]}::uuid[])
    union all select id, company from booking where id = any(${[...ids]}::uuid[]) union all select id, company from document where id = any(${[...ids]}::uuid[])
    union all select id, company from warehouse_order where id = any(${[...ids]}::uuid[]) union all select id, company from warehouse_confirmation where id = any(${[...ids]}::uuid[])
    union all select id, company from ship_notice where id = any(${[...ids]}::uuid[])
  `.execute(tx);
  return new Map(rows.rows.map((row) => [row.id, row.company]));
}
