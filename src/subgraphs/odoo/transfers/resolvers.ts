import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { checkExactlyOne, loadById, uuidOf } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { odooLoaders } from '../loaders.js';
import { productLoaders } from '../products/loaders.js';
import { Product } from '../products/types.js';
import { Order, Party, Shipment } from '../types.js';
import { transferLoaders } from './loaders.js';
import { selectTransfers, transfersQuery } from './queries.js';
import { transferOf } from './rows.js';
import { Transfer, TransferConnection, TransferFilter, TransferLine, TransferLineConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(transferLoaders, context.reader);
const loadersOfOrders = (context: GraphContext) => context.loaders.get(odooLoaders, context.reader);

@Resolver(() => Transfer)
export class TransferResolver {
  @needs('orders:read')
  @Query(() => Transfer, { nullable: true, description: 'One transfer, by its id or its reference.' })
  async transfer(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Transfer | null> {
    checkExactlyOne({ id, reference });
    if (id != null) return loadById(loaders(context).transfer, 'Transfer', id, fieldsRead(info, 'Transfer'));
    const row = await selectTransfers(context.reader.db, fieldsRead(info, 'Transfer')).where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('transfer.id').executeTakeFirst();
    return row === undefined ? null : transferOf(row);
  }

  @needs('orders:read')
  @Query(() => TransferConnection, { nullable: true, description: 'By reference, last first. A customer sees deliveries and receipts of their own.' })
  async transfers(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => TransferFilter, { nullable: true }) filter?: TransferFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Transfer>> {
    checkFirst(first);
    const rows = await transfersQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'Transfer')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.reference, row.id), node: transferOf });
  }

  @FieldResolver(() => TransferLineConnection, { nullable: true, description: 'In the order of the document. Of a move with details these, else what it is to move.' })
  async lines(@Root() transfer: Transfer, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<TransferLine>> {
    return pageOfValues(await loaders(context).lines.load(transfer.uuid), first, after);
  }

  @FieldResolver(() => Order, { nullable: true })
  order(@Root() { orderId }: Transfer, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Order | null> | null {
    return orderId === null ? null : loadersOfOrders(context).order.load(orderId, fieldsRead(info, 'Order'));
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The commercial entity; null where this token may not see parties.' })
  async party(@Root() { partyId, shipToId }: Transfer, @Ctx() context: GraphContext): Promise<Party | null> {
    const { party } = loadersOfOrders(context);
    // The address may belong to another entity by now than when the transfer was last stated.
    const address = shipToId === null ? null : await party.load(shipToId);
    const entity = address?.commercialId ?? partyId;
    return entity === null ? null : party.load(entity);
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The address; of a receipt that from which it comes.' })
  shipTo(@Root() { shipToId }: Transfer, @Ctx() context: GraphContext): Promise<Party | null> | null {
    return shipToId === null ? null : loadersOfOrders(context).party.load(shipToId);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer that it carries the rest of.' })
  backorderOf(@Root() { backorderOfId: id }: Transfer, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Transfer | null> | null {
    return id === null ? null : loaders(context).transfer.load(id, fieldsRead(info, 'Transfer'));
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer of which it brings goods back.' })
  returnOf(@Root() { returnOfId: id }: Transfer, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Transfer | null> | null {
    return id === null ? null : loaders(context).transfer.load(id, fieldsRead(info, 'Transfer'));
  }
}

@Resolver(() => TransferLine)
export class TransferLineProductResolver {
  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() { productId }: TransferLine, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Product | null> | null {
    return productId === null ? null : context.loaders.get(productLoaders, context.reader).product.load(productId, fieldsRead(info, 'Product'));
  }
}

@Resolver(() => Order)
export class OrderTransfersResolver {
  @needs('orders:read')
  @FieldResolver(() => TransferConnection, { nullable: true, description: 'Deliveries, receipts and the steps within the walls towards them. By reference.' })
  transfers(@Root() order: Order, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Transfer>> {
    return pageBelow(loaders(context).transfersOfOrder, order.uuid, first, after, fieldsRead(info, 'Transfer'));
  }
}

@Resolver(() => Shipment)
export class ShipmentTransfersResolver {
  @needs('orders:read')
  @FieldResolver(() => TransferConnection, { nullable: true, description: 'Transfers of Odoo that it fulfils. By reference.' })
  transfers(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Transfer>> {
    return pageBelow(loaders(context).transfersOfShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'Transfer'));
  }
}
