import { Field, ID, ObjectType } from 'type-graphql';
import type { Reader } from '../../auth/reader.js';
import type { LiveFeed } from '../../events/live.js';
import type { FeedCursor, FeedItem } from '../../lib/feed.js';
import { globalId } from '../../lib/ids.js';
import type { GraphContext } from './context.js';
import { RecordFeed, startOf, type FeedEvent, type FeedSource } from './feed.js';

/** What every event of a change has. The record in it is as of now, not as of the change. */
@ObjectType('Change', { simpleResolvers: true })
export abstract class Change {
  @Field(() => String, { description: 'Place in this token’s feed, to resume a subscription from.' }) cursor!: string;
  @Field(() => ID, { description: 'Of the record that changed.' }) id!: string;
  @Field(() => Boolean, { description: 'True once the record is no more: deleted at its source, or merged into another. What leaves the sight of a token is not told of.' }) deleted!: boolean;
}

/** A record that changed, as of now. */
export interface Changed<Item> {
  deleted: boolean;
  record: Item;
}

/** The common fields of a change event of a record of this GraphQL type. */
export function changeOf(type: string, { cursor, id, item }: FeedEvent<Changed<unknown>>, live: LiveFeed): Change {
  return { cursor: live.encode(cursor), id: globalId(type, id), deleted: item.deleted };
}

/** The record, unless it is no more. */
export function standing<Item>({ item }: FeedEvent<Changed<Item>>): Item | null {
  return item.deleted ? null : item.record;
}

/** By the UUID of each row, what it says of its record. */
export function changedRows<Row extends { id: string }, Item>(rows: readonly Row[], isDeleted: (row: Row) => boolean, itemOf: (row: Row) => Item): Map<string, Changed<Item>> {
  return new Map(rows.map((row) => [row.id, { deleted: isDeleted(row), record: itemOf(row) }]));
}

/**
 * Options of a subscription that follows the feed: behind `after`, or from now on.
 * @param source what of the feed is told, made of the filter that the client gives
 */
export function following<Filter extends object, Item>(source: (filter: Filter) => FeedSource<Item>): object {
  return {
    subscribe: async ({ args, context: { reader, live } }: { args: { after?: string | null; filter?: Filter | null }; context: GraphContext }) =>
      new RecordFeed(reader, live, await startOf(live, args.after), source(args.filter ?? ({} as Filter))),
  };
}

/** Most rows of the feed that one query looks at: a filter may let through next to nothing. */
const maxRowsOfQuery = 20_000;

/** A feed as a query reads it: what follows `after`, or the oldest that is kept, the place up to which was looked, and whether something may follow it. */
export async function readFeedFrom<Item>(reader: Reader, live: LiveFeed, after: string | null | undefined, source: FeedSource<Item>, limit: number, maxRows = maxRowsOfQuery): Promise<{ items: FeedItem<FeedEvent<Item>>[]; scanned: FeedCursor; hasMore: boolean }> {
  const feed = new RecordFeed(reader, live, after == null ? live.start : await live.decode(after), source);
  return feed.readWithin(feed.after, limit, maxRows);
}
