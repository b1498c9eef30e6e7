import type { Reader } from '../../../auth/reader.js';
import { listBelow, pageLoader, type ListOrder } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor, textPattern } from '../../shared/pages.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { available, productFields, productOf, stockLevelFields, stockLevelOf } from './rows.js';
import type { StockLevel } from './types.js';

const byLocation: ListOrder<StockLevel> = {
  columns: [['stock_level.location', 'text'], ['stock_level.id', 'uuid']],
  cursorOf: (level) => encodeCursor(level.location, level.uuid),
  decode: (cursor) => decodeCursor(cursor, [textPattern, cursorPatterns.uuid]),
};

const products = rowsByKey({ columns: productFields, from: (db) => db.selectFrom('product').where('deleted', '=', false), key: 'product.id' });
const stockLevels = rowsByKey({ columns: stockLevelFields, from: (db) => db.selectFrom('stock_level').select(available).where('deleted', '=', false), key: 'stock_level.id' });
const stockOfProducts = listBelow({ columns: stockLevelFields, from: (db) => db.selectFrom('stock_level').select(available).where('deleted', '=', false), parent: 'stock_level.product_id', order: byLocation });

/** One statement per kind and level. Everything is read as the principal. */
export function productLoaders(reader: Reader) {
  return {
    product: rowLoader(reader, products, productOf),
    stockLevel: rowLoader(reader, stockLevels, stockLevelOf),
    stockOfProduct: pageLoader(reader, stockOfProducts, stockLevelOf),
  };
}
