import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import type { FieldsRead } from '../../../lib/fields-read.js';
import { cursorPatterns, decodeCursor } from '../../shared/pages.js';
import { shopOrderFields, type ShopOrderRow } from './rows.js';
import type { ShopOrderFilter } from './types.js';

/** The latest first; one row more than `first` where there is a next page. */
export function shopOrdersQuery({ db }: Reader, first: number, after: string | null | undefined, filter: ShopOrderFilter, fields?: FieldsRead) {
  let query = db.selectFrom('shop_order').select(shopOrderFields.of(fields).names as never).$castTo<ShopOrderRow>().where('deleted', '=', false).orderBy('ordered_at', 'desc').orderBy('shop_order.id', 'desc').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.connection != null) query = query.where('connection', '=', filter.connection.trim());
  if (filter.reference != null) query = query.where('reference', '=', filter.reference.trim());
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(ordered_at, shop_order.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}
