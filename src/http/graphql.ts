import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer, BaseContext } from '@apollo/server';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { TrustedDocuments } from '../gateway/trusted-documents.js';
import { toProblem, type GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { knownError } from './server.js';

export interface GraphqlOptions<Context extends BaseContext> {
  apollo: ApolloServer<Context>;
  log: Log;
  /** Documents that clients may name; undefined: they send them. */
  trusted?: TrustedDocuments | undefined;
  /** @throws GatehouseError UNAUTHENTICATED */
  contextOf(headers: Readonly<Record<string, string | undefined>>, correlationId: string): Promise<Context>;
}

/** POST (and GET, for queries) /graphql. Without a valid token nothing is executed, not even introspection. */
export function graphqlRoutes<Context extends BaseContext>(app: FastifyInstance, { apollo, log, trusted, contextOf }: GraphqlOptions<Context>): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  const handler = fastifyApolloHandler(apollo, { context: async (request) => contexts.get(request as unknown as FastifyRequest)! });
  app.register(async (scope) => {
    answerGraphqlError(scope, log);
    scope.addHook('preHandler', async (request) => {
      if (trusted !== undefined) nameDocument(request, trusted);
      contexts.set(request, await contextOf(singleHeaders(request), request.id));
    });
    scope.route({ method: ['GET', 'POST'], url: '/graphql', handler: handler as never });
  });
}

/** What fails outside of an operation is answered in GraphQL's form, too. */
export function answerGraphqlError(scope: FastifyInstance, log: Log): void {
  scope.setErrorHandler((error: FastifyError | GatehouseError, request, reply) => {
    const known = knownError(error);
    if (known.code === 'INTERNAL' || known.code === 'UNAVAILABLE') log.error({ err: error, correlationId: request.id }, 'a GraphQL request failed');
    const problem = toProblem(known, request.id);
    return reply.code(problem.status).type('application/json').send({ errors: [{ message: problem.detail, extensions: { code: problem.code, retry: problem.retry } }] });
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
