import { buildSubgraphSchema } from '@apollo/subgraph';
import Fastify, { type FastifyInstance } from 'fastify';
import { parse } from 'graphql';
import type { ScopedContext } from '../../../src/gateway/scopes.js';
import { Graphs } from '../../../src/gateway/graphs.js';
import { LiveOperations, type LiveOptions } from '../../../src/gateway/live/operations.js';
import type { TokenHolder } from '../../../src/gateway/live/session.js';
import { serveSubscriptions } from '../../../src/gateway/subscriptions.js';
import { EventStreams } from '../../../src/http/events.js';
import { answerGraphqlError } from '../../../src/http/graphql.js';
import { GatehouseError } from '../../../src/lib/errors.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import { MemoryLog } from './memory-log.js';

export interface Tick {
  number: number;
  text?: string;
}

/** Whom a token of this server stands for: `Bearer <subject> <scopes, comma-separated> <milliseconds it lasts>`. */
interface Person {
  subject: string;
  scopes: Set<string>;
}

/** The gateway's live part over a graph in memory: numbers that somebody counts. */
export interface LiveServer {
  url: string;
  log: MemoryLog<Tick>;
  live: LiveOperations<Person>;
  /** Executions of the root field so far. */
  executed(): number;
  /** Lets the queries for `later` go on. */
  release(): void;
  /** Takes a person's rights away now. */
  revoke(subject: string): void;
  close(): Promise<void>;
}

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
  type Query { hello: String later: String }
  type Mutation { touch: String }
  type Subscription { ticks(after: String, every: Int, text: String): Tick count(to: Int!): Int broken: Int }
  type Tick { number: Int text: String wide: String secret: Int @requiresScopes(scopes: [["secrets"]]) name: String @requiresScopes(scopes: [["audited"]]) }
`;

export function tokenOf(subject: string, scopes = 'plain', lastsMs = 60_000): string {
  return `${subject} ${scopes} ${lastsMs}`;
}

export async function liveServer(changes: Partial<LiveOptions<Person>> = {}): Promise<LiveServer> {
  const log = new MemoryLog<Tick>();
  const watched = new Set<TokenHolder<Person>>();
  let executed = 0;
  let waiting: Array<() => void> = [];
  const resolvers = {
    Query: { hello: () => 'world', later: () => new Promise((resolve) => waiting.push(() => resolve('now'))) },
    Mutation: { touch: () => 'touched' },
    Subscription: {
      ticks: {
        subscribe: (_root: unknown, { after, every }: { after?: string; every?: number }) => log.feed(after, ({ number }) => number % (every ?? 1) === 0),
        resolve(tick: { number: number }) {
          executed++;
          return tick;
        },
      },
      count: {
        async *subscribe(_root: unknown, { to }: { to: number }) {
          for (let number = 1; number <= to; number++) yield number;
        },
        resolve: (number: number) => number,
      },
      broken: {
        // eslint-disable-next-line require-yield
        async *subscribe() {
          throw new GatehouseError('UNAVAILABLE', 'It broke.');
        },
      },
    },
    Tick: { wide: (tick: Tick) => String(tick.number).repeat(20_000), secret: () => 42, name: (_tick: Tick, _args: unknown, { principal }: { principal: Person }) => principal.subject },
  };
  const graphs = await Graphs.open([{ name: 'ticks', sdl, schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]) }], { log: createLog('silent'), cost: { maxCost: 1_000_000 } });
  const live = new LiveOperations<Person>({
    graphs,
    log: createLog('silent'),
    introspection: true,
    auditedScopes: ['audited'],
    bufferBytes: 256 * 1024,
    async authenticate(authorization) {
      await new Promise((checked) => setTimeout(checked, 20));
      const [scheme, subject, scopes, lastsMs] = (authorization ?? '').split(' ');
      if (scheme !== 'Bearer' || scopes === undefined) throw new GatehouseError('UNAUTHENTICATED');
      return { principal: { subject: subject!, scopes: new Set(scopes.split(',')) }, subject: subject!, sharingKey: scopes, expiresMs: Date.now() + Number(lastsMs) };
    },
    revocations: {
      watch: (holder) => void watched.add(holder),
      unwatch: (holder) => void watched.delete(holder),
    },
    countOperation() {},
    contextFor: (principal) => ({ correlationId: uuidv7(), principal }) as { correlationId: string } & ScopedContext,
    ...changes,
  });
  const app: FastifyInstance = Fastify();
  const events = new EventStreams(live);
  answerGraphqlError(app, createLog('silent'));
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler: (request, reply) => events.serve(request, reply) });
  const sockets = serveSubscriptions(app.server, live, { isAllowedOrigin: () => true, openSocket: () => () => {} });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url, log, live,
    executed: () => executed,
    release() {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    revoke: (subject) => watched.forEach((holder) => holder.principal.subject === subject && holder.lost()),
    async close() {
      events.close();
      await sockets.close();
      await app.close();
    },
  };
}
