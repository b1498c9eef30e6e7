import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { anyOf } from '../../shared/any-of.js';
import { pageLoader, type PageGroup } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { available, productOf, stockLevelOf } from './rows.js';
import type { Product, StockLevel } from './types.js';

/** One statement per kind and level. Everything is read as the principal. */
export function productLoaders({ db }: Reader) {
  return {
    product: new DataLoader<string, Product | null>(async (ids) => {
      const rows = await db.selectFrom('product').selectAll('product').where('product.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, productOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    stockLevel: new DataLoader<string, StockLevel | null>(async (ids) => {
      const rows = await db.selectFrom('stock_level').selectAll('stock_level').select(available).where('stock_level.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, stockLevelOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    /** By location; `after` is a cursor of location and id. */
    stockOfProduct: pageLoader((groups) => readStock(db, groups), (row) => stockLevelOf(row)),
  };
}

async function readStock(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let levels = db
      .selectFrom('stock_level')
      .selectAll('stock_level')
      .select([available, sql<number>`row_number() over (partition by product_id order by location, stock_level.id)`.as('place_in_list')])
      .where('product_id', '=', anyOf(parents))
      .where('deleted', '=', false);
    if (after !== null) {
      const [location, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
      levels = levels.where(sql<boolean>`(location, stock_level.id) > (${location}, ${id}::uuid)`);
    }
    return db.selectFrom(levels.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'product_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}
