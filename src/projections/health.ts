import type { Transaction } from '../db/database.js';
import type { EventPayloads, LogEvent } from '../events/event.js';
import { uuidOfName } from '../lib/ids.js';

/** Subject of what is said of a connection as a whole. */
export function connectionSubject(connection: string): string {
  return `connection:${connection}`;
}

interface Health {
  company: string;
  sync_state?: string;
  sync_error?: string | null;
  sync_started_at?: string;
  sync_finished_at?: string | null;
  quarantined_at?: string;
}

/**
 * Keeps how connections do: their latest synchronisation, and when a message of theirs could last not be read.
 * @returns ids of those whose row changed
 */
export async function projectHealth(tx: Transaction, events: readonly LogEvent[]): Promise<string[]> {
  const changes = new Map<string, Health>();
  for (const event of events) {
    const [connection, change] = changeOf(event) ?? [null];
    if (connection !== null) changes.set(connection, { ...changes.get(connection), company: event.company, ...change });
  }
  for (const [connection, { company, ...change }] of changes) {
    await tx.insertInto('connection_health').values({ id: uuidOfName(connectionSubject(connection)), connection, company, ...(change as object) })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ company, ...(change as object) })).execute();
  }
  return [...changes.keys()].map((connection) => uuidOfName(connectionSubject(connection)));
}

/** Which connection the event is about, and what it says of it. */
function changeOf(event: LogEvent): [connection: string | null, change: Omit<Health, 'company'>] | null {
  switch (event.type) {
    case 'sync.started':
      return [event.connection, { sync_state: 'RUNNING', sync_error: null, sync_started_at: event.recorded_at, sync_finished_at: null }];
    case 'sync.finished': {
      const { state, error } = event.payload as EventPayloads['sync.finished'];
      return [event.connection, { sync_state: state, sync_error: error, sync_finished_at: event.recorded_at }];
    }
    case 'exception.raised': {
      // We raise it, not the connection: the event itself is of none.
      const { kind, connection } = event.payload as EventPayloads['exception.raised'];
      return kind === 'QUARANTINED' ? [connection ?? null, { quarantined_at: event.recorded_at }] : null;
    }
    default:
      return null;
  }
}
