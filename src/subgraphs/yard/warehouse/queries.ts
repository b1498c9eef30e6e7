import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { normalizeReferenceValue } from '../../../model/references.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { adjustmentFields, levelFields, orderFields, type InventoryAdjustmentRow, type InventoryLevelRow, type WarehouseOrderRow } from './rows.js';
import type { InventoryFilter, WarehouseOrderFilter } from './types.js';

/** Those that changed last first; one row more than `first` where there is a next page. */
export function ordersQuery({ db }: Reader, first: number, after: string | null | undefined, filter: WarehouseOrderFilter, fields?: FieldsRead) {
  let query = db.selectFrom('warehouse_order').select(orderFields.of(fields).names as never).$castTo<WarehouseOrderRow>().where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('warehouse_order.id', 'desc').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.direction != null) query = query.where('direction', '=', filter.direction);
  if (filter.facilityCode != null) query = query.where('facility', '=', normalizeReferenceValue(filter.facilityCode));
  if (filter.reference != null) query = query.where('order_key', '=', normalizeReferenceValue(filter.reference));
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(updated_at, warehouse_order.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}

/** A level without a warehouse comes first. */
const place = sql<string>`coalesce(facility, '')`;

/** By SKU, then by warehouse. */
export function levelsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: InventoryFilter, fields?: FieldsRead) {
  let query = db.selectFrom('inventory_level').select(levelFields.of(fields).names as never).$castTo<InventoryLevelRow>().where('deleted', '=', false).orderBy('sku').orderBy(place).orderBy('inventory_level.id').limit(first + 1);
  if (filter.sku != null) query = query.where('sku', '=', filter.sku.trim());
  if (filter.facilityCode != null) query = query.where('facility', '=', normalizeReferenceValue(filter.facilityCode));
  if (after != null) {
    const [sku, facility, id] = decodeCursor(after, [textPattern, textPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(sku, ${place}, inventory_level.id) > (${sku}, ${facility}, ${id}::uuid)`);
  }
  return query;
}

/** The latest first. */
export function adjustmentsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: InventoryFilter, fields?: FieldsRead) {
  let query = db.selectFrom('inventory_adjustment').select(adjustmentFields.of(fields).names as never).$castTo<InventoryAdjustmentRow>().where('deleted', '=', false).orderBy('adjusted_at', 'desc').orderBy('inventory_adjustment.id', 'desc').limit(first + 1);
  if (filter.sku != null) query = query.where('sku', '=', filter.sku.trim());
  if (filter.facilityCode != null) query = query.where('facility', '=', normalizeReferenceValue(filter.facilityCode));
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(adjusted_at, inventory_adjustment.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}
