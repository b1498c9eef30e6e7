import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute, parse, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import pg from 'pg';
import { WebSocketServer } from 'ws';
import { principalOf, type Principal, type PrincipalClaims } from '../../../src/auth/principal.js';
import { sharingKey } from '../../../src/auth/sharing-key.js';
import { Graphs } from '../../../src/gateway/graphs.js';
import { LiveOperations } from '../../../src/gateway/live/operations.js';
import type { Identity } from '../../../src/gateway/live/session.js';
import { OperationLimits } from '../../../src/gateway/operation-limits.js';
import { SocketLimits } from '../../../src/gateway/socket-limits.js';
import { serveSubscriptions } from '../../../src/gateway/subscriptions.js';
import { createLog } from '../../../src/lib/log.js';
import { BenchContext, benchEvent, log, plainSchema, subgraphs } from './graph.js';

/** One of the servers that are compared, in a process of its own: told what to do by messages. */
export type ServerKind = 'hub' | 'graphql-ws' | 'ws';
export type ToServer = { ask: 'append'; count: number; perSecond: number } | { ask: 'cpu' } | { ask: 'memory' } | { ask: 'subscribers' };

/** Of the bare server: what it broadcasts, for each event. */
const bareBytes = Number(process.argv[3] ?? 0);

interface Running {
  subscribers(): number;
  /** Told of every event beside the log. */
  publish?(): void;
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
let serial = 0;

async function hub(server: Server): Promise<Running> {
  const silent = createLog('silent');
  const live = new LiveOperations({
    graphs: await Graphs.open(subgraphs(), { log: silent, cost: { maxCost: 1_000_000 } }),
    log: silent,
    introspection: true,
    bufferBytes: 1024 * 1024,
    authenticate: async () => identity(),
    revocations: { watch: (holder) => void holders.add(holder), unwatch: (holder) => void holders.delete(holder) },
    connections: { open: ({ subject }) => sockets.openBy(subject), close: ({ subject }) => sockets.closeBy(subject) },
    openSubscriptions: new OperationLimits({ operationsPerMinute: 12_000, costPerMinute: 6_000_000 }),
    countOperation() {},
    contextFor: () => new BenchContext(pool),
  });
  serveSubscriptions(server, live, { isAllowedOrigin: () => true, openSocket: () => sockets.openFrom('127.0.0.1') });
  return { subscribers: () => live.presence().groups.reduce((sum, group) => sum + group.live, 0) };
}

const sockets = new SocketLimits({ perAddress: 500, perToken: 100 });
const holders = new Set<object>();
let people = 0;

/** As large as that of the product: everybody a person of their own, with the rights of an operator. */
function identity(): Identity<Principal> {
  const expiresMs = Date.now() + 3_600_000;
  const token = { id: randomUUID(), issuer: 'gatehouse', issuedMs: Date.now(), family: null, connection: null };
  // Read from JSON, as the claims of a token are.
  const claims = JSON.parse(JSON.stringify({ subject: `operator:${++people}`, role: 'operator', parties: [], carriers: [], companies: [], expiresMs, demonstration: false, token })) as PrincipalClaims;
  const principal = principalOf(claims);
  return { principal, subject: principal.subject, sharingKey: sharingKey(principal), expiresMs };
}

async function graphqlWs(server: Server): Promise<Running> {
  const sockets = new WebSocketServer({ server });
  const schema = plainSchema();
  let count = 0;
  useServer({
    execute,
    subscribe,
    // graphql-js executes every event with the subscription's context: its loaders are made anew for each.
    onSubscribe: (_context, _id, payload) => ({ schema, document: parse(payload.query), operationName: payload.operationName, variableValues: payload.variables, contextValue: freshContext() }),
    onOperation: () => void count++,
  }, sockets);
  return { subscribers: () => count };
}

/** Loaders that forget what they have loaded as soon as they have given it. */
function freshContext(): BenchContext {
  const context = new BenchContext(pool);
  for (const loader of [context.shipment, context.order]) {
    const load = loader.load.bind(loader);
    loader.load = (key) => {
      const loaded = load(key);
      void loaded.then(() => loader.clear(key));
      return loaded;
    };
  }
  return context;
}

async function bare(server: Server): Promise<Running> {
  const sockets = new WebSocketServer({ server });
  const message = Buffer.alloc(bareBytes, 0x78);
  sockets.on('connection', (socket) => socket.on('message', () => {}));
  return {
    subscribers: () => sockets.clients.size,
    publish() {
      for (const socket of sockets.clients) socket.send(message, { binary: false });
    },
  };
}

const server = createServer();
const running = await { hub, 'graphql-ws': graphqlWs, ws: bare }[process.argv[2] as ServerKind](server);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
process.on('message', (message: ToServer) => void answer(message));
process.once('disconnect', () => process.exit());

async function answer(message: ToServer): Promise<void> {
  if (message.ask === 'append') {
    for (let sent = 0; sent < message.count; sent++) {
      log.append(benchEvent(serial++));
      running.publish?.();
      await new Promise((next) => setTimeout(next, 1000 / message.perSecond));
    }
    process.send!({});
  } else if (message.ask === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send!({ microseconds: user + system });
  } else if (message.ask === 'subscribers') process.send!({ count: running.subscribers() });
  else {
    for (let times = 0; times < 3; times++) {
      globalThis.gc!();
      await new Promise((next) => setTimeout(next, 50));
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send!({ heap: heapUsed + external, rss });
  }
}
