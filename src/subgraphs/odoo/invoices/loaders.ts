import DataLoader from 'dataloader';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { anyOf } from '../../shared/any-of.js';
import { pageLoader, type PageGroup } from '../../shared/page-loader.js';
import { cursorPatterns, decodeCursor, textPattern } from '../../shared/pages.js';
import { orderOf } from '../loaders.js';
import { invoiceOf } from './rows.js';
import type { Invoice } from './types.js';

/** One statement per kind and level. Everything is read as the principal. */
export function invoiceLoaders({ db }: Reader) {
  return {
    invoice: new DataLoader<string, Invoice | null>(async (ids) => {
      const rows = await db.selectFrom('invoice').selectAll('invoice').where('invoice.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, invoiceOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    /** By reference; `after` is a cursor of reference and id. */
    invoicesOfOrder: pageLoader((groups) => readInvoices(db, groups), (row) => invoiceOf(row)),
    /** By reference; `after` is a cursor of reference and id. */
    ordersOfInvoice: pageLoader((groups) => readOrders(db, groups), (row) => orderOf(row)),
  };
}

/** Odoo states the orders of an invoice by their names, which are unique within one database of it. */
async function readInvoices(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let invoices = db
      .selectFrom('sales_order')
      .innerJoin('invoice', (join) => join.onRef('invoice.connection', '=', 'sales_order.connection').on(sql<boolean>`invoice.order_references @> array[sales_order.reference]`))
      .selectAll('invoice')
      .select(['sales_order.id as order_id', sql<number>`row_number() over (partition by sales_order.id order by invoice.reference, invoice.id)`.as('place_in_list')])
      .where('sales_order.id', '=', anyOf(parents))
      .where('invoice.deleted', '=', false);
    if (after !== null) {
      const [reference, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
      invoices = invoices.where(sql<boolean>`(invoice.reference, invoice.id) > (${reference}, ${id}::uuid)`);
    }
    return db.selectFrom(invoices.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'order_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}

async function readOrders(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let orders = db
      .selectFrom('invoice')
      .innerJoin('sales_order', (join) => join.onRef('sales_order.connection', '=', 'invoice.connection').on(sql<boolean>`sales_order.reference = any(invoice.order_references)`))
      .selectAll('sales_order')
      .select(['invoice.id as invoice_id', sql<number>`row_number() over (partition by invoice.id order by sales_order.reference, sales_order.id)`.as('place_in_list')])
      .where('invoice.id', '=', anyOf(parents))
      .where('sales_order.deleted', '=', false);
    if (after !== null) {
      const [reference, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
      orders = orders.where(sql<boolean>`(sales_order.reference, sales_order.id) > (${reference}, ${id}::uuid)`);
    }
    return db.selectFrom(orders.as('numbered')).selectAll().select([sql<number>`${number}::integer`.as('group_number'), 'invoice_id as parent_id']).where('place_in_list', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list').execute();
}
