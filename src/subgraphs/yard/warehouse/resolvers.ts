import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { loadById, uuidOf } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { Shipment } from '../types.js';
import { warehouseLoaders } from './loaders.js';
import { adjustmentsQuery, levelsQuery, ordersQuery } from './queries.js';
import { adjustmentOf, levelOf, orderOf } from './rows.js';
import {
  ConfirmedLineConnection, ConfirmedLineType, ConfirmedPackageConnection, ConfirmedPackageType, InventoryAdjustment, InventoryAdjustmentConnection, InventoryFilter, InventoryLevel, InventoryLevelConnection,
  WarehouseConfirmation, WarehouseConfirmationConnection, WarehouseOrder, WarehouseOrderConnection, WarehouseOrderFilter, WarehouseOrderLine, WarehouseOrderLineConnection,
} from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(warehouseLoaders, context.reader);

@Resolver(() => WarehouseOrder)
export class WarehouseOrderResolver {
  @needs('yard:read')
  @Query(() => WarehouseOrder, { nullable: true })
  warehouseOrder(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<WarehouseOrder | null> {
    return loadById(loaders(context).order, 'WarehouseOrder', id, fieldsRead(info, 'WarehouseOrder'));
  }

  @needs('yard:read')
  @Query(() => WarehouseOrderConnection, { nullable: true, description: 'Those that changed last first. A warehouse sees its own.' })
  async warehouseOrders(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => WarehouseOrderFilter, { nullable: true }) filter?: WarehouseOrderFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<WarehouseOrder>> {
    checkFirst(first);
    const rows = await ordersQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'WarehouseOrder')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.updated_at, row.id), node: orderOf });
  }

  @FieldResolver(() => WarehouseOrderLineConnection, { nullable: true, description: 'In the order in which they were sent.' })
  lines(@Root() order: WarehouseOrder, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<WarehouseOrderLine> {
    return pageOfValues(order.allLines, first, after);
  }

  @FieldResolver(() => WarehouseConfirmationConnection, { nullable: true, description: 'In time order.' })
  confirmations(@Root() order: WarehouseOrder, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<WarehouseConfirmation>> {
    return pageBelow(loaders(context).confirmationsOfOrder, order.uuid, first, after, fieldsRead(info, 'WarehouseConfirmation'));
  }
}

@Resolver(() => WarehouseConfirmation)
export class WarehouseConfirmationResolver {
  @FieldResolver(() => ConfirmedLineConnection, { nullable: true })
  lines(@Root() confirmation: WarehouseConfirmation, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<ConfirmedLineType> {
    return pageOfValues(confirmation.allLines, first, after);
  }

  @FieldResolver(() => ConfirmedPackageConnection, { nullable: true })
  packages(@Root() confirmation: WarehouseConfirmation, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<ConfirmedPackageType> {
    return pageOfValues(confirmation.allPackages, first, after);
  }
}

@Resolver(() => InventoryLevel)
export class InventoryResolver {
  @needs('yard:read')
  @Query(() => InventoryLevelConnection, { nullable: true, description: 'What warehouses say that they have. By SKU, then by warehouse.' })
  async inventoryLevels(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => InventoryFilter, { nullable: true }) filter?: InventoryFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<InventoryLevel>> {
    checkFirst(first);
    const rows = await levelsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'InventoryLevel')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.sku, row.facility ?? '', row.id), node: levelOf });
  }

  @needs('yard:read')
  @Query(() => InventoryAdjustmentConnection, { nullable: true, description: 'The latest first.' })
  async inventoryAdjustments(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => InventoryFilter, { nullable: true }) filter?: InventoryFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<InventoryAdjustment>> {
    checkFirst(first);
    const rows = await adjustmentsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'InventoryAdjustment')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.adjusted_at, row.id), node: adjustmentOf });
  }
}

@Resolver(() => Shipment)
export class ShipmentWarehouseResolver {
  @needs('yard:read')
  @FieldResolver(() => WarehouseOrderConnection, { nullable: true, description: 'Orders to warehouses that handle it. Those that changed last first.' })
  warehouseOrders(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<WarehouseOrder>> {
    return pageBelow(loaders(context).ordersOfShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'WarehouseOrder'));
  }
}
