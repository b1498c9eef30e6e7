import { sql } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import { given, ReadStatement } from '../../auth/statements.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import { normalizeReferenceValue } from '../../model/references.js';
import type { ListOrder } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { searchText } from '../shared/search.js';
import { shipmentFields, shipmentOf, type ShipmentRow } from './rows.js';
import type { MilestoneEvent, Shipment, ShipmentFilter } from './types.js';

/** The shipment of this id, following merges: an id that was handed out once resolves for ever. */
export async function shipmentById(reader: Reader, id: string, fields?: FieldsRead): Promise<Shipment | null> {
  const uuid = uuidFromGlobalId('Shipment', id);
  if (uuid === null) return null;
  const row = await selectShipments(reader, fields).select('merged_into').where('shipment.id', '=', uuid).executeTakeFirst();
  if (row === undefined) return null;
  if (row.merged_into === null) return shipmentOf(row);
  const remaining = await selectShipments(reader, fields).where('shipment.id', '=', row.merged_into).executeTakeFirst();
  return remaining === undefined ? null : shipmentOf(remaining);
}

/** The newest shipment that carries this name: Odoo's, or the one a carrier or partner uses. */
export async function shipmentByReference(reader: Reader, reference: string, fields?: FieldsRead): Promise<Shipment | null> {
  const row = await selectShipments(reader, fields)
    .where(sql<boolean>`shipment.id = any(shipments_named(${normalizeReferenceValue(reference)}))`)
    .where('merged_into', 'is', null).orderBy('shipment.id', 'desc').executeTakeFirst();
  return row === undefined ? null : shipmentOf(row);
}

export async function shipmentByTrackingNumber(reader: Reader, number: string, fields?: FieldsRead): Promise<Shipment | null> {
  const row = await selectShipments(reader, fields)
    .where(sql<boolean>`shipment.id = any(shipments_tracked(${normalizeReferenceValue(number)}))`)
    .where('merged_into', 'is', null)
    .orderBy('shipment.id', 'desc')
    .executeTakeFirst();
  return row === undefined ? null : shipmentOf(row);
}

function selectShipments({ db }: Reader, fields: FieldsRead) {
  return db.selectFrom('shipment').select(shipmentFields.of(fields).names as never).$castTo<ShipmentRow>();
}

/** Newest first. */
export async function shipmentPage(reader: Reader, first: number, after: string | null | undefined, filter: ShipmentFilter, fields?: FieldsRead): Promise<Page<Shipment>> {
  const rows = isWholeList(reader, filter) ? await readWholeList(reader, first, after, fields) : await shipmentsQuery(reader, first, after, filter, fields).execute();
  return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.id), node: shipmentOf });
}

/**
 * What most boards ask for, and one plan is right for. Where a filter or the sight of an outsider leaves few rows, the
 * best way to them depends on how many those are: such a statement is planned with its values each time.
 */
function isWholeList({ principal }: Reader, filter: ShipmentFilter): boolean {
  return principal.companies !== 'none' && Object.values(filter).every((value) => value == null);
}

const wholeList = new ReadStatement<{ columns: readonly string[]; first: number; isBehind: boolean }>((db, { columns, first, isBehind }) => {
  const query = db.selectFrom('shipment').select(columns as never).where('merged_into', 'is', null).orderBy('shipment.id', 'desc').limit(sql.lit(first + 1));
  return isBehind ? query.where('shipment.id', '<', sql<string>`${given(0)}::uuid`) : query;
});

function readWholeList(reader: Reader, first: number, after: string | null | undefined, fields: FieldsRead): Promise<ShipmentRow[]> {
  const place = after == null ? [] : decodeCursor(after, [cursorPatterns.uuid]);
  return reader.read<ShipmentRow, { columns: readonly string[]; first: number; isBehind: boolean }>(wholeList, { columns: shipmentFields.of(fields).names, first, isBehind: after != null }, place);
}

/** The rows of `shipmentPage`, and one more where there is a next page. */
export function shipmentsQuery(reader: Reader, first: number, after: string | null | undefined, filter: ShipmentFilter, fields?: FieldsRead) {
  let query = selectShipments(reader, fields).where('merged_into', 'is', null).orderBy('shipment.id', 'desc').limit(first + 1);
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

/** Timelines: in time order. */
export const byTime: ListOrder<MilestoneEvent> = { columns: [['milestone.occurred_at', 'timestamptz'], ['milestone.id', 'uuid']], cursorOf: timelineCursor, decode: decodeTimelineCursor };
