import type { IncomingMessage } from 'node:http';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer, BaseContext } from '@apollo/server';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { CheckedTexts } from '../gateway/document-faults.js';
import { deprecationHeaders } from '../gateway/deprecations.js';
import type { OperationContext } from '../gateway/gateway.js';
import { limits } from '../gateway/limits.js';
import type { TrustedDocuments } from '../gateway/trusted-documents.js';
import { toProblem, type GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { allowOrigins } from './cors.js';
import type { EventStreams } from './events.js';
import { knownError } from './server.js';

export interface GraphqlOptions<Context extends BaseContext> {
  apollo: ApolloServer<Context>;
  /** Answers those who ask for server-sent events. */
  events?: EventStreams<unknown>;
  log: Log;
  /** Documents that clients may name; undefined: they send them. */
  trusted?: TrustedDocuments | undefined;
  /** Origins whose pages may call, besides our own. */
  allowedOrigins?: readonly string[];
  /** @throws GatehouseError UNAUTHENTICATED */
  contextOf(headers: Readonly<Record<string, string | undefined>>, correlationId: string, request: IncomingMessage): Promise<Context>;
}

/** POST (and GET, for queries) /graphql. Without a valid token nothing is executed, not even introspection. */
export function graphqlRoutes<Context extends BaseContext & OperationContext>(app: FastifyInstance, { apollo, events, log, trusted, allowedOrigins = [], contextOf }: GraphqlOptions<Context>): void {
  const contextIn = (request: FastifyRequest) => request.getDecorator<Context | null>('graphqlContext');
  const handler = fastifyApolloHandler(apollo, { context: async (request) => contextIn(request as unknown as FastifyRequest)! });
  const checked = new CheckedTexts();
  app.register(async (scope) => {
    scope.decorateRequest('graphqlContext', null);
    answerGraphqlError(scope, log);
    allowOrigins(scope, '/graphql', allowedOrigins);
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      // Before the body is read: a stranger makes the server hold none of it.
      if (request.method !== 'OPTIONS') request.setDecorator('graphqlContext', await contextOf(singleHeaders(request), request.id, request.raw));
    });
    scope.addHook('preHandler', async (request, reply) => {
      if (events?.isAskedBy(request) === true) {
        await events.serve(request, reply);
        return reply;
      }
      if (trusted !== undefined && request.method !== 'OPTIONS') nameDocument(request, trusted);
      checked.check(request.method === 'GET' ? new URL(request.url, 'http://localhost').searchParams.get('query') : (request.body as { query?: unknown } | null | undefined)?.query);
      return undefined;
    });
    scope.addHook('onSend', async (request, reply) => {
      const deprecated = contextIn(request)?.deprecated;
      if (deprecated !== undefined && deprecated.length > 0) reply.headers(deprecationHeaders(deprecated));
    });
    scope.route({ method: ['GET', 'POST'], url: '/graphql', bodyLimit: limits.maxRequestBytes, handler: handler as never });
  });
}

/** What fails outside of an operation is answered in GraphQL's form, too. */
export function answerGraphqlError(scope: FastifyInstance, log: Log): void {
  scope.setErrorHandler((error: FastifyError | GatehouseError, request, reply) => {
    const known = knownError(error);
    if (known.code === 'INTERNAL' || known.code === 'UNAVAILABLE') log.error({ err: error, correlationId: request.id }, 'a GraphQL request failed');
    const problem = toProblem(known, request.id);
    if (known.retryAfter !== undefined) reply.header('retry-after', String(known.retryAfter));
    const waiting = known.retryAfter === undefined ? {} : { retryAfter: known.retryAfter };
    return reply.code(problem.status).header('cache-control', 'no-store').type('application/json').send({ errors: [{ message: problem.detail, extensions: { code: problem.code, retry: problem.retry, ...waiting } }] });
  });
}

/**
 * Puts the document into a request that names it, where Apollo Server reads it.
 * @throws GatehouseError UNTRUSTED_DOCUMENT
 */
function nameDocument(request: FastifyRequest, trusted: TrustedDocuments): void {
  if (request.method === 'GET') {
    const url = new URL(request.url, 'http://localhost');
    const { searchParams: search } = url;
    search.set('query', trusted.textOf({ query: search.get('query'), documentId: search.get('documentId'), extensions: jsonOf(search.get('extensions')) }));
    search.delete('extensions');
    request.raw.url = `${url.pathname}${url.search}`;
    return;
  }
  const body = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return; // Apollo Server says what is wrong with it
  const { query: _query, documentId: _id, extensions: _extensions, ...rest } = body as Record<string, unknown>;
  request.body = { ...rest, query: trusted.textOf(body) };
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined; // names nothing
  }
}

/** Headers as one text each. */
export function singleHeaders({ headers }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}
