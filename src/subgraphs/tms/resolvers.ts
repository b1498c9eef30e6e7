import { Arg, Ctx, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { detentionOf, lateMinutes } from './clocks.js';
import { sequenceOf, stopPlace, tmsLoaders } from './loaders.js';
import { loadByReference, loadPage } from './queries.js';
import { Detention, Facility, Load, LoadConnection, LoadFilter, Shipment, ShipmentConnection, Stop, StopConnection, Visit } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(tmsLoaders, context.reader);

@Resolver(() => Load)
export class LoadResolver {
  @needs('loads:read')
  @Query(() => Load, { nullable: true, description: 'One load, by its id or its reference. Null where there is none, or this token may not see it.' })
  async load(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
  ): Promise<Load | null> {
    if ((id == null) === (reference == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id and reference.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Load', id);
      return uuid === null ? null : loaders(context).load.load(uuid);
    }
    return loadByReference(context.reader, reference!);
  }

  @needs('loads:read')
  @Query(() => LoadConnection, { nullable: true, description: 'Those that start last first.' })
  loads(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => LoadFilter, { nullable: true }) filter?: LoadFilter,
  ): Promise<Page<Load>> {
    return loadPage(reader, checkFirst(first), after, filter ?? {});
  }

  @FieldResolver(() => StopConnection, { nullable: true, description: 'In their order.' })
  async stops(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Stop>> {
    checkFirst(first);
    if (after != null) sequenceOf(after);
    const stops = await loaders(context).stopsOfLoad.load({ parent: uuidOf('Load', load.id), after: after ?? null, limit: first + 1 });
    return pageOf(stops, first, { after, cursor: (stop) => encodeCursor(String(stop.sequence)), node: (stop) => stop });
  }

  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'What it carries, as far as that is known and visible. Oldest first.' })
  async shipments(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Shipment>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [cursorPatterns.uuid]);
    const shipments = await loaders(context).shipmentsOfLoad.load({ parent: uuidOf('Load', load.id), after: after ?? null, limit: first + 1 });
    return pageOf(shipments, first, { after, cursor: (shipment) => encodeCursor(shipment.uuid), node: (shipment) => shipment });
  }
}

@Resolver(() => Stop)
export class StopResolver {
  @needs('loads:read')
  @FieldResolver(() => Load, { nullable: true, description: 'Null where this token sees the stop through a shipment only.' })
  load(@Root() stop: Stop, @Ctx() context: GraphContext): Promise<Load | null> {
    return loaders(context).load.load(uuidOf('Load', stop.loadId));
  }

  @Directive('@provides(fields: "name")')
  @FieldResolver(() => Facility, { nullable: true, description: 'The facility of the yard that has the code which the stop names.' })
  facility(@Root() { company, facilityCode: code }: Stop, @Ctx() context: GraphContext): Promise<Facility | null> | null {
    return code === null ? null : loaders(context).facility.load({ company, code });
  }
}

@Resolver(() => Shipment)
export class ShipmentTransportResolver {
  @needs('loads:read')
  @FieldResolver(() => LoadConnection, { nullable: true, description: 'Loads that carry it.' })
  async loads(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Load>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [cursorPatterns.uuid]);
    const loads = await loaders(context).loadsOfShipment.load({ parent: uuidOf('Shipment', shipment.id), after: after ?? null, limit: first + 1 });
    return pageOf(loads, first, { after, cursor: (load) => encodeCursor(load.uuid), node: (load) => load });
  }

  @needs('shipments:read')
  @FieldResolver(() => StopConnection, { nullable: true, description: 'Stops where it is loaded or unloaded; not the others of its loads.' })
  async stops(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Stop>> {
    checkFirst(first);
    if (after != null) stopPlace(after);
    const stops = await loaders(context).stopsOfShipment.load({ parent: uuidOf('Shipment', shipment.id), after: after ?? null, limit: first + 1 });
    return pageOf(stops, first, { after, cursor: (stop) => encodeCursor(stop.loadUuid, String(stop.sequence)), node: (stop) => stop });
  }

  @Directive('@requires(fields: "promisedAt estimatedAt deliveredAt")')
  @FieldResolver(() => Int, { nullable: true, description: 'Minutes by which it comes, or came, after the promise; negative: before it. Null where one of the two is not known.' })
  lateBy(@Root() shipment: Shipment): number | null {
    return lateMinutes(shipment);
  }
}

@Resolver(() => Visit)
export class VisitDetentionResolver {
  @needs('yard:read')
  @Directive('@requires(fields: "checkedInAt checkedOutAt appointment { startsAt }")')
  @FieldResolver(() => Detention, { nullable: true, description: 'Null before check-in. Two hours are free.' })
  detention(@Root() visit: Visit): Detention | null {
    return detentionOf(visit, Date.now());
  }
}

function uuidOf(type: string, id: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', `${id.slice(0, 100)} is no id of a ${type}.`);
  return uuid;
}
