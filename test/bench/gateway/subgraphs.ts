import DataLoader from 'dataloader';
import { Arg, Ctx, Directive, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { buildSubgraph, type Subgraph } from '../../../src/subgraphs/shared/build.js';
import { needs } from '../../../src/subgraphs/shared/scopes.js';

interface BoardPrincipal {
  scopes: ReadonlySet<string>;
}

const anyone: BoardPrincipal = { scopes: new Set(['shipments:read', 'orders:read', 'exceptions:read']) };

/** Of one request: who asks, and the loaders. */
export class BoardContext {
  readonly correlationId = '';
  readonly order = loader((id) => ({ id: `o${id}`, reference: `S${id}`, state: 'sale', total: { amount: '12.50', currency: 'EUR' } }));
  readonly milestones = loader((id) => Array.from({ length: 3 }, (_, n) => ({ id: `m${id}.${n}`, code: 'IN_TRANSIT', occurredAt: '2026-11-21T12:00:00.000Z', source: { connection: 'parcel', rawCode: `IT${n}` } })));
  readonly load = loader((id) => ({ id: `l${id}`, reference: `L${id}`, stops: Array.from({ length: 2 }, (_, n) => ({ id: `l${id}.${n}`, sequence: n, place: 'Ghent' })) }));
  readonly appointment = loader((id) => ({ id: `a${id}`, dock: '12', start: '2026-11-21T13:00:00.000Z' }));
  readonly exceptions = loader((id) => (Number(id.slice(1)) % 4 === 0 ? [{ id: `x${id}`, title: 'Damaged', severity: 'HIGH' }] : []));

  constructor(readonly principal: BoardPrincipal = anyone) {}
}

function loader<Value>(make: (id: string) => Value): DataLoader<string, Value> {
  return new DataLoader(async (ids) => ids.map(make));
}

@ObjectType('Money', { simpleResolvers: true })
class Money {
  @Field(() => String) amount!: string;
  @Field(() => String) currency!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Order', { simpleResolvers: true })
class Order {
  @Field(() => ID) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => String) state!: string;
  @Field(() => Money) total!: Money;
}

@ObjectType('Source', { simpleResolvers: true })
class Source {
  @Field(() => String) connection!: string;
  @Field(() => String) rawCode!: string;
}

@ObjectType('MilestoneEvent', { simpleResolvers: true })
class MilestoneEvent {
  @Field(() => ID) id!: string;
  @Field(() => String) code!: string;
  @Field(() => String) occurredAt!: string;
  @Field(() => Source) source!: Source;
}

@Directive('@key(fields: "id")')
@ObjectType('Stop', { simpleResolvers: true })
class Stop {
  @Field(() => ID) id!: string;
  @Field(() => Int) sequence!: number;
  @Field(() => String) place!: string;
}

@ObjectType('Load', { simpleResolvers: true })
class Load {
  @Field(() => ID) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => [Stop]) stops!: Stop[];
}

@ObjectType('Appointment', { simpleResolvers: true })
class Appointment {
  @Field(() => ID) id!: string;
  @Field(() => String) dock!: string;
  @Field(() => String) start!: string;
}

@ObjectType('Exception', { simpleResolvers: true })
class Exception {
  @Field(() => ID) id!: string;
  @Field(() => String) title!: string;
  @Field(() => String) severity!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
class Shipment {
  @Field(() => ID) id!: string;
  @Field(() => String) reference!: string;
  @Field(() => String) status!: string;
  @Field(() => [String]) trackingNumbers!: string[];
}

@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
class OrderedShipment {
  @Field(() => ID) id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
class LoadedShipment {
  @Field(() => ID) id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
class WatchedShipment {
  @Field(() => ID) id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Stop', { simpleResolvers: true })
class BookedStop {
  @Field(() => ID) id!: string;
}

@Resolver(() => Shipment)
class Shipments {
  @needs('shipments:read')
  @Query(() => [Shipment], { nullable: true })
  shipments(@Arg('first', () => Int) first: number): Shipment[] {
    return Array.from({ length: first }, (_, n) => ({ id: `s${n}`, reference: `WH/OUT/${n}`, status: 'IN_TRANSIT', trackingNumbers: [`1Z${n}`] }));
  }

  @FieldResolver(() => [MilestoneEvent], { nullable: true })
  milestones(@Root() { id }: Shipment, @Ctx() context: BoardContext, @Arg('first', () => Int) _first: number): Promise<MilestoneEvent[]> {
    return context.milestones.load(id);
  }
}

@Resolver(() => OrderedShipment)
class Orders {
  @needs('orders:read')
  @FieldResolver(() => Order, { nullable: true })
  order(@Root() { id }: OrderedShipment, @Ctx() context: BoardContext): Promise<Order> {
    return context.order.load(id);
  }
}

@Resolver(() => LoadedShipment)
class Loads {
  @needs('shipments:read')
  @FieldResolver(() => Load, { nullable: true })
  load(@Root() { id }: LoadedShipment, @Ctx() context: BoardContext): Promise<Load> {
    return context.load.load(id);
  }
}

@Resolver(() => BookedStop)
class Appointments {
  @FieldResolver(() => Appointment, { nullable: true })
  appointment(@Root() { id }: BookedStop, @Ctx() context: BoardContext): Promise<Appointment> {
    return context.appointment.load(id);
  }
}

@Resolver(() => WatchedShipment)
class Exceptions {
  @needs('exceptions:read')
  @FieldResolver(() => [Exception], { nullable: true })
  exceptions(@Root() { id }: WatchedShipment, @Ctx() context: BoardContext): Promise<Exception[]> {
    return context.exceptions.load(id);
  }
}

/** Every subgraph but the first needs a root field: GraphQL has no schema without. */
@Resolver()
class Versions {
  @Directive('@shareable')
  @Query(() => String)
  version(): string {
    return '1';
  }
}

const byId = (reference: Record<string, unknown>) => ({ id: String(reference.id) });

/** Five subgraphs over data in memory: what is measured is the gateway, hops and loaders, no database. */
export function boardSubgraphs(): Promise<Subgraph[]> {
  return Promise.all([
    buildSubgraph({ name: 'carrier', resolvers: [Shipments, Versions], references: {} }),
    buildSubgraph({ name: 'odoo', resolvers: [Orders, Versions], orphanedTypes: [OrderedShipment], references: { Shipment: byId, Order: byId } }),
    buildSubgraph({ name: 'tms', resolvers: [Loads, Versions], orphanedTypes: [LoadedShipment], references: { Shipment: byId, Stop: byId } }),
    buildSubgraph({ name: 'yard', resolvers: [Appointments, Versions], orphanedTypes: [BookedStop], references: { Stop: byId } }),
    buildSubgraph({ name: 'operations', resolvers: [Exceptions, Versions], orphanedTypes: [WatchedShipment], references: { Shipment: byId } }),
  ]);
}

export const boardQuery = `query Board($first: Int!) {
  shipments(first: $first) {
    id reference status trackingNumbers
    order { id reference state total { amount currency } }
    milestones(first: 3) { id code occurredAt source { connection rawCode } }
    load { reference stops { sequence place appointment { dock start } } }
    exceptions { id title severity }
  }
}`;
