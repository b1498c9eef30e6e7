import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import type { GraphContext } from '../shared/context.js';
import { checkExactlyOne } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { carrierLoaders } from './loaders.js';
import { shipmentById, shipmentByReference, shipmentByTrackingNumber, shipmentPage } from './queries.js';
import { MilestoneEvent, MilestoneEventConnection, MilestoneSource, Shipment, ShipmentConnection, ShipmentFilter } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(carrierLoaders, context.reader);

@Resolver(() => Shipment)
export class ShipmentResolver {
  @needs('shipments:read')
  @Query(() => Shipment, { nullable: true, description: 'One shipment, by exactly one of its names. Null where there is none, or this token may not see it.' })
  async shipment(
    @Ctx() { reader }: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('reference', () => String, { nullable: true }) reference?: string,
    @Arg('trackingNumber', () => String, { nullable: true }) trackingNumber?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Shipment | null> {
    const fields = fieldsRead(info, 'Shipment');
    checkExactlyOne({ id, reference, trackingNumber });
    if (id != null) return shipmentById(reader, id, fields);
    if (reference != null) return shipmentByReference(reader, reference, fields);
    return shipmentByTrackingNumber(reader, trackingNumber!, fields);
  }

  @needs('shipments:read')
  @Query(() => ShipmentConnection, { nullable: true, description: 'Newest first.' })
  shipments(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ShipmentFilter, { nullable: true }) filter?: ShipmentFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Shipment>> {
    return shipmentPage(reader, checkFirst(first), after, filter ?? {}, fieldsRead(info, 'Shipment'));
  }

  @FieldResolver(() => MilestoneEventConnection, { nullable: true, description: 'The timeline, in time order; what was retracted is not in it.' })
  async milestones(
    @Root() shipment: Shipment,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Page<MilestoneEvent>> {
    return pageBelow(loaders(context).timeline, shipment.uuid, first, after, fieldsRead(info, 'MilestoneEvent'));
  }

  @FieldResolver(() => MilestoneEvent, { nullable: true, description: 'The latest thing that happened.' })
  lastMilestone(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<MilestoneEvent | null> | null {
    return shipment.lastMilestoneId === null ? null : loaders(context).milestone.load(shipment.lastMilestoneId, fieldsRead(info, 'MilestoneEvent'));
  }
}

@Resolver(() => MilestoneSource)
export class MilestoneSourceResolver {
  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  rawText(@Root() source: MilestoneSource, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('message', source.rawId ?? 'unknown', source.text);
  }
}

@Resolver(() => MilestoneEvent)
export class MilestoneResolver {
  @FieldResolver(() => Shipment, { nullable: true })
  shipment(@Root() event: MilestoneEvent, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Shipment | null> {
    return loaders(context).shipment.load(event.shipmentId, fieldsRead(info, 'Shipment'));
  }
}
