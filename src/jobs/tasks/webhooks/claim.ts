import { sql } from 'kysely';
import type { DeliveryRow, EndpointRow } from '../../../events/webhooks.js';
import { GatehouseError } from '../../../lib/errors.js';
import { compareCursors } from '../../../lib/feed.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { interestOf } from './intake.js';
import { pageSize } from './policy.js';
import { isRevoked, principalOfEndpoint } from './rights.js';
import { before, NotAllowed, readTold, type ToldEvent } from './told-events.js';

/** A delivery that its holder sends now. */
export type Claimed = Pick<DeliveryRow, 'sequence' | 'position' | 'ordinal' | 'note' | 'event_id' | 'type' | 'subject' | 'happened_at' | 'attempts'>;

const unsent = sql`('WAITING', 'SENDING')`;

/** True of a delivery `d` before which nothing of its shipment is unsent. offset 0: looked up by the index for each, however many the planner takes them to be; joined, it is each with each. */
const isFirst = sql<boolean>`not exists (select from webhook_delivery b where b.endpoint = d.endpoint and b.order_key = d.order_key and b.sequence < d.sequence and b.state in ${unsent} offset 0)`;

/**
 * Takes what is due, the longest due first: of one shipment only the first that is not done, and only by who holds the
 * endpoint, while it is active and its owner's rights stand.
 */
export async function claimDue(db: Queryable, endpoint: string, holder: string, limit: number): Promise<Claimed[]> {
  const { rows } = await sql<Claimed>`
    with due as (
      select d.sequence from webhook_delivery d
      where d.endpoint = ${endpoint}::uuid and d.state = 'WAITING' and d.next_at <= clock_timestamp()
        and ${isFirst}
        and exists (select from webhook_endpoint e where e.id = ${endpoint}::uuid and e.holder = ${holder}::uuid and e.state = 'ACTIVE' and e.rights_until > clock_timestamp() and not ${isRevoked})
      order by d.next_at, d.sequence limit ${limit}
    )
    update webhook_delivery d set state = 'SENDING', lease = ${holder}::uuid, attempts = d.attempts + 1 from due where d.sequence = due.sequence and d.state = 'WAITING'
    returning d.sequence, d.position, d.ordinal, d.note, d.event_id, d.type, d.subject, d.happened_at, d.attempts`.execute(db);
  return rows.sort((a, b) => a.sequence - b.sequence);
}

/** Milliseconds until the next delivery is due that is first of its shipment; null where none waits. */
export async function msToNextDue(db: Queryable, endpoint: string): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select ceil(extract(epoch from min(d.next_at) - clock_timestamp()) * 1000)::float8 as ms from webhook_delivery d
    where d.endpoint = ${endpoint}::uuid and d.state = 'WAITING' and ${isFirst}`.execute(db);
  return rows[0]!.ms === null ? null : Math.max(1, Number(rows[0]!.ms));
}

/**
 * What each delivery tells, as its owner sees it now; none for what the owner no longer sees, or the feed no longer
 * holds. What follows one another in the feed is read at once.
 */
export async function readClaimed(tasks: TaskContext, endpoint: EndpointRow, claimed: readonly Claimed[]): Promise<Map<number, ToldEvent>> {
  const principal = principalOfEndpoint(endpoint);
  const found = new Map<number, ToldEvent>();
  let rest = claimed.filter((each): each is Claimed & { position: number; ordinal: number } => each.position !== null && each.ordinal !== null).sort(compareCursors);
  while (rest.length > 0) {
    const first = rest[0]!;
    try {
      const page = await readTold(tasks.graph, principal, interestOf(endpoint), before(first), Math.min(pageSize, rest.length));
      for (const each of rest) {
        const event = page.events.find(({ place, id }) => compareCursors(place, each) === 0 && id === each.event_id);
        if (event !== undefined) found.set(each.sequence, event);
      }
      // What lies within the page and is not on it is not seen any more.
      rest = page.hasMore ? rest.filter((each) => compareCursors(each, page.scanned) > 0) : [];
    } catch (error) {
      if (error instanceof NotAllowed) return found;
      if (!(error instanceof GatehouseError) || error.code !== 'CURSOR_EXPIRED') throw error;
      rest = rest.slice(1);
    }
  }
  return found;
}
