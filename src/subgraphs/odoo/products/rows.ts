import { sql, type Selectable } from 'kysely';
import type { ProductTable, StockLevelTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import type { Weight } from '../measures.js';
import type { Product, StockLevel } from './types.js';

export function productOf(row: Selectable<ProductTable>): Product {
  return { id: globalId('Product', row.id), uuid: row.id, name: row.name, sku: row.sku, barcode: row.barcode, weight: row.weight as Weight | null, updatedAt: row.updated_at };
}

/** Column `available` of a statement that reads stock levels. */
export const available = sql<string>`trim_scale(on_hand - reserved)`.as('available');

export function stockLevelOf(row: Selectable<StockLevelTable> & { available: string }): StockLevel {
  return {
    id: globalId('StockLevel', row.id), uuid: row.id, location: row.location, onHand: row.on_hand, reserved: row.reserved, available: row.available, unit: row.unit, updatedAt: row.updated_at,
    productId: row.product_id,
  };
}
