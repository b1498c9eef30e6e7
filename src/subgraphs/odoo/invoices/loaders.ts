import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { byReference, listBelow, pageLoader } from '../../shared/page-loader.js';
import { rowLoader, rowsByKey } from '../../shared/row-loader.js';
import { orderFields, orderOf } from '../loaders.js';
import { invoiceFields, invoiceOf } from './rows.js';

const invoices = rowsByKey({ columns: invoiceFields, from: (db) => db.selectFrom('invoice').where('deleted', '=', false), key: 'invoice.id' });
/** Odoo states the orders of an invoice by their names, which are unique within one database of it. */
const invoicesOfOrders = listBelow({
  columns: invoiceFields,
  from: (db) => db
    .selectFrom('sales_order')
    .innerJoin('invoice', (join) => join.onRef('invoice.connection', '=', 'sales_order.connection').on(sql<boolean>`invoice.order_references @> array[sales_order.reference]`))
    .where('invoice.deleted', '=', false),
  parent: 'sales_order.id',
  order: byReference('invoice'),
});
const ordersOfInvoices = listBelow({
  columns: orderFields,
  from: (db) => db
    .selectFrom('invoice')
    .innerJoin('sales_order', (join) => join.onRef('sales_order.connection', '=', 'invoice.connection').on(sql<boolean>`sales_order.reference = any(invoice.order_references)`))
    .where('sales_order.deleted', '=', false),
  parent: 'invoice.id',
  order: byReference('sales_order'),
});

/** One statement per kind and level. Everything is read as the principal. */
export function invoiceLoaders(reader: Reader) {
  return {
    invoice: rowLoader(reader, invoices, invoiceOf),
    invoicesOfOrder: pageLoader(reader, invoicesOfOrders, invoiceOf),
    ordersOfInvoice: pageLoader(reader, ordersOfInvoices, orderOf),
  };
}
