import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { sql } from 'kysely';
import { GatehouseError } from '../../lib/errors.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, textPattern, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { odooLoaders, orderOf, partyOf } from './loaders.js';
import { Order, OrderConnection, OrderFilter, OrderLine, OrderLineConnection, Party, PartyConnection, PartyFilter, Shipment, ShipmentConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(odooLoaders, context.reader);

@Resolver(() => Order)
export class OrderResolver {
  @needs('orders:read')
  @Query(() => Order, { nullable: true, description: 'One order, by its id or its reference.' })
  async order(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
  ): Promise<Order | null> {
    if ((id == null) === (reference == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id and reference.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Order', id);
      return uuid === null ? null : loaders(context).order.load(uuid);
    }
    const row = await context.reader.db.selectFrom('sales_order').selectAll('sales_order').where('reference', '=', reference!.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').executeTakeFirst();
    return row === undefined ? null : orderOf(row);
  }

  @needs('orders:read')
  @Query(() => OrderConnection, { nullable: true, description: 'By reference, last first.' })
  async orders(
    @Ctx() { reader: { db } }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => OrderFilter, { nullable: true }) filter?: OrderFilter,
  ): Promise<Page<Order>> {
    checkFirst(first);
    let query = db.selectFrom('sales_order').selectAll('sales_order').where('deleted', '=', false).orderBy('reference', 'desc').orderBy('sales_order.id', 'desc').limit(first + 1);
    if (after != null) {
      const [reference, id] = decodeCursor(after, [/^/, cursorPatterns.uuid]) as [string, string];
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

  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'Oldest first.' })
  async shipments(
    @Root() order: Order,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
  ): Promise<Page<Shipment>> {
    checkFirst(first);
    const behind = after == null ? null : decodeCursor(after, [cursorPatterns.uuid])[0]!;
    const shipments = await loaders(context).shipmentsOfOrder.load({ parent: order.uuid, after: behind, limit: first + 1 });
    return pageOf(shipments, first, { after, cursor: (shipment) => encodeCursor(shipment.uuid!), node: (shipment) => shipment });
  }

  @FieldResolver(() => OrderLineConnection, { description: 'In the order of the document.' })
  lines(@Root() order: Order, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<OrderLine> {
    checkFirst(first);
    const start = after == null ? 0 : Number(decodeCursor(after, [cursorPatterns.index])[0]) + 1;
    const rows = order.allLines.slice(start, start + first + 1).map((line, index) => ({ line, place: start + index }));
    return pageOf(rows, first, { after, cursor: ({ place }) => encodeCursor(String(place)), node: ({ line }) => line });
  }
}

@Resolver(() => Party)
export class PartyResolver {
  @needs('orders:read')
  @Query(() => Party, { nullable: true, description: 'One party. Null where there is none, or this token may not see it.' })
  async party(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<Party | null> {
    const uuid = uuidFromGlobalId('Party', id);
    return uuid === null ? null : loaders(context).party.load(uuid);
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
      const [name, id] = decodeCursor(after, [textPattern, cursorPatterns.uuid]);
      query = query.where(sql<boolean>`(name, party.id) > (${name}, ${id}::uuid)`);
    }
    if (filter?.commercialEntityId != null) {
      const entity = uuidFromGlobalId('Party', filter.commercialEntityId);
      if (entity === null) throw new GatehouseError('BAD_INPUT', 'filter.commercialEntityId is no party id.', { field: 'filter.commercialEntityId' });
      query = query.where('commercial_id', '=', entity);
    }
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.name, row.id), node: partyOf });
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
  async order(@Root() shipment: Shipment, @Ctx() context: GraphContext): Promise<Order | null> {
    const uuid = uuidFromGlobalId('Shipment', shipment.id);
    return uuid === null ? null : loaders(context).orderOfShipment.load(uuid);
  }
}
