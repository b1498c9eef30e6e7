import { compareCursors, type FeedCursor } from '../../lib/feed.js';
import type { LiveResult } from './result.js';

/** Results of one group that are kept. */
const maxResults = 256;
/** Longest that a result is handed to those who come later, ms: rights may have changed since it was made. */
export const freshMs = 1000;

export function isFresh({ madeMs }: Pick<LiveResult, 'madeMs'>, nowMs = performance.now()): boolean {
  return madeMs >= nowMs - freshMs;
}

/** What one group delivered last, without a gap: for those who have almost caught up with it. */
export class RecentResults {
  readonly #budget: RecentBudget;
  #results: LiveResult[] = [];
  #start: FeedCursor;

  constructor(budget: RecentBudget, start: FeedCursor) {
    this.#budget = budget;
    this.#start = start;
  }

  /** Up to where the group has delivered, as far as this knows. */
  get end(): FeedCursor {
    return this.#results.at(-1)?.cursor ?? this.#start;
  }

  /** What follows `after`; undefined where it reaches further back than what is kept and still fresh. */
  since(after: FeedCursor, nowMs: number): readonly LiveResult[] | undefined {
    if (compareCursors(after, this.#start) < 0) return undefined;
    let from = this.#results.length;
    while (from > 0 && compareCursors(this.#results[from - 1]!.cursor, after) > 0) from--;
    if (from < this.#results.length && !isFresh(this.#results[from]!, nowMs)) return undefined;
    return this.#results.slice(from);
  }

  push(result: LiveResult): void {
    this.#results.push(result);
    if (this.#results.length > maxResults) this.forget(this.#results[0]!);
    this.#budget.add(this, result);
  }

  /** Nothing is kept any more; what comes begins behind `start`. */
  restart(start: FeedCursor): void {
    this.#results = [];
    this.#start = start;
  }

  /** Forgets the oldest, where it is this one. */
  forget(result: LiveResult): void {
    if (this.#results[0] !== result) return;
    this.#results.shift();
    this.#start = result.cursor;
  }
}

/** Bounds the bytes that are kept of all groups together: the oldest result goes first, whosever it is. */
export class RecentBudget {
  readonly #maxBytes: number;
  #kept: Array<{ of: RecentResults; result: LiveResult } | undefined> = [];
  #first = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A result that its group has forgotten counts until its turn comes. */
  add(of: RecentResults, result: LiveResult): void {
    this.#kept.push({ of, result });
    this.#bytes += result.body.length;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#kept[this.#first]!;
      this.#kept[this.#first++] = undefined; // what is forgotten is held no longer
      this.#bytes -= oldest.result.body.length;
      oldest.of.forget(oldest.result);
    }
    if (this.#first < 1024 || this.#first * 2 < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }
}
