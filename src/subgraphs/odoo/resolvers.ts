import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { sql } from 'kysely';
import { GatehouseError } from '../../lib/errors.js';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { checkExactlyOne, loadById } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, notACursor, pageOf, pageOfValues, textPattern, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { odooLoaders, orderFields, orderOf, partyOf, type OrderRow } from './loaders.js';
import { Order, OrderConnection, OrderFilter, OrderLine, OrderLineConnection, Party, PartyConnection, PartyFilter, Shipment, ShipmentConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(odooLoaders, context.reader);

function selectOrders({ reader: { db } }: GraphContext, info: ResolveInfo | undefined) {
  return db.selectFrom('sales_order').select(orderFields.of(fieldsRead(info, 'Order')).names as never).$castTo<OrderRow>();
}

@Resolver(() => Order)
export class OrderResolver {
  @needs('orders:read')
  @Query(() => Order, { nullable: true, description: 'One order, by its id or its reference.' })
  async order(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Order | null> {
    checkExactlyOne({ id, reference });
    if (id != null) return loadById(loaders(context).order, 'Order', id, fieldsRead(info, 'Order'));
    const row = await selectOrders(context, info).where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').executeTakeFirst();
    return row === undefined ? null : orderOf(row);
  }

  @needs('orders:read')
  @Query(() => OrderConnection, { nullable: true, description: 'By reference, last first.' })
  async orders(
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => OrderFilter, { nullable: true }) filter?: OrderFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Order>> {
    checkFirst(first);
    let query = selectOrders(context, info).where('deleted', '=', false).orderBy('reference', 'desc').orderBy('sales_order.id', 'desc').limit(first + 1);
    if (after != null) {
      const [reference, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]) as [string, string];
      query = query.where((w) => w.or([w('reference', '<', reference), w.and([w('reference', '=', reference), w('sales_order.id', '<', id)])]));
    }
    if (filter?.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
    if (filter?.reference != null) query = query.where('reference', '=', filter.reference.trim());
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.reference, row.id), node: orderOf });
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The commercial entity; null where this token may not see parties.' })
  party(@Root() order: Order, @Ctx() context: GraphContext): Promise<Party | null> {
    return loaders(context).party.load(order.partyId);
  }

  @needs('shipments:read')
  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'Oldest first.' })
  async shipments(
    @Root() order: Order,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
  ): Promise<Page<Shipment>> {
    return pageBelow(loaders(context).shipmentsOfOrder, order.uuid, first, after);
  }

  @FieldResolver(() => OrderLineConnection, { description: 'In the order of the document.' })
  lines(@Root() order: Order, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<OrderLine> {
    return pageOfValues(order.allLines, first, after);
  }
}

@Resolver(() => Party)
export class PartyResolver {
  @needs('orders:read')
  @Query(() => Party, { nullable: true, description: 'One party. Null where there is none, or this token may not see it.' })
  party(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<Party | null> {
    return loadById(loaders(context).party, 'Party', id);
  }

  @needs('orders:read')
  @Query(() => PartyConnection, { nullable: true, description: 'By name. Outsiders see none.' })
  async parties(
    @Ctx() { reader: { db } }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => PartyFilter, { nullable: true }) filter?: PartyFilter,
  ): Promise<Page<Party>> {
    checkFirst(first);
    let query = db.selectFrom('party').selectAll('party').where('deleted', '=', false).orderBy('name').orderBy('party.id').limit(first + 1);
    if (after != null) {
      const [id] = decodeCursor(after, [cursorPatterns.uuid]);
      const last = await db.selectFrom('party').select('name').where('party.id', '=', id!).executeTakeFirst();
      if (last === undefined) throw notACursor();
      query = query.where(sql<boolean>`(name, party.id) > (${last.name}, ${id}::uuid)`);
    }
    if (filter?.commercialEntityId != null) {
      const entity = uuidFromGlobalId('Party', filter.commercialEntityId);
      if (entity === null) throw new GatehouseError('BAD_INPUT', 'filter.commercialEntityId is no party id.', { field: 'filter.commercialEntityId' });
      query = query.where('commercial_id', '=', entity);
    }
    // The name is not for everybody who may page: a cursor is the id alone.
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.id), node: partyOf });
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  async name(@Root() party: Party, @Ctx() context: GraphContext): Promise<string | null> {
    return party.openName ?? (await context.people.open(party.person)).name ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  async street(@Root() party: Party, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(party.person)).street ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  async email(@Root() party: Party, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(party.person)).email ?? null;
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  async phone(@Root() party: Party, @Ctx() context: GraphContext): Promise<string | null> {
    return (await context.people.open(party.person)).phone ?? null;
  }

  @FieldResolver(() => Party, { nullable: true, description: 'The commercial entity that an address belongs to; of an entity, itself.' })
  commercialEntity(@Root() party: Party, @Ctx() context: GraphContext): Promise<Party | null> {
    return loaders(context).party.load(party.commercialId);
  }
}

@Resolver(() => Shipment)
export class ShipmentOrderResolver {
  @needs('orders:read')
  @FieldResolver(() => Order, { nullable: true })
  order(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Order | null> {
    return loadById(loaders(context).orderOfShipment, 'Shipment', shipment.id, fieldsRead(info, 'Order'));
  }
}
