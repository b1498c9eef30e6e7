import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LogEvent } from '../events/event.js';
import type { Reference } from '../model/references.js';
import { writeMentions, type Mention } from './mentions.js';
import { recordsOf } from './record-ids.js';

/** Ids of the bookings and documents that events speak of, once the names in their newest versions are written down. */
export async function mentionsOfBookings(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const [bookings, documents] = [recordsOf(events, 'booking'), recordsOf(events, 'document')];
  await writeMentions(tx, bookings, await namesIn(tx, 'booking', bookings));
  await writeMentions(tx, documents, await namesIn(tx, 'document', documents));
  return [...bookings, ...documents];
}

/** Shipments of these bookings and documents, as they are linked now: whoever sees one is told that it changed. */
export async function shipmentsOfBookings(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await sql<{ shipment_id: string }>`
    select shipment_id from booking_shipment where booking_id = any(${[...ids]}::uuid[])
    union select shipment_id from document_shipment where document_id = any(${[...ids]}::uuid[])
  `.execute(tx);
  return found.rows.map((row) => row.shipment_id);
}


async function namesIn(tx: Transaction, table: 'booking' | 'document', ids: readonly string[]): Promise<Mention[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom(table).select(['id', 'names']).where('id', '=', sql<string>`any(${[...ids]}::uuid[])`).where('deleted', '=', false).execute();
  return rows.flatMap((row) => (row.names as unknown as Reference[]).map((name): Mention => ({ ...name, record_kind: table, record_id: row.id, stop: 0, action: 'BOOK' })));
}
