import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import { normalizeReferenceValue } from '../../model/references.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { searchText } from '../shared/search.js';
import { shipmentOf } from './rows.js';
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
export async function shipmentPage(reader: Reader, first: number, after: string | null | undefined, filter: ShipmentFilter): Promise<Page<Shipment>> {
  const rows = await shipmentsQuery(reader, first, after, filter).execute();
  return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.id), node: shipmentOf });
}

/** The rows of `shipmentPage`, and one more where there is a next page. */
export function shipmentsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: ShipmentFilter) {
  let query = db.selectFrom('shipment').selectAll('shipment').where('merged_into', 'is', null).orderBy('shipment.id', 'desc').limit(first + 1);
  if (after != null) query = query.where('shipment.id', '<', decodeCursor(after, [cursorPatterns.uuid])[0]!);
  if (filter.status != null) query = query.where('status', 'in', filter.status.length > 0 ? filter.status : ['']);
  if (filter.carrier != null) query = query.where('carrier', '=', filter.carrier);
  if (filter.provisional != null) query = query.where('provisional', '=', filter.provisional);
  const search = searchText(filter.search);
  if (search !== '') query = query.where('search', 'like', `%${search.replace(/[\\%_]/g, '\\$&')}%`);
  // The index knows parts of three characters; a shorter search reads the shipments, newest first.
  if (search.length >= 3) query = query.where(sql<boolean>`search_parts(search) @> search_parts(${search})`);
  return query;
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of `timelineCursor` */
export function decodeTimelineCursor(cursor: string): [occurredAt: string, id: string] {
  return decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]) as [string, string];
}

export function timelineCursor(event: MilestoneEvent): string {
  return encodeCursor(event.occurredAt, event.id);
}
