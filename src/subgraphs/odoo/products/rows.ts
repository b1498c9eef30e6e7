import { sql, type Selectable } from 'kysely';
import type { ProductTable, StockLevelTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import { FieldColumns } from '../../shared/columns.js';
import type { Weight } from '../measures.js';
import type { Product, StockLevel } from './types.js';

export const productFields = new FieldColumns('product', ['id', 'name'], { sku: ['sku'], barcode: ['barcode'], weight: ['weight'], updatedAt: ['updated_at'] });
export type ProductRow = Selectable<ProductTable>;

export function productOf(row: ProductRow): Product {
  return { id: globalId('Product', row.id), uuid: row.id, name: row.name, sku: row.sku, barcode: row.barcode, weight: row.weight as Weight | null, updatedAt: row.updated_at };
}

/** Column `available` of a statement that reads stock levels. */
export const available = sql<string>`trim_scale(on_hand - reserved)`.as('available');

/** `available` is read with every row. */
export const stockLevelFields = new FieldColumns('stock_level', ['id', 'product_id', 'location'], { onHand: ['on_hand'], reserved: ['reserved'], unit: ['unit'], updatedAt: ['updated_at'] });
export type StockLevelRow = Selectable<StockLevelTable> & { available: string };

export function stockLevelOf(row: StockLevelRow): StockLevel {
  return {
    id: globalId('StockLevel', row.id), uuid: row.id, location: row.location, onHand: row.on_hand, reserved: row.reserved, available: row.available, unit: row.unit, updatedAt: row.updated_at,
    productId: row.product_id,
  };
}
