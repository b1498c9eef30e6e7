import { compareCursors, type Feed, type FeedCursor, type FeedItem } from '../../../src/lib/feed.js';

/** A log in memory, numbered from 1. */
export class MemoryLog<Value> {
  readonly #items: Array<FeedItem<Value>> = [];
  #sleeping = new Set<() => void>();
  /** Pages read so far. */
  reads = 0;

  /** Forgets values once this many are kept; their cursors stay. */
  readonly #kept: number;

  constructor(kept = Number.POSITIVE_INFINITY) {
    this.#kept = kept;
  }

  get end(): FeedCursor {
    return this.#items.at(-1)?.cursor ?? { position: 0, ordinal: 0 };
  }

  append(...values: Value[]): void {
    for (const value of values) this.#items.push({ cursor: { position: this.end.position + 1, ordinal: 0 }, value });
    if (this.#items.length > 2 * this.#kept) this.#items.splice(0, this.#items.length - this.#kept);
    const woken = this.#sleeping;
    this.#sleeping = new Set();
    for (const wake of woken) wake();
  }

  feed(after: string | null | undefined, takes: (value: Value) => boolean = () => true): Feed<Value> {
    const read = async (from: FeedCursor, limit: number) => {
      this.reads++;
      const first = this.#items.findLastIndex(({ cursor }) => compareCursors(cursor, from) <= 0) + 1;
      const items: FeedItem<Value>[] = [];
      for (const item of this.#items.slice(first)) {
        if (takes(item.value)) items.push(item);
        if (items.length === limit) return { items, scanned: item.cursor };
      }
      return { items, scanned: compareCursors(this.end, from) > 0 ? this.end : from };
    };
    const wake = (signal: AbortSignal) => new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      this.#sleeping.add(resolve);
      signal.addEventListener('abort', () => {
        this.#sleeping.delete(resolve);
        resolve();
      }, { once: true });
    });
    const start = after == null ? this.end : { position: Number(after), ordinal: 0 };
    return { after: start, read, wake, encode: ({ position }) => String(position), [Symbol.asyncIterator]: () => oneByOne(start, read, wake) };
  }
}

/** For executors that know nothing of feeds. */
function oneByOne<Value>(start: FeedCursor, read: Feed<Value>['read'], wake: Feed<Value>['wake']): AsyncIterableIterator<Value> {
  const abort = new AbortController();
  let at = start;
  const waiting: Value[] = [];
  return {
    async next() {
      while (!abort.signal.aborted) {
        if (waiting.length > 0) return { done: false, value: waiting.shift()! };
        const woken = wake(abort.signal);
        const page = await read(at, 100);
        at = page.scanned;
        waiting.push(...page.items.map(({ value }) => value));
        if (waiting.length === 0) await woken;
      }
      return { done: true, value: undefined };
    },
    async return() {
      abort.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
