import 'reflect-metadata';
import { Connections } from './auth/connections.js';
import type { Principal } from './auth/principal.js';
import { readerFor } from './auth/reader.js';
import { openSecretBox, type SecretBox } from './auth/secret-box.js';
import { publicKeys, signingKey } from './auth/signing-keys.js';
import { Tokens } from './auth/tokens.js';
import { openDatabase, type Database } from './db/database.js';
import { migrate } from './db/migrate.js';
import { Inbox, type StoredMessage } from './events/inbox.js';
import { openLiveFeed, type LiveFeed } from './events/live.js';
import { headPosition } from './events/read.js';
import { openGateway } from './gateway/gateway.js';
import { serveSubscriptions } from './gateway/subscriptions.js';
import { TrustedDocuments } from './gateway/trusted-documents.js';
import { controlRoutes, type ControlOptions } from './http/control.js';
import { graphqlRoutes } from './http/graphql.js';
import { healthRoutes } from './http/health.js';
import { ingestRoutes } from './http/ingest.js';
import { pageRoutes } from './http/pages.js';
import { IngestLimits } from './http/rate-limits.js';
import { Rejections } from './http/rejections.js';
import { createServer } from './http/server.js';
import { sessionRoutes } from './http/session.js';
import { subgraphRoutes } from './http/subgraphs.js';
import { Jobs, type Transaction } from './jobs/engine.js';
import type { TaskContext } from './jobs/tasks/context.js';
import { syncMetrics } from './jobs/tasks/sync-metrics.js';
import { startWorkers } from './jobs/tasks/workers.js';
import type { Config } from './lib/config.js';
import { GatehouseError } from './lib/errors.js';
import { uuidv7 } from './lib/ids.js';
import type { Log } from './lib/log.js';
import { changeException } from './projections/change-exception.js';
import { feedChannel, watermark } from './projections/runner.js';
import { carrierSubgraph } from './subgraphs/carrier/index.js';
import { odooSubgraph } from './subgraphs/odoo/index.js';
import { operationsSubgraph } from './subgraphs/operations/index.js';
import { LoaderScope, type GraphContext } from './subgraphs/shared/context.js';
import { tmsSubgraph } from './subgraphs/tms/index.js';
import { yardSubgraph } from './subgraphs/yard/index.js';

/** Everything below the ways in: the database and what stands on it. */
export interface Services {
  config: Config;
  log: Log;
  database: Database;
  box: SecretBox;
  tokens: Tokens;
  connections: Connections;
  jobs: Jobs;
  inbox: Inbox;
  tasks: TaskContext;
  close(): Promise<void>;
}

const inboxLimits = { maxBatch: 500, maxWaitingBytes: 64 * 1024 * 1024 };

/**
 * Opens the database, migrates it and opens what stands on it.
 * @param options.supervise whether this process also runs the job engine's upkeep
 */
