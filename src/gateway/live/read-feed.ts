import { GatehouseError } from '../../lib/errors.js';
import type { Feed, FeedCursor } from '../../lib/feed.js';
import { pause } from '../../lib/pause.js';

export interface FeedRetry {
  /** Reads that may fail in a row before the failure is the subscription's. */
  maxFailures: number;
  pauseMs: number;
}

export const defaultRetry: FeedRetry = { maxFailures: 120, pauseMs: 1000 };

/**
 * Reads a page. A database that restarts must not end a stream: what fails is tried again, for a while.
 * @throws what reading failed with last; a GatehouseError at once, for it is about the request
 */
export async function readFeed<T>(feed: Feed<T>, after: FeedCursor, limit: number, signal: AbortSignal, retry: FeedRetry): Promise<Awaited<ReturnType<Feed<T>['read']>>> {
  for (let failures = 1; ; failures++) {
    try {
      return await feed.read(after, limit);
    } catch (error) {
      if (error instanceof GatehouseError || failures > retry.maxFailures || signal.aborted) throw error;
      await pause(retry.pauseMs, signal);
    }
  }
}
