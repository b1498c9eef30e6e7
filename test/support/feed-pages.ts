import type { Reader } from '../../src/auth/reader.js';
import type { LiveFeed } from '../../src/events/live.js';
import type { FeedCursor } from '../../src/lib/feed.js';
import { milestonesOf, type FedMilestone } from '../../src/subgraphs/carrier/feed.js';
import { RecordFeed } from '../../src/subgraphs/shared/feed.js';

/** Up to `limit` milestones behind `after`, as `reader` meets them. */
export async function feedPage(reader: Reader, live: LiveFeed, after: FeedCursor, limit: number): Promise<FedMilestone[]> {
  const { items } = await new RecordFeed(reader, live, after, milestonesOf({})).read(after, limit);
  return items.map((item) => item.value);
}
