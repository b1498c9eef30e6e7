import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Connections } from './auth/connections.js';
import { ClientCertificates } from './auth/client-certificate.js';
import { readIdentityFile, type IdentitySettings } from './auth/identity-file.js';
import type { Principal } from './auth/principal.js';
import { readerFor } from './auth/reader.js';
import { sharingKey } from './auth/sharing-key.js';
import { CheckpointSigner } from './auth/checkpoint-signer.js';
import { DataKeys } from './auth/data-keys.js';
import { keepFourEyes } from './auth/installation.js';
import { environmentKeys } from './auth/key-encryption.js';
import { PersonalVault } from './auth/personal-vault.js';
import type { SecretBox } from './auth/secret-box.js';
import { publicKeys, signingKey } from './auth/signing-keys.js';
import { TokenGrants } from './auth/token-grants.js';
import { TokenRevocation } from './auth/token-revocation.js';
import { Tokens } from './auth/tokens.js';
import { openDatabase, type Database } from './db/database.js';
import { migrate } from './db/migrate.js';
import { secureRows } from './db/row-level-security.js';
import { decideApproval, listApprovals } from './events/approvals.js';
import { recordAudit, system } from './events/audit.js';
import { AuditWriter } from './events/audit-writer.js';
import { Inbox } from './events/inbox.js';
import { notifyBus, type LiveBus } from './events/live-bus.js';
import { natsBus } from './events/live-nats.js';
import { logTag, openLiveFeed, type LiveFeed } from './events/live.js';
import { headPosition } from './events/read.js';
import { openGateway, type OperationContext } from './gateway/gateway.js';
import { InnerGraph } from './gateway/inner-graph.js';
import { OperationLimits } from './gateway/operation-limits.js';
import { liveMetrics } from './gateway/live/metrics.js';
import { LiveOperations } from './gateway/live/operations.js';
import { SocketLimits } from './gateway/socket-limits.js';
import { serveSubscriptions } from './gateway/subscriptions.js';
import { TrustedDocuments } from './gateway/trusted-documents.js';
import { countRefusals, grantAudited, recordToken, revokeAudited } from './http/audited-tokens.js';
import { controlRoutes, type ControlOptions } from './http/control.js';
import { DeprecatedUse } from './http/deprecated-use.js';
import { documentRoutes } from './http/documents.js';
import { photoRoutes } from './http/photos.js';
import { EventStreams } from './http/events.js';
import { graphqlRoutes } from './http/graphql.js';
import { healthRoutes } from './http/health.js';
import { ingestRoutes } from './http/ingest.js';
import { pageRoutes } from './http/pages.js';
import { IngestLimits, TokenLimits } from './http/rate-limits.js';
import { Rejections } from './http/rejections.js';
import { createServer } from './http/server.js';
import { sessionRoutes } from './http/session.js';
import { subgraphRoutes } from './http/subgraphs.js';
import { sscRoutes } from './http/ssc.js';
import { tokenRoutes } from './http/token.js';
import { Jobs } from './jobs/engine.js';
import { openAssignmentDesk } from './jobs/tasks/transport/assignments.js';
import { openLoadDesk } from './jobs/tasks/transport/loads.js';
import { openTenderDesk } from './jobs/tasks/transport/tenders.js';
import { openEdiDesk } from './jobs/tasks/edi/requests.js';
import { openOutsideDesk } from './jobs/tasks/yard/outside.js';
import { openAppointmentDesk } from './jobs/tasks/yard/appointments/index.js';
import { sscDescription } from './jobs/tasks/yard/ssc/description.js';
import { openSscDesk } from './jobs/tasks/yard/ssc/desk.js';
import { BookingRequests } from './jobs/tasks/bookings/commands.js';
import { HandlingDesk } from './jobs/tasks/yard/confirmations.js';
import { keepPhoto, maxPhotoBytes } from './jobs/tasks/yard/photos.js';
import { MoveDesk } from './jobs/tasks/yard/moves.js';
import { VisitDesk } from './jobs/tasks/yard/visits.js';
import type { TaskContext, TaskGraph } from './jobs/tasks/context.js';
import { openPartnerAnswers } from './jobs/tasks/partner-answers.js';
import { openCommandDesk } from './jobs/tasks/outbound/desk.js';
import { openMappingDesk } from './jobs/tasks/mapping/desk.js';
import { systemMetrics } from './jobs/tasks/metrics.js';
import { openWebhookDesk } from './jobs/tasks/webhooks/open-desk.js';
import { removeDetentionRule, saveDetentionRule } from './jobs/tasks/detention/rules.js';
import { setGeofence } from './jobs/tasks/telematics/geofences.js';
import { startWorkers } from './jobs/tasks/workers.js';
import { isLoopback, type Config } from './lib/config.js';
import { GatehouseError } from './lib/errors.js';
import { uuidv7 } from './lib/ids.js';
import type { Log } from './lib/log.js';
import { clientAddress } from './lib/networks.js';
import { changeException } from './projections/change-exception.js';
import { carrierSubgraph } from './subgraphs/carrier/index.js';
import { odooSubgraph } from './subgraphs/odoo/index.js';
import { operationsSubgraph } from './subgraphs/operations/index.js';
import { LoaderScope, type GraphContext } from './subgraphs/shared/context.js';
import { People } from './subgraphs/shared/people.js';
import { tmsSubgraph } from './subgraphs/tms/index.js';
import { yardSubgraph } from './subgraphs/yard/index.js';

