import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import { GatehouseError } from '../lib/errors.js';
import { compareCursors, type FeedCursor } from '../lib/feed.js';
import { sha256, uuidv7 } from '../lib/ids.js';
import type { LiveBus } from './live-bus.js';

/**
 * What subscriptions wait on: a wake-up whenever the read model has moved on. The feed in the database
 * is the truth; a lost notification delays by `pollMs` and never loses.
 */
export interface LiveFeed {
  /** Resolves at the next wake-up, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
  /** Where the feed ended when that was last looked at, at most `pollMs` ago: whatever comes stands behind it. */
  readonly end: FeedCursor;
  /** Where the feed ends now: subscribe behind it to hear only of what comes. */
  latest(): Promise<FeedCursor>;
  /** Where the oldest that is kept begins. */
  readonly start: FeedCursor;
  /** @throws GatehouseError CURSOR_EXPIRED when something behind this place may have been removed */
  checkKept(cursor: FeedCursor): void;
  encode(cursor: FeedCursor): string;
  /** @throws GatehouseError BAD_INPUT when it is no cursor, CURSOR_EXPIRED when it is of another log, beyond the end of this one, or before what is kept */
  decode(text: string): Promise<FeedCursor>;
}

const pollMs = 1000;
/** Above every ordinal: the end of a position. */
const lastOrdinal = 999_999_999;

/** Names of the places that the read model keeps in `projection`. */
export const projectedName = 'main';
export const removedName = 'feed-removed';

const endOf = (position: number): FeedCursor => ({ position, ordinal: lastOrdinal });

/**
 * Learns from every wake-up of the bus how far the projections are, and looks where one does not say it, and every
 * `pollMs`: once for the whole process, and it wakes who waits only where they have moved.
 * @param onFailure told when the database could not be asked; it is asked again
 */
export async function openLiveFeed(database: Database, bus: LiveBus, onFailure: (error: unknown) => void = () => {}): Promise<LiveFeed & { close(): Promise<void> }> {
  const tag = await logTag(database);
  const waiting = new Set<() => void>();
  const wake = () => {
    const woken = [...waiting];
    waiting.clear();
    for (const resolve of woken) resolve();
  };
  let seen = await readPlaces(database);
  const look = oneAtATime(async () => {
    const before = seen;
    const places = await readPlaces(database);
    if (seen !== before) {
      // Told meanwhile of something newer than what was read, perhaps. What was removed nobody tells.
      seen = { ...seen, removed: places.removed };
      return;
    }
    seen = places;
    if (seen.projected !== before.projected) wake();
  }, onFailure);
  const listener = await bus.listen((projected) => {
    if (projected === undefined) return look.now();
    if (projected <= seen.projected) return;
    seen = { ...seen, projected };
    wake();
  });
  const timer = setInterval(look.now, pollMs);
  const start = () => (seen.removed === 0 ? { position: 0, ordinal: 0 } : endOf(seen.removed));
  const checkKept = (cursor: FeedCursor) => {
    if (compareCursors(cursor, start()) < 0) throw new GatehouseError('CURSOR_EXPIRED');
  };
  return {
    next(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    get end() {
      return endOf(seen.projected);
    },
    get start() {
      return start();
    },
    latest: async () => endOf((await readPlaces(database)).projected),
    checkKept,
    encode: ({ position, ordinal }) => Buffer.from(`${tag}.${position}.${ordinal}`).toString('base64url'),
    async decode(text) {
      const cursor = decodeFeedCursor(text, tag);
      // A backup that was restored has the same log without its end: what comes anew would stand before this cursor.
      if (cursor.position > seen.projected && cursor.position > (await readPlaces(database)).projected) throw new GatehouseError('CURSOR_EXPIRED');
      checkKept(cursor);
      return cursor;
    },
    async close() {
      clearInterval(timer);
      await listener.close();
      await look.settled();
      wake();
    },
  };
}

/** Runs `work` at once, or, where it runs already, once more after it, however often it is asked for meanwhile. */
function oneAtATime(work: () => Promise<void>, onFailure: (error: unknown) => void): { now(): void; settled(): Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await work().catch(onFailure);
    } while (again);
    running = null;
  };
  return {
    now() {
      if (running === null) running = run();
      else again = true;
    },
    settled: async () => void (await running),
  };
}

function decodeFeedCursor(text: string, tag: string): FeedCursor {
  const match = /^([0-9a-f]{8})\.(\d{1,15})\.(\d{1,9})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (match === null) throw new GatehouseError('BAD_INPUT', 'after is no cursor. Use the cursor of the last event that was received.', { field: 'after' });
  if (match[1] !== tag) throw new GatehouseError('CURSOR_EXPIRED');
  return { position: Number(match[2]), ordinal: Number(match[3]) };
}

/** How far the projections are, beyond which no cursor was given out, and up to where the feed may be removed; 0: nowhere. */
async function readPlaces(database: Database): Promise<{ projected: number; removed: number }> {
  const rows = await database.kysely.selectFrom('projection').select(['name', 'position']).where('name', 'in', [projectedName, removedName]).execute();
  const of = (name: string) => rows.find((row) => row.name === name)?.position ?? 0;
  return { projected: of(projectedName), removed: of(removedName) };
}

/** Tells the logs of two databases apart, so that a cursor of one is not taken for a place in the other; 8 hexadecimal digits. */
export async function logTag(database: Database): Promise<string> {
  const row = await sql<{ value: string }>`
    insert into installation (name, value) values ('log', ${uuidv7()}) on conflict (name) do update set value = installation.value returning value
  `.execute(database.kysely);
  return sha256(row.rows[0]!.value).slice(0, 8);
}
