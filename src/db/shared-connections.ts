import type pg from 'pg';
import type { ReadClient } from './read-client.js';

/** Statements that may stand one behind the other on a connection: a slow one keeps those behind it waiting. */
const mostUsers = 8;

/** A connection, for as long as it is lent. */
export interface LentConnection {
  client: ReadClient;
  release(error?: Error | boolean): void;
}

type PooledClient = ReadClient & pg.PoolClient;

/**
 * Lends one connection to all who ask for one in the same turn of the event loop, at most eight: the statements of
 * one level of an operation then leave together and are answered together, which costs a fraction of
 * what it costs to wake one connection for each. For single statements alone: a transaction would hold those of others.
 *
 * @param connect gives a connection on which statements are pipelined
 */
export function shareConnections(connect: () => Promise<PooledClient>): () => Promise<LentConnection> {
  let open: { client: Promise<PooledClient>; asked: number; users: number; fault: Error | boolean | undefined } | undefined;
  return async () => {
    if (open === undefined || open.asked === mostUsers) {
      const opened = { client: connect(), asked: 0, users: 0, fault: undefined };
      open = opened;
      setImmediate(() => {
        if (open === opened) open = undefined;
      });
    }
    const lease = open;
    lease.asked++;
    lease.users++;
    const client = await lease.client;
    return {
      client,
      release(fault) {
        lease.fault ??= fault;
        if (--lease.users > 0) return;
        if (open === lease) open = undefined; // whoever asks later in this turn must not get what is given back
        client.release(lease.fault);
      },
    };
  };
}
