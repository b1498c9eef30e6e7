import { GatehouseError } from '../../lib/errors.js';
import type { Feed, FeedItem } from '../../lib/feed.js';
import { pause } from '../../lib/pause.js';

const pageSize = 100;
/** Reads that may fail in a row, one every `retryMs`, before the stream ends with the error. */
const maxFailures = 120;
const retryMs = 1000;

/**
 * The feed from `feed.after` on, for as long as the reader wants it: what was missed first, then what
 * comes, in one order and without a seam, because both are read from the same place.
 * An iterator written by hand: a generator that waits cannot be closed from outside.
 */
export function followFeed<T>(feed: Feed<T>): AsyncIterableIterator<T> {
  const abort = new AbortController();
  let scanned = feed.after;
  let failures = 0;
  let page: FeedItem<T>[] = [];
  /** At most one at a time, however many pages are read meanwhile. */
  let woken: Promise<void> | undefined;

  async function next(): Promise<IteratorResult<T>> {
    while (!abort.signal.aborted) {
      const item = page.shift();
      if (item !== undefined) return { done: false, value: item.value };
      woken ??= feed.wake(abort.signal); // before the read, so that a wake-up during it is not missed
      try {
        ({ items: page, scanned } = await feed.read(scanned, pageSize));
        failures = 0;
      } catch (error) {
        // A database that restarts must not end the stream: the place in the feed is kept.
        if (++failures > maxFailures || error instanceof GatehouseError) throw error;
        // What woke this reader is still unread and may wake it no more.
        await pause(retryMs, abort.signal);
        continue;
      }
      if (page.length > 0) continue;
      await woken;
      woken = undefined;
    }
    return { done: true, value: undefined };
  }

  let turn: Promise<unknown> = Promise.resolve();
  return {
    next() {
      const mine = turn.then(next);
      turn = mine.catch(() => {});
      return mine;
    },
    async return() {
      abort.abort();
      return { done: true, value: undefined };
    },
    async throw(error) {
      abort.abort();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
