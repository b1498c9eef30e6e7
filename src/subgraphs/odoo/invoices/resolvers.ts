import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { checkExactlyOne, loadById } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { odooLoaders } from '../loaders.js';
import { Order, OrderConnection, Party } from '../types.js';
import { invoiceLoaders } from './loaders.js';
import { invoicesQuery, selectInvoices } from './queries.js';
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
    @Info() info?: ResolveInfo,
  ): Promise<Invoice | null> {
    checkExactlyOne({ id, reference });
    if (id != null) return loadById(loaders(context).invoice, 'Invoice', id, fieldsRead(info, 'Invoice'));
    const row = await selectInvoices(context.reader.db, fieldsRead(info, 'Invoice')).where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('invoice.id').executeTakeFirst();
    return row === undefined ? null : invoiceOf(row);
  }

  @needs('invoices:read')
  @Query(() => InvoiceConnection, { nullable: true, description: 'By reference, last first. A customer sees those that are posted.' })
  async invoices(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => InvoiceFilter, { nullable: true }) filter?: InvoiceFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Invoice>> {
    checkFirst(first);
    const rows = await invoicesQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'Invoice')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.reference, row.id), node: invoiceOf });
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The commercial entity; null where this token may not see parties.' })
  party(@Root() invoice: Invoice, @Ctx() context: GraphContext): Promise<Party | null> {
    return context.loaders.get(odooLoaders, context.reader).party.load(invoice.partyId);
  }

  @needs('orders:read')
  @FieldResolver(() => OrderConnection, { nullable: true, description: 'The orders that it bills, as far as visible. By reference.' })
  orders(@Root() invoice: Invoice, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Order>> {
    return pageBelow(loaders(context).ordersOfInvoice, invoice.uuid, first, after, fieldsRead(info, 'Order'));
  }
}

@Resolver(() => Order)
export class OrderInvoicesResolver {
  @needs('invoices:read')
  @FieldResolver(() => InvoiceConnection, { nullable: true, description: 'By reference.' })
  invoices(@Root() order: Order, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Invoice>> {
    return pageBelow(loaders(context).invoicesOfOrder, order.uuid, first, after, fieldsRead(info, 'Invoice'));
  }
}
