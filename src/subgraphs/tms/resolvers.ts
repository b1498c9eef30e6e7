import { Arg, Ctx, Directive, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import type { GraphContext } from '../shared/context.js';
import { checkExactlyOne, loadById, uuidOf } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { lateMinutes } from './clocks.js';
import { tmsLoaders } from './loaders.js';
import { loadByReference, loadPage } from './queries.js';
import { Facility, Load, LoadConnection, LoadFilter, Shipment, ShipmentConnection, Stop, StopConnection, Tender } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(tmsLoaders, context.reader);

@Resolver(() => Load)
export class LoadResolver {
  @needs('loads:read')
  @Query(() => Load, { nullable: true, description: 'One load, by its id or its reference. Null where there is none, or this token may not see it.' })
  async load(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Load | null> {
    checkExactlyOne({ id, reference });
    if (id != null) return loadById(loaders(context).load, 'Load', id, fieldsRead(info, 'Load'));
    return loadByReference(context.reader, reference!, fieldsRead(info, 'Load'));
  }

  @needs('loads:read')
  @Query(() => LoadConnection, { nullable: true, description: 'Those that start last first.' })
  loads(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => LoadFilter, { nullable: true }) filter?: LoadFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Load>> {
    return loadPage(reader, checkFirst(first), after, filter ?? {}, fieldsRead(info, 'Load'));
  }

  @FieldResolver(() => StopConnection, { nullable: true, description: 'In their order.' })
  stops(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Stop>> {
    return pageBelow(loaders(context).stopsOfLoad, uuidOf('Load', load.id), first, after, fieldsRead(info, 'Stop'));
  }

  @FieldResolver(() => Tender, { nullable: true, description: 'Null where it was offered to nobody over EDI, and for who is outside of the company.' })
  tender(@Root() { company, nameKey }: Load, @Ctx() context: GraphContext): Promise<Tender | null> {
    return loaders(context).tender.load({ company, nameKey });
  }

  @needs('shipments:read')
  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'What it carries, as far as that is known and visible. Oldest first.' })
  shipments(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Shipment>> {
    return pageBelow(loaders(context).shipmentsOfLoad, uuidOf('Load', load.id), first, after);
  }
}

@Resolver(() => Stop)
export class StopResolver {
  @needs('loads:read')
  @FieldResolver(() => Load, { nullable: true, description: 'Null where this token sees the stop through a shipment only.' })
  load(@Root() stop: Stop, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Load | null> {
    return loaders(context).load.load(uuidOf('Load', stop.loadId), fieldsRead(info, 'Load'));
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
  loads(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Load>> {
    return pageBelow(loaders(context).loadsOfShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'Load'));
  }

  @needs('shipments:read')
  @FieldResolver(() => StopConnection, { nullable: true, description: 'Stops where it is loaded or unloaded; not the others of its loads.' })
  stops(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Stop>> {
    return pageBelow(loaders(context).stopsOfShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'Stop'));
  }

  @Directive('@requires(fields: "promisedAt estimatedAt deliveredAt")')
  @FieldResolver(() => Int, { nullable: true, description: 'Minutes by which it comes, or came, after the promise; negative: before it. Null where one of the two is not known.' })
  lateBy(@Root() shipment: Shipment): number | null {
    return lateMinutes(shipment);
  }
}
