import type { Connections } from '../../auth/connections.js';
import type { ExecutionResult } from 'graphql';
import type { PersonalVault } from '../../auth/personal-vault.js';
import type { Principal } from '../../auth/principal.js';
import type { SecretBox } from '../../auth/secret-box.js';
import type { Signer } from '../../events/checkpoints.js';
import type { BodySealer, Inbox } from '../../events/inbox.js';
import type { LiveBus } from '../../events/live-bus.js';
import type { LiveFeed } from '../../events/live.js';
import type { Log } from '../../lib/log.js';
import type { Jobs } from '../engine.js';
import type { Database } from '../engine.js';

/** The graph, for tasks that tell others of events: made when it is first asked. */
export interface TaskGraph {
  live(): Promise<LiveFeed>;
  /** Runs a query in somebody's name, with that one's rights. */
  ask(principal: Principal, query: string, variables: Readonly<Record<string, unknown>>): Promise<ExecutionResult>;
}

/** A broker that is told of events, from the environment. */
export interface BrokerSettings {
  /** `nats://[user:password@]host:port[/subject.prefix]`, or `tls://...` */
  url: string;
  /** What it is shown: scopes of a machine. */
  scopes: readonly string[];
  /** Of which companies; empty: of all. */
  companies: readonly string[];
}

/** What every task is handed. */
export interface TaskContext {
  database: Database;
  jobs: Jobs;
  connections: Connections;
  inbox: Inbox;
  graph: TaskGraph;
  /** Absent: no broker is told of events by this process. */
  broker?: BrokerSettings;
  /** Seals secrets of connections and endpoints. */
  secrets: SecretBox;
  /** Opens the bodies of raw messages. */
  bodies: BodySealer;
  /** Days for which the feed is kept. */
  feedDays: number;
  /** Wakes who follows the feed, in all processes. */
  bus: LiveBus;
  log: Log;
  /** IANA zone for times without one, where the connection names none. */
  defaultZone: string;
  /** Largest message taken, bytes. */
  maxBodyBytes: number;
  /** Hour of the day, UTC, at which every connection that can be read from is synchronised; null: never by itself. */
  syncHour: number | null;
  /** Networks beside the public internet into which connections may call. */
  allowedNetworks: readonly string[];
  people: PersonalVault;
  signer: Signer;
  /** Absolute path of the file that keeps the newest signed checkpoints, outside of the database. */
  checkpointFile: string;
}
