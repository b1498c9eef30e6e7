import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import { GatehouseError } from '../lib/errors.js';
import { sha256, uuidv7 } from '../lib/ids.js';

/** A place in the feed: position in the log, and an ordinal among what became visible there. */
export interface FeedCursor {
  position: number;
  ordinal: number;
}

/**
 * What subscriptions wait on: a wake-up whenever the read model has moved on. The feed in the database
 * is the truth; a lost notification delays by `pollMs` and never loses.
 */
export interface LiveFeed {
  /** Resolves at the next wake-up, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
  encode(cursor: FeedCursor): string;
  /** @throws GatehouseError BAD_INPUT when it is no cursor, CURSOR_EXPIRED when it is of another log or beyond the end of this one */
  decode(text: string): Promise<FeedCursor>;
}

const pollMs = 1000;

/**
 * Looks, at every notification and every `pollMs`, how far the projections are: once for the whole
 * process, and it wakes who waits only where they have moved.
 * @param onFailure told when the database could not be asked; it is asked again
 */
export async function openLiveFeed(database: Database, channel: string, onFailure: (error: unknown) => void = () => {}): Promise<LiveFeed & { close(): Promise<void> }> {
  const tag = sha256(await logId(database)).slice(0, 8);
  const waiting = new Set<() => void>();
  const wake = () => {
    const woken = [...waiting];
    waiting.clear();
    for (const resolve of woken) resolve();
  };
  let seen = await projectedPosition(database);
  const look = oneAtATime(async () => {
    const position = await projectedPosition(database);
    if (position === seen) return;
    seen = position;
    wake();
  }, onFailure);
  const listener = await database.listen(channel, look.now);
  const timer = setInterval(look.now, pollMs);
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
    encode: ({ position, ordinal }) => Buffer.from(`${tag}.${position}.${ordinal}`).toString('base64url'),
    async decode(text) {
      const cursor = decodeFeedCursor(text, tag);
      // A backup that was restored has the same log without its end: what comes anew would stand before this cursor.
      if (cursor.position > (await projectedPosition(database))) throw new GatehouseError('CURSOR_EXPIRED');
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

/** How far the projections are: no cursor that was given out is beyond it. */
async function projectedPosition(database: Database): Promise<number> {
  const row = await database.kysely.selectFrom('projection').select((of) => of.fn.max('position').as('position')).executeTakeFirst();
  return row?.position ?? 0;
}

/** Tells the logs of two databases apart, so that a cursor of one is not taken for a place in the other. */
async function logId(database: Database): Promise<string> {
  const row = await sql<{ value: string }>`
    insert into installation (name, value) values ('log', ${uuidv7()}) on conflict (name) do update set value = installation.value returning value
  `.execute(database.kysely);
  return row.rows[0]!.value;
}
