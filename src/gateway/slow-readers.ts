import type { Writable } from 'node:stream';

/** Close code: not one of the protocol's own, so that clients reconnect. Read too slowly; resume from the last cursor received. */
export const tooSlow = 4410;

/** Longest that more may wait than may, ms. */
const stallMs = 5_000;

/** Of all connections of one server. */
export interface OutputBounds {
  /** Bytes that may wait for a reader before nothing more is sent to it. */
  maxBytes: number;
  /** Those that are held back now. */
  held: Set<BoundedOutput>;
}

export interface Reader {
  /** Whose connection it is, for those who look at who is held back. */
  readonly name: string;
  /** No room was made for a while: to be closed with `tooSlow`. */
  stalled(): void;
}

/**
 * Bounds what waits in memory for one reader. Up to `maxBytes` may wait; beyond it senders wait for `room`.
 * A reader that makes no room for `stallMs` is given up: nothing is dropped in between, and the log gives
 * the rest after its last cursor. One message more than `maxBytes` waits at most, and what other operations
 * of the same connection had on their way.
 */
export class BoundedOutput<Stream extends Writable = Writable> {
  readonly stream: Stream;
  readonly #reader: Reader;
  readonly #bounds: OutputBounds;
  /** Undefined while it is not held back, as nearly all are. */
  #held: { waiting: Array<() => void>; stalled: NodeJS.Timeout; sinceMs: number } | undefined;

  /** @param stream of one connection, below whatever frames its messages */
  constructor(stream: Stream, reader: Reader, bounds: OutputBounds) {
    this.stream = stream;
    this.#reader = reader;
    this.#bounds = bounds;
  }

  hasRoom(): boolean {
    return this.stream.writableLength <= this.#bounds.maxBytes || this.stream.destroyed;
  }

  /** Resolves when there is room, or when the connection has ended. Counts from the first call on. */
  room(): Promise<void> {
    if (this.hasRoom()) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#held !== undefined) {
        this.#held.waiting.push(resolve);
        return;
      }
      this.#held = { waiting: [resolve], stalled: setTimeout(() => this.#reader.stalled(), stallMs), sinceMs: Date.now() };
      this.#bounds.held.add(this);
      this.#look();
    });
  }

  /** What waits for this reader: bytes, and since when it is held back, milliseconds UTC. */
  get waiting(): { reader: string; bytes: number; sinceMs: number } {
    return { reader: this.#reader.name, bytes: this.stream.writableLength, sinceMs: this.#held?.sinceMs ?? 0 };
  }

  /** The connection has ended: nobody waits any more. */
  end(): void {
    this.#letGo();
  }

  /** An empty write is done when everything before it is. */
  #look(): void {
    this.stream.write('', () => {
      if (this.hasRoom()) this.#letGo();
      else this.#look();
    });
  }

  #letGo(): void {
    if (this.#held === undefined) return;
    const { waiting, stalled } = this.#held;
    this.#held = undefined;
    clearTimeout(stalled);
    this.#bounds.held.delete(this);
    for (const resolve of waiting) resolve();
  }
}
