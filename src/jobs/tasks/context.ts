import type { Connections } from '../../auth/connections.js';
import type { Inbox } from '../../events/inbox.js';
import type { Log } from '../../lib/log.js';
import type { Jobs } from '../engine.js';
import type { Database } from '../engine.js';

/** What every task is handed. */
export interface TaskContext {
  database: Database;
  jobs: Jobs;
  connections: Connections;
  inbox: Inbox;
  log: Log;
  /** IANA zone for times without one, where the connection names none. */
  defaultZone: string;
  /** Largest message taken, bytes. */
  maxBodyBytes: number;
  /** Hour of the day, UTC, at which every connection that can be read from is synchronised; null: never by itself. */
  syncHour: number | null;
}
