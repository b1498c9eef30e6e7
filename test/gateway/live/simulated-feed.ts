import type { ExecutionResult } from 'graphql';
import type { LiveOperation } from '../../../src/gateway/live/operation.js';
import type { Result, Subscriber } from '../../../src/gateway/live/result.js';
import { compareCursors, type Feed, type FeedCursor, type FeedItem } from '../../../src/lib/feed.js';

/** Work that a test lets go on in whatever order it likes. */
export class Turns {
  readonly #waiting: Array<() => void> = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when its turn comes. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives the turn to the one that stands at `index`, modulo how many wait. */
  async give(index: number): Promise<void> {
    if (this.#waiting.length > 0) this.#waiting.splice(index % this.#waiting.length, 1)[0]!();
    await settled();
  }

  /** Gives all that wait now their turn at once. */
  async giveTogether(): Promise<void> {
    for (const next of this.#waiting.splice(0)) next();
    await settled();
  }

  async giveAll(): Promise<void> {
    do await this.give(0);
    while (this.#waiting.length > 0);
  }
}

/** What follows without waiting for anything has been done. */
export const settled = () => new Promise<void>((next) => setImmediate(next));

/** A log in memory; each of its feeds gives the numbers that its filter takes. */
export class SimulatedLog {
  readonly items: Array<FeedItem<number>> = [];
  readonly #turns: Turns;
  readonly #sleeping = new Set<() => void>();
  failingReads = 0;
  executed = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  get end(): FeedCursor {
    return this.items.at(-1)?.cursor ?? { position: 0, ordinal: 0 };
  }

  /** Several become visible at one position. */
  append(count: number): void {
    const position = this.end.position + 1;
    for (let ordinal = 0; ordinal < count; ordinal++) this.items.push({ cursor: { position, ordinal }, value: this.items.length });
    for (const wake of this.#sleeping) wake();
    this.#sleeping.clear();
  }

  after(cursor: FeedCursor, takes: (value: number) => boolean): number[] {
    return this.items.filter((item) => compareCursors(item.cursor, cursor) > 0 && takes(item.value)).map(({ value }) => value);
  }

  /** @param rights of who asks; groups of equal rights share contexts */
  operation(key: string, takes: (value: number) => boolean, rights = ''): LiveOperation {
    return {
      key,
      field: 'numbers',
      name: key,
      feed: this.#feed(takes),
      rights,
      renew: () => ({}),
      execute: (events) => events.map(async (value): Promise<ExecutionResult> => {
        this.executed++;
        await this.#turns.turn();
        return { data: { value } };
      }),
    };
  }

  #feed(takes: (value: number) => boolean): Feed<number> {
    return {
      after: this.end,
      read: async (after, limit) => {
        await this.#turns.turn();
        if (this.failingReads > 0) {
          this.failingReads--;
          throw new Error('the database is away');
        }
        const items = this.items.filter((item) => compareCursors(item.cursor, after) > 0 && takes(item.value)).slice(0, limit);
        const scanned = items.length === limit ? items.at(-1)!.cursor : this.end;
        return { items, scanned: compareCursors(scanned, after) > 0 ? scanned : after };
      },
      wake: (signal) => new Promise((resolve) => {
        this.#sleeping.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
      encode: ({ position, ordinal }) => `${position}.${ordinal}`,
      [Symbol.asyncIterator]() {
        throw new Error('the hub reads pages');
      },
    };
  }
}

/** A client that takes results while it has room. */
export class SimulatedSubscriber implements Subscriber {
  readonly received: number[] = [];
  readonly bodies: Buffer[] = [];
  failure: unknown;
  /** How many more fit. */
  places = Number.POSITIVE_INFINITY;
  overfilled = false;
  #waiting: Array<() => void> = [];

  deliver({ body }: Result): void {
    if (this.places <= 0) this.overfilled = true;
    this.places--;
    this.bodies.push(body);
    this.received.push((JSON.parse(body.toString()) as { data: { value: number } }).data.value);
  }

  hasRoom(): boolean {
    return this.places > 0;
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  makeRoom(places: number): void {
    this.places = places;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  fail(error: unknown): void {
    this.failure = error;
  }

  complete(): void {
    throw new Error('a feed has no end');
  }
}
