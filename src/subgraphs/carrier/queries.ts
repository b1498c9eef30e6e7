import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import { normalizeReferenceValue } from '../../model/references.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { milestoneOf, shipmentOf, type MilestoneRow } from './rows.js';
import type { MilestoneEvent, Shipment, ShipmentFilter } from './types.js';

/** The shipment of this id, following merges: an id that was handed out once resolves for ever. */
export async function shipmentById({ db }: Reader, id: string): Promise<Shipment | null> {
  const uuid = uuidFromGlobalId('Shipment', id);
  if (uuid === null) return null;
  const row = await db.selectFrom('shipment').selectAll('shipment').where('shipment.id', '=', uuid).executeTakeFirst();
  if (row === undefined) return null;
  if (row.merged_into === null) return shipmentOf(row);
  const remaining = await db.selectFrom('shipment').selectAll('shipment').where('shipment.id', '=', row.merged_into).executeTakeFirst();
  return remaining === undefined ? null : shipmentOf(remaining);
}

/** The newest shipment that carries this name: Odoo's, or the one a carrier or partner uses. */
export async function shipmentByReference({ db }: Reader, reference: string): Promise<Shipment | null> {
  const row = await db.selectFrom('shipment').selectAll('shipment')
    .where(sql<boolean>`names @> array[${normalizeReferenceValue(reference)}]::text[]`)
    .where('merged_into', 'is', null).orderBy('shipment.id', 'desc').executeTakeFirst();
  return row === undefined ? null : shipmentOf(row);
}

export async function shipmentByTrackingNumber({ db }: Reader, number: string): Promise<Shipment | null> {
  const row = await db
    .selectFrom('shipment')
    .selectAll('shipment')
    .where(sql<boolean>`tracking_numbers @> array[${normalizeReferenceValue(number)}]::text[]`)
    .where('merged_into', 'is', null)
    .orderBy('shipment.id', 'desc')
    .executeTakeFirst();
  return row === undefined ? null : shipmentOf(row);
}

/** Newest first. */
export async function shipmentPage({ db }: Reader, first: number, after: string | null | undefined, filter: ShipmentFilter): Promise<Page<Shipment>> {
  let query = db.selectFrom('shipment').selectAll('shipment').where('merged_into', 'is', null).orderBy('shipment.id', 'desc').limit(first + 1);
  if (after != null) query = query.where('shipment.id', '<', decodeCursor(after, [cursorPatterns.uuid])[0]!);
  if (filter.status != null) query = query.where('status', 'in', filter.status.length > 0 ? filter.status : ['']);
  if (filter.carrier != null) query = query.where('carrier', '=', filter.carrier);
  if (filter.provisional != null) query = query.where('provisional', '=', filter.provisional);
  if (filter.search != null && filter.search.trim() !== '') query = query.where('search', 'like', `%${filter.search.trim().toLowerCase().replace(/[\\%_]/g, '\\$&')}%`);
  return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.id), node: shipmentOf });
}

/** A shipment's timeline behind `after`, in time order. */
export async function timelinePage({ db }: Reader, shipmentId: string, first: number, after: string): Promise<Page<MilestoneEvent>> {
  const [occurredAt, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
  const rows = await db
    .selectFrom('milestone')
    .selectAll('milestone')
    .where('shipment_id', '=', shipmentId)
    .where('active', '=', true)
    .where(sql<boolean>`(occurred_at, milestone.id) > (${occurredAt}::timestamptz, ${id}::uuid)`)
    .orderBy('occurred_at')
    .orderBy('milestone.id')
    .limit(first + 1)
    .execute();
  return pageOf(rows.map((row) => milestoneOf(row as MilestoneRow)), first, { after, cursor: timelineCursor, node: (event) => event });
}

export function timelineCursor(event: MilestoneEvent): string {
  return encodeCursor(event.occurredAt, event.id);
}
