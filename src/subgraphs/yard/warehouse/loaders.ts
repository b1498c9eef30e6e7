import type { Reader } from '../../../auth/reader.js';
import { listBelow, pageLoader, type ListOrder } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../../shared/pages.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { adjustmentFields, adjustmentOf, confirmationFields, confirmationOf, levelFields, levelOf, orderFields, orderOf } from './rows.js';
import type { WarehouseConfirmation, WarehouseOrder } from './types.js';

const orders = rowsByKey({ columns: orderFields, from: (db) => db.selectFrom('warehouse_order').where('warehouse_order.deleted', '=', false), key: 'warehouse_order.id' });
const confirmations = rowsByKey({ columns: confirmationFields, from: (db) => db.selectFrom('warehouse_confirmation').where('warehouse_confirmation.deleted', '=', false), key: 'warehouse_confirmation.id' });
const levels = rowsByKey({ columns: levelFields, from: (db) => db.selectFrom('inventory_level').where('inventory_level.deleted', '=', false), key: 'inventory_level.id' });
const adjustments = rowsByKey({ columns: adjustmentFields, from: (db) => db.selectFrom('inventory_adjustment').where('inventory_adjustment.deleted', '=', false), key: 'inventory_adjustment.id' });

/** In time order. */
const confirmationsOfOrders = listBelow<WarehouseConfirmation>({
  columns: confirmationFields,
  from: (db) => db.selectFrom('warehouse_confirmation').where('warehouse_confirmation.deleted', '=', false),
  parent: 'warehouse_confirmation.order_id',
  order: {
    columns: [['warehouse_confirmation.confirmed_at', 'timestamptz'], ['warehouse_confirmation.id', 'uuid']],
    cursorOf: ({ confirmedAt, uuid }) => encodeCursor(confirmedAt, uuid),
    decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]),
  },
});

const newestFirst: ListOrder<WarehouseOrder> = {
  columns: [['warehouse_order.updated_at', 'timestamptz'], ['warehouse_order.id', 'uuid']],
  isDescending: true,
  cursorOf: ({ updatedAt, uuid }) => encodeCursor(updatedAt, uuid),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.instant, cursorPatterns.uuid]),
};
const ordersOfShipments = listBelow({
  columns: orderFields,
  from: (db) => db.selectFrom('warehouse_shipment').innerJoin('warehouse_order', 'warehouse_order.id', 'warehouse_shipment.record_id').where('warehouse_order.deleted', '=', false),
  parent: 'warehouse_shipment.shipment_id',
  order: newestFirst,
});

/** One statement per kind and level. Everything is read as the principal. */
export function warehouseLoaders(reader: Reader) {
  return {
    order: rowLoader(reader, orders, orderOf),
    confirmation: rowLoader(reader, confirmations, confirmationOf),
    level: rowLoader(reader, levels, levelOf),
    adjustment: rowLoader(reader, adjustments, adjustmentOf),
    confirmationsOfOrder: pageLoader(reader, confirmationsOfOrders, confirmationOf),
    ordersOfShipment: pageLoader(reader, ordersOfShipments, orderOf),
  };
}
