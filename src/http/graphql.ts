import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer, BaseContext } from '@apollo/server';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { toProblem, type GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import { knownError } from './server.js';

export interface GraphqlOptions<Context extends BaseContext> {
  apollo: ApolloServer<Context>;
  log: Log;
  /** @throws GatehouseError UNAUTHENTICATED */
  contextOf(authorization: string | undefined, correlationId: string): Promise<Context>;
}

/** POST (and GET, for queries) /graphql. Without a valid token nothing is executed, not even introspection. */
export function graphqlRoutes<Context extends BaseContext>(app: FastifyInstance, { apollo, log, contextOf }: GraphqlOptions<Context>): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  const handler = fastifyApolloHandler(apollo, { context: async (request) => contexts.get(request as unknown as FastifyRequest)! });
  app.register(async (scope) => {
    scope.setErrorHandler((error: FastifyError | GatehouseError, request, reply) => {
      const known = knownError(error);
      if (known.code === 'INTERNAL' || known.code === 'UNAVAILABLE') log.error({ err: error, correlationId: request.id }, 'a GraphQL request failed');
      const problem = toProblem(known, request.id);
      return reply.code(problem.status).type('application/json').send({ errors: [{ message: problem.detail, extensions: { code: problem.code, retry: problem.retry } }] });
    });
    scope.addHook('preHandler', async (request) => {
      contexts.set(request, await contextOf(request.headers.authorization, request.id));
    });
    scope.route({ method: ['GET', 'POST'], url: '/graphql', handler: handler as never });
  });
}
