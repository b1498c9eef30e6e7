import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { searchText } from '../../shared/search.js';
import { available, productFields, stockLevelFields, type ProductRow, type StockLevelRow } from './rows.js';
import type { ProductFilter, StockLevelFilter } from './types.js';

/** Of rows that the caller says. */
export function selectProducts(db: Reader['db'], fields: FieldsRead) {
  return db.selectFrom('product').select(productFields.of(fields).names as never).$castTo<ProductRow>();
}

/** By name; one row more than `first` where there is a next page. `after` is a cursor of name and id. */
export function productsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: ProductFilter, fields?: FieldsRead) {
  let query = selectProducts(db, fields).where('deleted', '=', false).orderBy('name').orderBy('product.id').limit(first + 1);
  if (after != null) {
    const [name, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(name, product.id) > (${name}, ${id}::uuid)`);
  }
  if (filter.sku != null) query = query.where('sku', '=', filter.sku.trim());
  if (filter.barcode != null) query = query.where('barcode', '=', filter.barcode.trim());
  const search = searchText(filter.search);
  if (search !== '') query = query.where('search', 'like', `%${search.replace(/[\\%_]/g, '\\$&')}%`);
  // The index knows parts of three characters; a shorter search reads the products, by name.
  if (search.length >= 3) query = query.where(sql<boolean>`search_parts(search) @> search_parts(${search})`);
  return query;
}

/** By product, then by location; one row more than `first` where there is a next page. `after` is a cursor of product, location and id. */
export function stockLevelsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: StockLevelFilter, fields?: FieldsRead) {
  let query = db.selectFrom('stock_level').select(stockLevelFields.of(fields).names as never).select(available).$castTo<StockLevelRow>().where('deleted', '=', false).orderBy('product_id').orderBy('location').orderBy('stock_level.id').limit(first + 1);
  if (after != null) {
    const [product, location, id] = decodeCursor(after, [cursorPatterns.uuid, textPattern, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(product_id, location, stock_level.id) > (${product}::uuid, ${location}, ${id}::uuid)`);
  }
  if (filter.productId != null) {
    const product = uuidFromGlobalId('Product', filter.productId);
    if (product === null) throw new GatehouseError('BAD_INPUT', 'filter.productId is no product id.', { field: 'filter.productId' });
    query = query.where('product_id', '=', product);
  }
  if (filter.location != null) query = query.where('location', '=', filter.location.trim());
  return query;
}
