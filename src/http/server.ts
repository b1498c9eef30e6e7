import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { errorTable, GatehouseError, toProblem } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import type { Log } from '../lib/log.js';

/** Fastify's own refusals, as rows of our table. */
const fastifyCodes: Readonly<Record<string, ConstructorParameters<typeof GatehouseError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_TYPE',
};

/** The HTTP server without routes: limits, one shape for every error, headers that every answer carries. */
export function createServer(options: { log: Log; maxBodyBytes: number }): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    genReqId: () => uuidv7(),
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer').header('x-frame-options', 'DENY');
  });
  app.setErrorHandler((error: FastifyError | GatehouseError, request, reply) => {
    const known = knownError(error);
    if (known.code === 'INTERNAL' || known.code === 'UNAVAILABLE') options.log.error({ err: error, correlationId: request.id, route: request.routeOptions.url }, 'a request failed');
    const problem = toProblem(known, request.id);
    if (known.retryAfter !== undefined) reply.header('retry-after', String(known.retryAfter));
    return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = toProblem(new GatehouseError('NOT_FOUND', 'There is nothing at this address.'), request.id);
    return reply.code(404).type('application/problem+json').send(JSON.stringify(problem));
  });
  return app;
}

function knownError(error: FastifyError | GatehouseError): GatehouseError {
  if (error instanceof GatehouseError) return error;
  const code = fastifyCodes[error.code];
  if (code !== undefined) return new GatehouseError(code);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new GatehouseError('BAD_INPUT', status === 400 ? 'The request cannot be read.' : errorTable.BAD_INPUT.message);
  return new GatehouseError('INTERNAL', undefined, { cause: error });
}