/** Everything below the ways in: the database and what stands on it. */
export interface Services {
  config: Config;
  log: Log;
  database: Database;
  /** Seals secrets: connections' and signing keys. */
  box: SecretBox;
  keys: DataKeys;
  audit: AuditWriter;
  signer: CheckpointSigner;
  people: PersonalVault;
  identity: IdentitySettings;
  tokens: Tokens;
  connections: Connections;
  jobs: Jobs;
  inbox: Inbox;
  bus: LiveBus;
  tasks: TaskContext;
  close(): Promise<void>;
}

/** The graph for what works here by itself, in the name of others. Made when it is first asked, and closed with the rest. */
function taskGraph(services: () => Services): TaskGraph & { close(): Promise<void> } {
  let opened: Promise<{ live: Awaited<ReturnType<typeof openLiveFeed>>; ask: TaskGraph['ask'] }> | null = null;
  const open = async () => {
    const { database, bus, log } = services();
    const graph = new InnerGraph(await localSubgraphs());
    const live = await openLiveFeed(database, bus, (error) => log.warn({ err: error }, 'how far the read model is could not be read; endpoints wait'));
    const contextFor = contextMaker(services(), live, { presence: () => ({ groups: [], slowReaders: [] }) });
    return { live, ask: (principal: Principal, query: string, variables: Readonly<Record<string, unknown>>) => graph.ask(query, variables, contextFor(principal, uuidv7(), {})) };
  };
  const get = () => {
    opened ??= open();
    opened.catch(() => (opened = null));
    return opened;
  };
  return {
    live: async () => (await get()).live,
    ask: async (...args) => (await get()).ask(...args),
    close: async () => void (await (await opened)?.live.close()),
  };
}

const localSubgraphs = () => Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);

const inboxLimits = { maxBatch: 500, maxWaitingBytes: 64 * 1024 * 1024 };

/**
 * Opens the database, migrates it and opens what stands on it.
 * @param options.supervise whether this process also runs the job engine's upkeep
 */
