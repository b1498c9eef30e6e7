import { z } from 'zod';
import { outsideUrl, pinnedLookup, RefusedAddress } from '../../../connectors/webhook.js';
import { GatehouseError } from '../../../lib/errors.js';
import { compareCursors, type FeedCursor } from '../../../lib/feed.js';
import { classifiers } from '../../../model/milestones.js';
import { webhookTopics, type WebhookInterest, type WebhookRange } from '../../../model/webhook.js';
import type { Principal } from '../../../auth/principal.js';
import type { TaskContext } from '../context.js';
import { bounds } from './policy.js';
import { before, NotAllowed, readTold } from './told-events.js';

/** How long a name is looked up when an endpoint is registered, ms. */
const lookUpMs = 5_000;

/**
 * Refuses an address that would never be called, with words for who set it. When something is sent the address is
 * looked up and judged anew.
 * @throws GatehouseError BAD_INPUT
 */
export async function checkUrl(tasks: Pick<TaskContext, 'allowedNetworks'>, text: string, { secureOnly }: { secureOnly: boolean }): Promise<void> {
  if (text.length > 2_000) throw new GatehouseError('BAD_INPUT', 'url takes 2000 characters at most.', { field: 'url' });
  try {
    const url = outsideUrl(text);
    if (secureOnly && url.protocol !== 'https:') throw new RefusedAddress('The address is not https: what is sent could be read on its way.');
    await Promise.race([pinnedLookup(url, tasks.allowedNetworks), new Promise((_, reject) => setTimeout(() => reject(new RefusedAddress('The name of the host could not be looked up.')), lookUpMs).unref())]);
  } catch (error) {
    if (error instanceof RefusedAddress) throw new GatehouseError('BAD_INPUT', error.message, { field: 'url' });
    if (/^(ENOTFOUND|EAI_AGAIN)$/.test((error as { code?: string }).code ?? '')) throw new GatehouseError('BAD_INPUT', 'The name of the host is not known.', { field: 'url' });
    throw error;
  }
}

/**
 * Refuses topics that the owner may not read, and filters that name nothing, by reading for it.
 * @throws GatehouseError BAD_INPUT, FORBIDDEN
 */
export async function checkInterest(tasks: TaskContext, principal: Principal, interest: WebhookInterest): Promise<void> {
  if (interest.topics.length === 0) throw new GatehouseError('BAD_INPUT', 'topics names at least one topic.', { field: 'topics' });
  const unknown = interest.topics.find((topic) => !(webhookTopics as readonly string[]).includes(topic));
  if (unknown !== undefined) throw new GatehouseError('BAD_INPUT', `There is no topic ${unknown}. Topics: ${webhookTopics.join(', ')}.`, { field: 'topics' });
  checkFilter(interest.filter);
  const live = await tasks.graph.live();
  try {
    await readTold(tasks.graph, principal, interest, live.end, 1);
  } catch (error) {
    if (error instanceof NotAllowed) throw new GatehouseError(error.code, error.message, { field: error.code === 'FORBIDDEN' ? 'topics' : 'filter' });
    throw error;
  }
}

const filterSchema = z.strictObject({ shipmentId: z.string().max(200).optional(), codes: z.array(z.string().max(100)).max(100).optional(), classifiers: z.array(z.enum(classifiers)).optional() });

function checkFilter(filter: WebhookInterest['filter']): void {
  const parsed = filterSchema.safeParse(filter);
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', `${['filter', ...parsed.error.issues[0]!.path].join('.')}: ${parsed.error.issues[0]!.message}`, { field: 'filter' });
}

export function checkDescription(description: string): string {
  if (description.length > 500) throw new GatehouseError('BAD_INPUT', 'description takes 500 characters at most.', { field: 'description' });
  return description;
}

/** @throws GatehouseError BAD_INPUT */
export function checkBound(name: 'concurrency' | 'perMinute', value: number | null | undefined): number | undefined {
  if (value == null) return undefined;
  if (!Number.isInteger(value) || value < 1 || value > bounds[name]) throw new GatehouseError('BAD_INPUT', `${name} takes 1 to ${bounds[name]}.`, { field: name });
  return value;
}

/**
 * A range as places of the feed: from behind the first up to the second.
 * @throws GatehouseError BAD_INPUT; CURSOR_EXPIRED where the feed no longer goes back so far
 */
export async function placesOf(tasks: TaskContext, range: WebhookRange): Promise<{ from: FeedCursor; to: FeedCursor }> {
  const live = await tasks.graph.live();
  if (range.fromCursor == null && range.from == null) throw new GatehouseError('BAD_INPUT', 'Say from where on: a cursor, or a time.', { field: 'from' });
  const from = range.fromCursor != null ? await live.decode(range.fromCursor) : await placeAt(tasks, range.from!, 'from');
  const to = range.toCursor != null ? await live.decode(range.toCursor) : range.to != null ? await placeAt(tasks, range.to, 'to') : await live.latest();
  live.checkKept(from);
  if (compareCursors(from, to) >= 0) throw new GatehouseError('BAD_INPUT', 'The range ends before it begins.', { field: 'to' });
  return { from, to };
}

/** The place before everything that was recorded at this time or later. Positions rise with the time of recording, but for what was recorded at the same moment. */
async function placeAt({ database }: Pick<TaskContext, 'database'>, time: string, field: string): Promise<FeedCursor> {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new GatehouseError('BAD_INPUT', `${field} is no time. Write it as 2026-11-21T08:00:00Z.`, { field });
  const head = await database.kysely.selectFrom('log_head').select('position').executeTakeFirstOrThrow();
  let [low, high] = [1, head.position + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await database.kysely.selectFrom('event').select(['position', 'recorded_at']).where('position', '>=', middle).orderBy('position').limit(1).executeTakeFirst();
    if (row === undefined || Date.parse(row.recorded_at) >= ms) high = middle;
    else low = row.position + 1;
  }
  return before({ position: low, ordinal: 0 });
}
