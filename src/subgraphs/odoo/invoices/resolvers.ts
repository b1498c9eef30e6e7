import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, textPattern, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { odooLoaders } from '../loaders.js';
import { Order, OrderConnection, Party } from '../types.js';
import { invoiceLoaders } from './loaders.js';
import { invoicesQuery } from './queries.js';
import { invoiceOf } from './rows.js';
import { Invoice, InvoiceConnection, InvoiceFilter } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(invoiceLoaders, context.reader);

@Resolver(() => Invoice)
export class InvoiceResolver {
  @needs('invoices:read')
  @Query(() => Invoice, { nullable: true, description: 'One invoice, by its id or its reference.' })
  async invoice(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
  ): Promise<Invoice | null> {
    if ((id == null) === (reference == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id and reference.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Invoice', id);
      return uuid === null ? null : loaders(context).invoice.load(uuid);
    }
    const row = await context.reader.db.selectFrom('invoice').selectAll('invoice').where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('invoice.id').executeTakeFirst();
    return row === undefined ? null : invoiceOf(row);
  }

  @needs('invoices:read')
  @Query(() => InvoiceConnection, { nullable: true, description: 'By reference, last first. A customer sees those that are posted.' })
  async invoices(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => InvoiceFilter, { nullable: true }) filter?: InvoiceFilter,
  ): Promise<Page<Invoice>> {
    checkFirst(first);
    const rows = await invoicesQuery(reader, first, after, filter ?? {}).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.reference, row.id), node: invoiceOf });
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The commercial entity; null where this token may not see parties.' })
  party(@Root() invoice: Invoice, @Ctx() context: GraphContext): Promise<Party | null> {
    return context.loaders.get(odooLoaders, context.reader).party.load(invoice.partyId);
  }

  @needs('orders:read')
  @FieldResolver(() => OrderConnection, { nullable: true, description: 'The orders that it bills, as far as visible. By reference.' })
  async orders(@Root() invoice: Invoice, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Order>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    const orders = await loaders(context).ordersOfInvoice.load({ parent: invoice.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(orders, first, { after, cursor: (order) => encodeCursor(order.reference, order.uuid), node: (order) => order });
  }
}

@Resolver(() => Order)
export class OrderInvoicesResolver {
  @needs('invoices:read')
  @FieldResolver(() => InvoiceConnection, { nullable: true, description: 'By reference.' })
  async invoices(@Root() order: Order, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Invoice>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    const invoices = await loaders(context).invoicesOfOrder.load({ parent: order.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(invoices, first, { after, cursor: (invoice) => encodeCursor(invoice.reference, invoice.uuid), node: (invoice) => invoice });
  }
}
