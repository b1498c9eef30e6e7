import type { FeedCursor } from '../../lib/feed.js';

/** One event's result, made once for all who share it. */
export interface Result {
  /** Its cursor as clients hold it; undefined where its source has none. */
  readonly id: string | undefined;
  /** The execution result as JSON, UTF-8. */
  readonly body: Buffer;
  /**
   * Bytes that a way in made of `body` last, with what they were made for: those who need the same take them.
   * Ways in fill it; it is theirs alone. WebSockets know theirs by the operation's id, which clients choose: no
   * other way in may know its own by a text.
   */
  made?: { readonly by: string | symbol; readonly bytes: Buffer };
}

/** A result that has a place in a feed. */
export interface LiveResult extends Result {
  readonly id: string;
  readonly cursor: FeedCursor;
  /** When it was executed, by performance.now. */
  readonly madeMs: number;
  /** Whether something is missing in it because the database did not answer: told like this, nobody would be told the rest. */
  readonly isIncomplete: boolean;
}

/** A subscription that is being served. */
export interface Following {
  /** Ends it: nothing is delivered after that. May be called again. */
  leave(): void;
}

/** Where results go: one operation of one client. */
export interface Subscriber {
  /** Sends, or keeps to send, at once. Called in the order of cursors, never after it was left. */
  deliver(result: Result): void;
  /** Whether more may be sent: false while more waits for the client than it may. */
  hasRoom(): boolean;
  /** Resolves when there is room, or when there will be no more because the connection ends. */
  room(): Promise<void>;
  /** The operation failed and is over. */
  fail(error: unknown): void;
  /** Its source has ended. */
  complete(): void;
}
