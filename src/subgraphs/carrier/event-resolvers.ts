import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { FeedCursor } from '../../lib/feed.js';
import { changeOf, following, readFeedFrom, standing } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, pageOf } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { anyEvent, eventsOf } from './all-events.js';
import { EventConnection, ShipmentChange, ShipmentChangeFilter, Topic, type TopicName } from './event-types.js';
import { milestonesOf, shipmentChangesOf, type FedMilestone, type FedShipment } from './feed.js';
import { carrierLoaders } from './loaders.js';
import { MilestoneEvent, MilestoneFilter } from './types.js';

/** Events of all topics, and the subscriptions to those of shipments. */
@Resolver(() => MilestoneEvent)
export class EventResolver {
  @needs('shipments:read')
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes", "all"])')
  @Query(() => EventConnection, { nullable: true, description: 'Events in the order in which they became visible to this token, as the subscriptions tell of them; without after from the oldest that is kept. endCursor continues here and in every subscription.' })
  async events(
    @Ctx() { reader, live }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => MilestoneFilter, { nullable: true, description: 'Of the milestones.' }) filter?: MilestoneFilter,
    @Arg('topics', () => [Topic], { nullable: true, description: 'Milestones only, where left out.' }) topics?: TopicName[],
  ): Promise<EventConnection> {
    checkFirst(first);
    const { items, scanned, hasMore } = await readFeedFrom(reader, live, after, eventsOf(reader.principal, topics ?? ['MILESTONES'], filter ?? {}), first + 1);
    const { edges, pageInfo } = pageOf(items, first, { after, cursor: (item) => live.encode(item.cursor), node: ({ value }) => value });
    const milestones = edges.flatMap(({ cursor, node: { item, cursor: place } }) => (item.milestone === undefined ? [] : [{ cursor, node: fedEvent(item.milestone, place) }]));
    const isCut = hasMore && items.length <= first;
    // Who asks again and again for what is rare goes on from where nothing was found: its cursor would expire.
    const whereTo = edges.length > 0 && !isCut ? pageInfo : { ...pageInfo, hasNextPage: hasMore, endCursor: live.encode(scanned) };
    return { all: edges.map(({ node }) => anyEvent(node, live)), edges: milestones, nodes: milestones.map(({ node }) => node), pageInfo: whereTo };
  }

  @needs('shipments:read')
  @Query(() => String, { nullable: true, description: 'Where the events end now: read this first, then what there is, then subscribe after it, and nothing falls between.' })
  async latestCursor(@Ctx() { live }: GraphContext): Promise<string> {
    return live.encode(await live.latest());
  }

  @needs('shipments:read')
  @Subscription(() => MilestoneEvent, { description: 'Milestones as they become visible. With after, first whatever followed that cursor, then live, without gap or repeat.', ...following(milestonesOf) } as never)
  milestones(
    @Root() { item, cursor }: FedMilestone,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => MilestoneFilter, { nullable: true }) _filter?: MilestoneFilter,
  ): MilestoneEvent {
    return fedEvent(item, cursor);
  }

  @needs('shipments:read')
  @Subscription(() => ShipmentChange, { description: 'Shipments that became visible or changed.', ...following(shipmentChangesOf) } as never)
  shipmentChanges(
    @Root() fed: FedShipment,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => ShipmentChangeFilter, { nullable: true }) _filter?: ShipmentChangeFilter,
  ): ShipmentChange {
    return { ...changeOf('Shipment', fed, live), shipment: standing(fed) };
  }

  @FieldResolver(() => String, { nullable: true, description: 'Place in this token’s feed, to resume a subscription from.' })
  async cursor(@Root() event: MilestoneEvent, @Ctx() context: GraphContext): Promise<string | null> {
    const cursor = fedCursors.get(event) ?? (await context.loaders.get(carrierLoaders, context.reader).cursor.load(event.id));
    return cursor === null ? null : context.live.encode(cursor);
  }
}

/** The cursor under which an event came out of the feed, so that it is not looked up again. */
const fedCursors = new WeakMap<MilestoneEvent, FeedCursor>();

function fedEvent(event: MilestoneEvent, cursor: FeedCursor): MilestoneEvent {
  fedCursors.set(event, cursor);
  return event;
}