export async function openServices(config: Config, log: Log, options: { supervise: boolean }): Promise<Services> {
  const identity = readIdentityFile(config.identityFile);
  const database = await openDatabase(config);
  try {
    await migrate(database);
    await secureRows(database, config.rowLevelSecurity, log);
    const wrapped = await database.kysely.selectFrom('data_key').select('id').limit(1).executeTakeFirst();
    const keys = await DataKeys.open(database, environmentKeys({ ...config, mayMake: wrapped === undefined }), (error) => log.error({ err: error }, 'the data keys could not be read anew; those known go on'));
    const box = keys.box('secrets');
    // Fails now, with words, when the key does not fit: a secret sealed under another would take its connection down.
    await signingKey(database, box);
    const jobs = await Jobs.open(database, log, options);
    const [audit, signer, people] = [new AuditWriter(database), new CheckpointSigner(keys), new PersonalVault(keys)];
    const connections = new Connections(database, box);
    const inbox = new Inbox(database, { ...inboxLimits, bodies: keys.box('raw'), writers: database.kind === 'embedded' ? 1 : 2 });
    const bus = config.natsUrl === undefined ? notifyBus(database) : natsBus({ url: config.natsUrl, installation: await logTag(database), log });
    // The simulated Odoo begins anew with every start: what it does not know is no deletion.
    const syncHour = config.sandbox ? null : config.syncHour;
    const graph = taskGraph(() => services);
    const tasks: TaskContext = { database, jobs, connections, inbox, graph, ...(config.broker === undefined ? {} : { broker: config.broker }), secrets: box, bodies: keys.box('raw'), bus, log, defaultZone: config.defaultZone, maxBodyBytes: config.maxBodyBytes, syncHour, feedDays: config.feedDays, allowedNetworks: config.allowedNetworks, people, signer, checkpointFile: join(config.dataFolder, 'checkpoints.json') };
    const services: Services = {
      config, log, database, box, keys, audit, signer, people, identity, tokens: new Tokens(database, box, config, identity), connections, jobs, inbox, bus, tasks,
      async close() {
        await graph.close();
        await inbox.drain();
        await audit.drain();
        await jobs.close();
        keys.close();
        await bus.close();
        await database.close();
      },
    };
    return services;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Starts the workers of this process. */
export async function startWork(services: Services): Promise<{ stop(): Promise<void> }> {
  return startWorkers(services.tasks);
}

export interface RunningServer {
  url: string;
  /** Every route over HTTP, as the router knows it: `/ingest/:connection`. */
  routes: ReadonlyArray<{ method: string; url: string }>;
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
  await announceFourEyes(services);
  const live = await openLiveFeed(database, services.bus, (error) => log.warn({ err: error }, 'how far the read model is could not be read; subscriptions wait'));
  const gateway = await openGateway<GraphContext>(await localSubgraphs(), { log, introspection: config.introspection, maxCost: config.maxCost, remoteFile: config.remoteSubgraphs });
  const trusted = config.trustedDocuments === undefined ? undefined : await TrustedDocuments.open(config.trustedDocuments, { enforced: config.production, log });
  const rejections = new Rejections(database.kysely, log);
  const operationLimits = new OperationLimits(config);
  const socketLimits = new SocketLimits({ perAddress: config.socketsPerAddress, perToken: config.socketsPerToken });
  const deprecatedUse = new DeprecatedUse(database.kysely, log);
  const contextFor = contextMaker(services, live, { operationLimits, deprecatedUse, presence: () => operations.presence() });
  const certificates = new ClientCertificates({ header: config.clientCertificateHeader, trustedProxies: config.trustedProxies ?? [] });
  const tokenState = await tokens.serve((error) => log.warn({ err: error }, 'revocations and keys could not be read; no token is taken until they can be'));

  const app = createServer({ log, maxBodyBytes: config.maxBodyBytes, maxSockets: config.maxSockets, socketsPerAddress: config.socketsPerAddress, ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }) });
  const routes: Array<{ method: string; url: string }> = [];
  app.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map((each) => ({ method: each, url }))));
  ingestRoutes(app, { connections, inbox, rejections, limits: new IngestLimits(config.messagesPerMinute), answers: openPartnerAnswers(services.tasks) });
  const contextOf = async (headers: Readonly<Record<string, string | undefined>>, correlationId: string, request: IncomingMessage) => {
    const principal = await countRefusals(() => tokens.authenticate(headers.authorization, certificates.thumbprintOf(request)), rejections);
    operationLimits.countOperation(principal);
    return contextFor(principal, correlationId, headers);
  };
  const operations = new LiveOperations<Principal>({
    graphs: gateway.graphs,
    trusted,
    log,
    certificateOf: (request) => certificates.thumbprintOf(request),
    auditedScopes: ['personal:read'],
    async authenticate(authorization, certificate) {
      const principal = await countRefusals(() => tokens.authenticate(authorization, certificate), rejections);
      return { principal, subject: principal.subject, expiresMs: principal.expiresMs, sharingKey: sharingKey(principal) };
    },
    revocations: tokens.state,
    keepsAuthorization: config.remoteSubgraphs !== undefined,
    connections: { open: ({ subject }) => socketLimits.openBy(subject), close: ({ subject }) => socketLimits.closeBy(subject) },
    countOperation: (principal) => operationLimits.countOperation(principal),
    openSubscriptions: operationLimits,
    contextFor: (principal, authorization) => contextFor(principal, uuidv7(), { authorization }),
    introspection: config.introspection,
    bufferBytes: config.socketBufferBytes,
  });
  const events = new EventStreams(operations);
  graphqlRoutes(app, { apollo: gateway.apollo, events, log, trusted, allowedOrigins: config.allowedOrigins, contextOf });
  subgraphRoutes(app, { graphs: gateway.subgraphs, log, production: config.production, contextOf, ...(config.subgraphsToken === undefined ? {} : { token: config.subgraphsToken }) });
  healthRoutes(app, { ping: async () => void (await headPosition(database.kysely)), metrics: async () => [...(await systemMetrics(services)), ...liveMetrics(operations.presence())], authorize: (authorization) => requireInsider(tokens, authorization) });
  const authenticate = async (request: FastifyRequest): Promise<Principal> => {
    const principal = await countRefusals(() => tokens.authenticate(request.headers.authorization, certificates.thumbprintOf(request.raw)), rejections);
    operationLimits.countOperation(principal);
    return principal;
  };
  documentRoutes(app, {
    database, bodies: services.keys.box('raw'), audit: services.audit, authenticate,
  });
  photoRoutes(app, {
    maxBytes: maxPhotoBytes, keep: (visit, content, by, correlationId) => keepPhoto(services.tasks, visit, content, by, correlationId), authenticate,
  });
  sscRoutes(app, {
    desk: openSscDesk({ database, appointments: openAppointmentDesk(services.tasks) }), description: JSON.stringify(sscDescription()), authenticate,
  });
  tokenEndpoints(app, services, rejections, certificates);
  pageRoutes(app, config.frameOrigins);
  if (control !== undefined) controlRoutes(app, control);
  const sockets = serveSubscriptions(app.server, operations, {
    isAllowedOrigin: (origin, request) => origin === undefined || originHost(origin) === request.headers.host || config.allowedOrigins.includes(origin),
    openSocket: ({ socket, headers }) => socketLimits.openFrom(clientAddress(socket.remoteAddress ?? '', headers['x-forwarded-for'] as string | undefined, config.trustedProxies ?? [])),
  });
  const close = async () => {
    events.close();
    await sockets.close();
    await app.close();
    await live.close();
    await tokenState.close();
    await rejections.close();
    await deprecatedUse.close();
    await gateway.apollo.stop();
    trusted?.close();
  };
  try {
    const url = await app.listen({ host: config.host, port: config.port });
    return { url: url.replace('127.0.0.1', 'localhost'), routes, reload: () => gateway.graphs.reload(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where tokens are given and taken back; each is in the audit log before it is handed out. */
function tokenEndpoints(app: FastifyInstance, { config, database, tokens, connections, identity, audit }: Services, rejections: Rejections, certificates: ClientCertificates): void {
  sessionRoutes(app, {
    demonstration: isDemonstration(config),
    async createToken(ttl) {
      const token = await tokens.create({ role: 'operator', ttl, subject: 'demonstration-operator', demonstration: true });
      await recordToken(audit, 'token.created', token);
      return token;
    },
    publicKeys: () => publicKeys(database),
  });
  const [grants, revocation] = [new TokenGrants(tokens, connections, identity), new TokenRevocation(tokens)];
  tokenRoutes(app, {
    answer: (request) => grantAudited((given) => grants.answer(given), request, audit, rejections),
    revoke: (request) => revokeAudited(revocation, request, audit, rejections),
    limits: new TokenLimits(), rejections, certificateOf: (request) => certificates.thumbprintOf(request),
  });
}

/** What needs a second person from now on, for the command line as well; that it became more or less is in the audit log. */
async function announceFourEyes({ config, database, audit }: Services): Promise<void> {
  const before = await keepFourEyes(database, config.fourEyes);
  const [was, is] = [before, config.fourEyes].map((actions) => [...actions].sort().join(','));
  if (was !== is) await audit.record({ actor: system, action: 'four-eyes.changed', target: { kind: 'installation', id: 'four-eyes' }, payload: { before: was!, now: is! } });
}

interface Counted {
  /** Absent: who asks in this process is not limited. */
  operationLimits?: OperationLimits;
  deprecatedUse?: DeprecatedUse;
  presence: GraphContext['presence'];
}

function contextMaker(services: Services, live: LiveFeed, { operationLimits, deprecatedUse, presence }: Counted) {
  const commands: GraphContext['commands'] = {
    appointments: openAppointmentDesk(services.tasks),
    bookings: new BookingRequests(services.tasks),
    edi: openEdiDesk(services.tasks),
    outsideAppointments: openOutsideDesk(services.tasks),
    loads: { ...openLoadDesk(services.tasks), ...openAssignmentDesk(services.tasks), tenders: openTenderDesk(services.tasks) },
    detention: {
      saveRule: (rule, by, idempotencyKey, correlationId) => saveDetentionRule(services.tasks, rule, by, idempotencyKey, correlationId),
      removeRule: (id, by, idempotencyKey, correlationId) => removeDetentionRule(services.tasks, id, by, idempotencyKey, correlationId),
    },
    changeException: (change, principal, correlationId) =>
      changeException(services.database, change, principal.subject, correlationId, async (tx) => {
        const { id, action, ...payload } = change;
        await recordAudit(tx, [{ actor: principal, action: `exception.${action}`, target: { kind: 'exception', id }, correlationId, payload }]);
      }),
    webhooks: openWebhookDesk(services.tasks, { fourEyes: services.config.fourEyes.includes('connections'), keys: services.keys, secureOnly: services.config.production }),
    visits: new VisitDesk(services.tasks),
    handling: new HandlingDesk(services.tasks),
    moves: new MoveDesk(services.tasks),
    setGeofence: (facility, fence, by) => setGeofence(services.tasks, facility, fence, by, by.companies),
    mapping: openMappingDesk(services.tasks, { fourEyes: services.config.fourEyes, keys: services.keys }),
    outbound: openCommandDesk(services.tasks, { fourEyes: services.config.fourEyes.includes('commands'), keys: services.keys }),
    approvals: async (principal, options) => (principal.companies === '*' ? listApprovals(services.database.kysely, options) : []),
    async decideApproval(id, decision, principal, reason) {
      if (principal.companies !== '*') throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
      return services.database.transaction((tx) => decideApproval(tx, id, decision, principal, reason));
    },
  };
  return (principal: Principal, correlationId: string, headers: GraphContext['headers']): GraphContext & OperationContext => {
    const context: GraphContext & OperationContext = {
      principal, reader: readerFor(services.database.reads, principal), live, commands, correlationId, headers, presence, loaders: new LoaderScope(),
      people: new People(services.people, services.audit, principal, correlationId),
      admit({ cost, deprecated }) {
        operationLimits?.countCost(principal, cost);
        if (deprecated.length === 0) return;
        context.deprecated = deprecated;
        deprecatedUse?.count(principal.subject, deprecated);
      },
    };
    return context;
  };
}

/** Pages sign in by themselves only where nobody from outside can reach them and nothing real is in the data. */
export function isDemonstration(config: Config): boolean {
  return config.sandbox && !config.production && isLoopback(config.host);
}

async function requireInsider(tokens: Tokens, authorization: string | undefined): Promise<void> {
  const principal = await tokens.authenticate(authorization);
  if (principal.companies !== '*' || !principal.scopes.has('operations:read')) throw new GatehouseError('FORBIDDEN');
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
