import { OncePerTurn } from '../../lib/after-turn.js';
import type { FeedCursor } from '../../lib/feed.js';
import { DeliveryTurns } from './delivery-turns.js';
import { Group } from './group.js';
import type { LiveOperation } from './operation.js';
import { Rate } from './rate.js';
import { defaultRetry, type FeedRetry } from './read-feed.js';
import { RecentBudget } from './recent.js';
import type { Following, Subscriber } from './result.js';

/** Bytes of results kept, of all groups together, for those who have almost caught up. */
const recentBytes = 16 * 1024 * 1024;

/** Subscribers of one operation that are sent the same. */
export interface GroupPresence {
  /** Its name in the document, or its root field. */
  operation: string;
  /** What it subscribes to. */
  field: string;
  subscribers: number;
  /** Of these, who has caught up and shares executions. */
  live: number;
  /** Results delivered since the group formed, to all of its subscribers. */
  delivered: number;
  deliveredPerSecond: number;
  /** Bytes of these results. */
  bytes: number;
  bytesPerSecond: number;
}

/** All subscriptions of this process that read a feed: one execution per group and event, and one loading of rows for groups of equal rights. */
export class LiveHub {
  readonly #groups = new Map<string, Group>();
  readonly #budget = new RecentBudget(recentBytes);
  readonly #retry: FeedRetry;
  readonly #contexts = new OncePerTurn<object>();
  readonly #turns = new DeliveryTurns();
  readonly #turnsBehind = new DeliveryTurns();

  constructor(retry: FeedRetry = defaultRetry) {
    this.#retry = retry;
  }

  /** Delivers what follows `after`, in order, each once. */
  subscribe(operation: LiveOperation, subscriber: Subscriber, after: FeedCursor = operation.feed.after): Following {
    const { key } = operation;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new Group(operation, { budget: this.#budget, retry: this.#retry, contexts: this.#contexts, turns: this.#turns, turnsBehind: this.#turnsBehind, delivered: { results: new Rate(), bytes: new Rate() }, empty: () => this.#groups.delete(key) });
      this.#groups.set(key, group);
    }
    return group.add(subscriber, after);
  }

  /** Who watches what now, the largest groups first. */
  presence(): GroupPresence[] {
    return [...this.#groups.values()]
      .map(({ operation: { name, field }, members, joined, delivered: { results, bytes } }) => ({
        operation: name, field, subscribers: members.size, live: joined, delivered: results.total, deliveredPerSecond: results.perSecond, bytes: bytes.total, bytesPerSecond: bytes.perSecond,
      }))
      .sort((a, b) => b.subscribers - a.subscribers);
  }
}
