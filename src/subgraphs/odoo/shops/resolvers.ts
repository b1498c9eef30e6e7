import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { loadById } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { transferLoaders } from '../transfers/loaders.js';
import { Transfer } from '../transfers/types.js';
import { Order } from '../types.js';
import { shopLoaders } from './loaders.js';
import { shopOrdersQuery } from './queries.js';
import { shopOrderOf } from './rows.js';
import { ShopFulfilment, ShopFulfilmentConnection, ShopFulfilmentLine, ShopFulfilmentLineConnection, ShopOrder, ShopOrderConnection, ShopOrderFilter, ShopOrderLine, ShopOrderLineConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(shopLoaders, context.reader);

@Resolver(() => ShopOrder)
export class ShopOrderResolver {
  @needs('orders:read')
  @Query(() => ShopOrder, { nullable: true, description: 'One order of a shop.' })
  shopOrder(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<ShopOrder | null> {
    return loadById(loaders(context).shopOrder, 'ShopOrder', id, fieldsRead(info, 'ShopOrder'));
  }

  @needs('orders:read')
  @Query(() => ShopOrderConnection, { nullable: true, description: 'Orders of shops and marketplaces. The latest first.' })
  async shopOrders(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ShopOrderFilter, { nullable: true }) filter?: ShopOrderFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<ShopOrder>> {
    checkFirst(first);
    const rows = await shopOrdersQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'ShopOrder')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.ordered_at, row.id), node: shopOrderOf });
  }

  @FieldResolver(() => ShopOrderLineConnection, { nullable: true, description: 'In the order of the shop.' })
  lines(@Root() order: ShopOrder, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<ShopOrderLine> {
    return pageOfValues(order.allLines, first, after);
  }

  @FieldResolver(() => Order, { nullable: true, description: 'What it became in Odoo, as Odoo says.' })
  order(@Root() order: ShopOrder, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Order | null> {
    return loaders(context).orderOfShopOrder.load(order.uuid, fieldsRead(info, 'Order'));
  }

  @FieldResolver(() => ShopFulfilmentConnection, { nullable: true, description: 'What the shop was told of deliveries. Those that were told last come last.' })
  fulfilments(@Root() order: ShopOrder, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<ShopFulfilment>> {
    return pageBelow(loaders(context).fulfilmentsOfShopOrder, order.uuid, first, after, fieldsRead(info, 'ShopFulfilment'));
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'Who gets it.' })
  async recipient(@Root() order: ShopOrder, @Ctx() context: GraphContext): Promise<string | null> {
    const { shipTo } = await context.people.open(order.person);
    return shipTo?.name ?? shipTo?.company ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  async street(@Root() order: ShopOrder, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(order.person)).shipTo?.street ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'Of who bought.' })
  async email(@Root() order: ShopOrder, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(order.person)).email ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'Of who bought.' })
  async phone(@Root() order: ShopOrder, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(order.person)).phone ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'What the buyer wrote, or the shop for who packs it.' })
  async note(@Root() order: ShopOrder, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(order.person)).note ?? null;
  }
}

@Resolver(() => ShopFulfilment)
export class ShopFulfilmentResolver {
  @FieldResolver(() => ShopFulfilmentLineConnection, { nullable: true })
  lines(@Root() fulfilment: ShopFulfilment, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<ShopFulfilmentLine> {
    return pageOfValues(fulfilment.allLines, first, after);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The delivery that it tells of.' })
  transfer(@Root() fulfilment: ShopFulfilment, @Ctx() context: GraphContext): Promise<Transfer | null> {
    return context.loaders.get(transferLoaders, context.reader).transfer.load(fulfilment.transferId);
  }
}

@Resolver(() => Order)
export class OrderShopOrderResolver {
  @needs('orders:read')
  @FieldResolver(() => ShopOrder, { nullable: true, description: 'The order of a shop that it came from.' })
  shopOrder(@Root() order: Order, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<ShopOrder | null> {
    return loaders(context).shopOrderOfOrder.load(order.uuid, fieldsRead(info, 'ShopOrder'));
  }
}
