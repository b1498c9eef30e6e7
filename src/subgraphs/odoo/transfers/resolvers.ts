import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, textPattern, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { odooLoaders } from '../loaders.js';
import { productLoaders } from '../products/loaders.js';
import { Product } from '../products/types.js';
import { Order, Party, Shipment } from '../types.js';
import { transferLoaders } from './loaders.js';
import { transfersQuery } from './queries.js';
import { transferColumns, transferOf } from './rows.js';
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
  ): Promise<Transfer | null> {
    if ((id == null) === (reference == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id and reference.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Transfer', id);
      return uuid === null ? null : loaders(context).transfer.load(uuid);
    }
    const row = await context.reader.db.selectFrom('transfer').select(transferColumns).where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('transfer.id').executeTakeFirst();
    return row === undefined ? null : transferOf(row);
  }

  @needs('orders:read')
  @Query(() => TransferConnection, { nullable: true, description: 'By reference, last first. A customer sees deliveries and receipts of their own.' })
  async transfers(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => TransferFilter, { nullable: true }) filter?: TransferFilter,
  ): Promise<Page<Transfer>> {
    checkFirst(first);
    const rows = await transfersQuery(reader, first, after, filter ?? {}).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.reference, row.id), node: transferOf });
  }

  @FieldResolver(() => TransferLineConnection, { nullable: true, description: 'In the order of the document. Of a move with details these, else what it is to move.' })
  async lines(@Root() transfer: Transfer, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<TransferLine>> {
    checkFirst(first);
    const start = after == null ? 0 : Number(decodeCursor(after, [cursorPatterns.index])[0]) + 1;
    const lines = await loaders(context).lines.load(transfer.uuid);
    const rows = lines.slice(start, start + first + 1).map((line, index) => ({ line, place: start + index }));
    return pageOf(rows, first, { after, cursor: ({ place }) => encodeCursor(String(place)), node: ({ line }) => line });
  }

  @FieldResolver(() => Order, { nullable: true })
  order(@Root() { orderId }: Transfer, @Ctx() context: GraphContext): Promise<Order | null> | null {
    return orderId === null ? null : loadersOfOrders(context).order.load(orderId);
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
  backorderOf(@Root() { backorderOfId: id }: Transfer, @Ctx() context: GraphContext): Promise<Transfer | null> | null {
    return id === null ? null : loaders(context).transfer.load(id);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer of which it brings goods back.' })
  returnOf(@Root() { returnOfId: id }: Transfer, @Ctx() context: GraphContext): Promise<Transfer | null> | null {
    return id === null ? null : loaders(context).transfer.load(id);
  }
}

@Resolver(() => TransferLine)
export class TransferLineProductResolver {
  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() { productId }: TransferLine, @Ctx() context: GraphContext): Promise<Product | null> | null {
    return productId === null ? null : context.loaders.get(productLoaders, context.reader).product.load(productId);
  }
}

@Resolver(() => Order)
export class OrderTransfersResolver {
  @needs('orders:read')
  @FieldResolver(() => TransferConnection, { nullable: true, description: 'Deliveries, receipts and the steps within the walls towards them. By reference.' })
  async transfers(@Root() order: Order, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Transfer>> {
    return transferPage(await loaders(context).transfersOfOrder.load(pageKey(order.uuid, first, after)), first, after);
  }
}

@Resolver(() => Shipment)
export class ShipmentTransfersResolver {
  @needs('orders:read')
  @FieldResolver(() => TransferConnection, { nullable: true, description: 'Transfers of Odoo that it fulfils. By reference.' })
  async transfers(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Transfer> | null> {
    const uuid = uuidFromGlobalId('Shipment', shipment.id);
    return uuid === null ? null : transferPage(await loaders(context).transfersOfShipment.load(pageKey(uuid, first, after)), first, after);
  }
}

function pageKey(parent: string, first: number, after: string | undefined) {
  checkFirst(first);
  if (after != null) decodeCursor(after, [textPattern, cursorPatterns.uuid]);
  return { parent, after: after ?? null, limit: first + 1 };
}

function transferPage(transfers: readonly Transfer[], first: number, after: string | undefined): Page<Transfer> {
  return pageOf(transfers, first, { after, cursor: (transfer) => encodeCursor(transfer.reference, transfer.uuid), node: (transfer) => transfer });
}