export async function openServices(config: Config, log: Log, options: { supervise: boolean }): Promise<Services> {
  const database = await openDatabase(config);
  try {
    await migrate(database);
    const sealed = await database.kysely.selectFrom('signing_key').select('kid').limit(1).executeTakeFirst();
    const box = openSecretBox({ ...config, mayMake: sealed === undefined });
    // Fails now, with words, when the key does not fit: a secret sealed under another would take its connection down.
    await signingKey(database, box);
    const jobs = await Jobs.open(database, log, options);
    const connections = new Connections(database, box);
    const inbox = new Inbox(database, { ...inboxLimits, writers: database.kind === 'embedded' ? 1 : 2, onStored: (tx, stored) => sendDecodeJobs(jobs, tx, stored) });
    const tasks: TaskContext = { database, jobs, connections, inbox, log, defaultZone: config.defaultZone, maxBodyBytes: config.maxBodyBytes, syncHour: config.syncHour };
    return {
      config, log, database, box, tokens: new Tokens(database, box, config), connections, jobs, inbox, tasks,
      async close() {
        await inbox.drain();
        await jobs.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** One job for each connection of a batch: a bad message of one does not hold up another's. */
async function sendDecodeJobs(jobs: Jobs, tx: Transaction, stored: StoredMessage[]): Promise<void> {
  const byConnection = new Map<string, string[]>();
  for (const { connection, id } of stored) byConnection.set(connection, [...(byConnection.get(connection) ?? []), id]);
  await jobs.send(tx, 'decode', [...byConnection].map(([connection, ids]) => ({ connection, ids })));
}

/** Starts the workers of this process. */
export async function startWork(services: Services): Promise<{ stop(): Promise<void> }> {
  return startWorkers(services.tasks);
}

export interface RunningServer {
  url: string;
  /** Reads the remote subgraphs anew; what is wrong with them is in the log. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the HTTP and WebSocket server.
 * @param control the command line's way in, where this process owns the embedded database
 */
export async function startServer(services: Services, control?: ControlOptions): Promise<RunningServer> {
  const { config, log, database, tokens, connections, inbox } = services;
  const live = await openLiveFeed(database, feedChannel, (error) => log.warn({ err: error }, 'how far the read model is could not be read; subscriptions wait'));
  const gateway = await openGateway<GraphContext>(await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]), { log, production: config.production, maxCost: config.maxCost, remoteFile: config.remoteSubgraphs });
  const trusted = config.trustedDocuments === undefined ? undefined : await TrustedDocuments.open(config.trustedDocuments, { enforced: config.production, log });
  const rejections = new Rejections(database.kysely, log);
  const contextFor = contextMaker(services, live);

  const app = createServer({ log, maxBodyBytes: config.maxBodyBytes, ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }) });
  ingestRoutes(app, { connections, inbox, rejections, limits: new IngestLimits(config.messagesPerMinute) });
  const contextOf = async (headers: Readonly<Record<string, string | undefined>>, correlationId: string) => contextFor(await tokens.authenticate(headers.authorization), correlationId, headers);
  graphqlRoutes(app, { apollo: gateway.apollo, log, trusted, contextOf });
  subgraphRoutes(app, { graphs: gateway.subgraphs, log, production: config.production, contextOf, ...(config.subgraphsToken === undefined ? {} : { token: config.subgraphsToken }) });
  healthRoutes(app, { ping: async () => void (await headPosition(database.kysely)), metrics: () => figures(services), authorize: (authorization) => requireInsider(tokens, authorization) });
  sessionRoutes(app, {
    demonstration: isDemonstration(config),
    createToken: (ttl) => tokens.create({ role: 'operator', ttl, subject: 'demonstration-operator', demonstration: true }),
    publicKeys: () => publicKeys(database),
  });
  pageRoutes(app);
  if (control !== undefined) controlRoutes(app, control);
  const sockets = serveSubscriptions<Principal>(app.server, {
    graphs: gateway.graphs,
    trusted,
    log,
    async authenticate(authorization) {
      const principal = await tokens.authenticate(authorization);
      return { principal, expiresMs: principal.expiresMs };
    },
    contextFor: (principal, authorization) => contextFor(principal, uuidv7(), { authorization }),
    introspection: !config.production,
    bufferBytes: config.socketBufferBytes,
    isAllowedOrigin: (origin, request) => origin === undefined || originHost(origin) === request.headers.host,
  });
  const close = async () => {
    await sockets.close();
    await app.close();
    await live.close();
    await rejections.close();
    await gateway.apollo.stop();
    trusted?.close();
  };
  try {
    const url = await app.listen({ host: config.host, port: config.port });
    return { url: url.replace('127.0.0.1', 'localhost'), reload: () => gateway.graphs.reload(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function contextMaker(services: Services, live: LiveFeed) {
  const commands: GraphContext['commands'] = {
    changeException: (change, principal, correlationId) =>
      changeException(services.database, change, principal.subject, correlationId, (tx) => services.jobs.send(tx, 'project', [{}])),
  };
  return (principal: Principal, correlationId: string, headers: GraphContext['headers']): GraphContext => ({
    principal, reader: readerFor(services.database.reads, principal), live, commands, correlationId, headers, loaders: new LoaderScope(),
  });
}

/** Pages sign in by themselves only where nobody from outside can reach them and nothing real is in the data. */
export function isDemonstration(config: Config): boolean {
  return config.sandbox && !config.production && ['127.0.0.1', 'localhost', '::1'].includes(config.host);
}

async function requireInsider(tokens: Tokens, authorization: string | undefined): Promise<void> {
  const principal = await tokens.authenticate(authorization);
  if (principal.companies !== '*') throw new GatehouseError('FORBIDDEN');
}

async function figures({ database, jobs }: Services) {
  const [head, projected, states] = [await headPosition(database.kysely), await watermark(database.kysely), await jobs.states()];
  const perQueue = (pick: (state: (typeof states)[number]) => number) => states.map((state) => ({ labels: { queue: state.queue }, value: pick(state) }));
  return [
    { name: 'gatehouse_log_position', help: 'Position of the newest event.', values: [{ value: head }] },
    { name: 'gatehouse_projected_position', help: 'Position up to which the read model is.', values: [{ value: projected }] },
    { name: 'gatehouse_jobs_waiting', help: 'Jobs that wait, by queue.', values: perQueue((state) => state.waiting) },
    { name: 'gatehouse_jobs_active', help: 'Jobs that run, by queue.', values: perQueue((state) => state.active) },
    { name: 'gatehouse_jobs_failed', help: 'Jobs that gave up, by queue.', values: perQueue((state) => state.failed) },
    ...(await syncMetrics(database)),
  ];
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
