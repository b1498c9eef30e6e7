import { sql } from 'kysely';
import type { Database, Transaction } from '../db/database.js';

/**
 * How the processes on one database wake one another when the read model has moved on. Wake-ups only:
 * one may be lost, doubled or late, and carries at most how far. Whoever is woken reads the feed.
 */
export interface LiveBus {
  /** Called in the transaction that moves the read model up to `position`, last before its commit. */
  beforeCommit(tx: Transaction, position: number): Promise<void>;
  /** Called after that commit. */
  afterCommit(): void;
  /** Calls `wake` at every wake-up, until closed; with the position, where it is known. */
  listen(wake: (position?: number) => void): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

/** LISTEN and NOTIFY: told with the commit itself. */
export function notifyBus(database: Database, channel = 'gatehouse_feed'): LiveBus {
  return {
    beforeCommit: async (tx, position) => void (await sql`select pg_notify(${channel}, ${String(position)})`.execute(tx)),
    afterCommit() {},
    // A process of the version before notifies without a position.
    listen: (wake) => database.listen(channel, (position) => wake(position ? Number(position) : undefined)),
    async close() {},
  };
}
