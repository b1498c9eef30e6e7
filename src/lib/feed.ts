/** A place in the feed: position in the log, and an ordinal among what became visible there. */
export interface FeedCursor {
  position: number;
  ordinal: number;
}

export interface FeedItem<T> {
  cursor: FeedCursor;
  value: T;
}

/**
 * A log that a subscription follows: readable from any cursor by any number of readers, so that several
 * subscribers can share one reading. What a subscription's resolver returns; also an AsyncIterable for
 * executors that know nothing of it.
 */
export interface Feed<T> extends AsyncIterable<T> {
  /** What was asked for begins behind this. */
  readonly after: FeedCursor;
  /** Up to `limit` items behind `after` in order, and the place up to which was looked (≥ the last item). */
  read(after: FeedCursor, limit: number): Promise<{ items: FeedItem<T>[]; scanned: FeedCursor }>;
  /** Resolves when there may be more, or when `signal` aborts. */
  wake(signal: AbortSignal): Promise<void>;
  /** As clients hold it. */
  encode(cursor: FeedCursor): string;
}

export function isFeed(value: unknown): value is Feed<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { after, read, wake, encode } = value as Partial<Feed<unknown>>;
  return typeof after === 'object' && typeof read === 'function' && typeof wake === 'function' && typeof encode === 'function' && Symbol.asyncIterator in value;
}

/** Less than 0 where `a` comes before `b`, 0 where they are the same place, more than 0 where it comes after. */
export function compareCursors(a: FeedCursor, b: FeedCursor): number {
  return a.position - b.position || a.ordinal - b.ordinal;
}
