import type { Reader } from '../../../auth/reader.js';
import { listBelow, pageLoader } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor, textPattern } from '../../shared/pages.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { orderFields, orderOf } from '../loaders.js';
import { shopFulfilmentFields, shopFulfilmentOf, shopOrderFields, shopOrderOf } from './rows.js';
import type { ShopFulfilment } from './types.js';

const shopOrders = rowsByKey({ columns: shopOrderFields, from: (db) => db.selectFrom('shop_order').where('shop_order.deleted', '=', false), key: 'shop_order.id' });
const shopOrdersOfOrders = rowsByKey({
  columns: shopOrderFields, from: (db) => db.selectFrom('sales_order').innerJoin('shop_order', 'shop_order.id', 'sales_order.shop_order_id').where('shop_order.deleted', '=', false), key: 'sales_order.id',
});
const ordersOfShopOrders = rowsByKey({ columns: orderFields, from: (db) => db.selectFrom('sales_order').where('sales_order.deleted', '=', false), key: 'sales_order.shop_order_id' });

/** In the order in which they were told. */
const fulfilmentsOfShopOrders = listBelow<ShopFulfilment & { transfer: string }>({
  columns: shopFulfilmentFields, from: (db) => db.selectFrom('shop_fulfilment'), parent: 'shop_fulfilment.shop_order_id',
  order: {
    columns: [['shop_fulfilment.updated_at', 'timestamptz'], ['shop_fulfilment.transfer', 'text']],
    cursorOf: ({ updatedAt, transfer }) => encodeCursor(updatedAt, transfer), decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, textPattern]),
  },
});

/** One statement per kind and level. Everything is read as the principal. */
export function shopLoaders(reader: Reader) {
  return {
    shopOrder: rowLoader(reader, shopOrders, shopOrderOf),
    shopOrderOfOrder: rowLoader(reader, shopOrdersOfOrders, shopOrderOf),
    orderOfShopOrder: rowLoader(reader, ordersOfShopOrders, orderOf),
    fulfilmentsOfShopOrder: pageLoader(reader, fulfilmentsOfShopOrders, (row: Parameters<typeof shopFulfilmentOf>[0]) => ({ ...shopFulfilmentOf(row), transfer: row.transfer })),
  };
}
