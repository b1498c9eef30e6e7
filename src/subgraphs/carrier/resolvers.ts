import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { feedPage, followFeed, latestCursor, type FedMilestone } from './feed.js';
import { carrierLoaders } from './loaders.js';
import { decodeTimelineCursor, shipmentById, shipmentByReference, shipmentByTrackingNumber, shipmentPage, timelineCursor } from './queries.js';
import { MilestoneEvent, MilestoneEventConnection, MilestoneFilter, Shipment, ShipmentConnection, ShipmentFilter } from './types.js';

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
  ): Promise<Shipment | null> {
    const given = [id, reference, trackingNumber].filter((value) => value != null);
    if (given.length !== 1) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id, reference and trackingNumber.');
    if (id != null) return shipmentById(reader, id);
    if (reference != null) return shipmentByReference(reader, reference);
    return shipmentByTrackingNumber(reader, trackingNumber!);
  }

  @needs('shipments:read')
  @Query(() => ShipmentConnection, { nullable: true, description: 'Newest first.' })
  shipments(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ShipmentFilter, { nullable: true }) filter?: ShipmentFilter,
  ): Promise<Page<Shipment>> {
    return shipmentPage(reader, checkFirst(first), after, filter ?? {});
  }

  @FieldResolver(() => MilestoneEventConnection, { nullable: true, description: 'The timeline, in time order; what was retracted is not in it.' })
  async milestones(
    @Root() shipment: Shipment,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
  ): Promise<Page<MilestoneEvent>> {
    checkFirst(first);
    if (after != null) decodeTimelineCursor(after);
    const events = await loaders(context).timeline.load({ parent: shipment.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(events, first, { after, cursor: timelineCursor, node: (event) => event });
  }

  @FieldResolver(() => MilestoneEvent, { nullable: true, description: 'The latest thing that happened.' })
  lastMilestone(@Root() shipment: Shipment, @Ctx() context: GraphContext): Promise<MilestoneEvent | null> | null {
    return shipment.lastMilestoneId === null ? null : loaders(context).milestone.load(shipment.lastMilestoneId);
  }
}

@Resolver(() => MilestoneEvent)
export class MilestoneResolver {
  @needs('shipments:read')
  @Query(() => MilestoneEventConnection, { nullable: true, description: 'Milestones in the order in which they became visible to this token. endCursor continues in the subscription.' })
  async events(
    @Ctx() { reader, live }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => MilestoneFilter, { nullable: true }) filter?: MilestoneFilter,
  ): Promise<Page<MilestoneEvent>> {
    checkFirst(first);
    const rows = await feedPage(reader, after == null ? { position: 0, ordinal: 0 } : live.decode(after), filter ?? {}, first + 1);
    return pageOf(rows, first, { after, cursor: (row) => live.encode(row.cursor), node: (row) => fedEvent(row) });
  }

  @needs('shipments:read')
  @Query(() => String, { nullable: true, description: 'Cursor of the newest event: subscribe after it to hear only of what comes.' })
  async latestCursor(@Ctx() { reader, live }: GraphContext): Promise<string> {
    return live.encode(await latestCursor(reader));
  }

  @needs('shipments:read')
  @Subscription(() => MilestoneEvent, {
    description: 'Milestones as they become visible. With after, first whatever followed that cursor, then live, without gap or repeat.',
    subscribe: async ({ args, context }: { args: { after?: string | null; filter?: MilestoneFilter | null }; context: GraphContext }) => {
      const { reader, live } = context;
      const end = await latestCursor(reader);
      const after = args.after == null ? end : live.decode(args.after);
      return followFeed(reader, live, after, args.filter ?? {});
    },
  } as never)
  milestones(
    @Root() fed: FedMilestone,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => MilestoneFilter, { nullable: true }) _filter?: MilestoneFilter,
  ): MilestoneEvent {
    return fedEvent(fed);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Place in this token’s feed, to resume a subscription from.' })
  async cursor(@Root() event: MilestoneEvent, @Ctx() context: GraphContext): Promise<string | null> {
    const cursor = fedCursors.get(event) ?? (await loaders(context).cursor.load(event.id));
    return cursor === null ? null : context.live.encode(cursor);
  }

  @FieldResolver(() => Shipment, { nullable: true })
  shipment(@Root() event: MilestoneEvent, @Ctx() context: GraphContext): Promise<Shipment | null> {
    return loaders(context).shipment.load(event.shipmentId);
  }
}

/** The cursor under which an event came out of the feed, so that it is not looked up again. */
const fedCursors = new WeakMap<MilestoneEvent, FedMilestone['cursor']>();

function fedEvent({ event, cursor }: FedMilestone): MilestoneEvent {
  fedCursors.set(event, cursor);
  return event;
}
