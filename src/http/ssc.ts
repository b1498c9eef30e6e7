import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { GatehouseError } from '../lib/errors.js';

/** Docks that are given out here, as systems of carriers ask for them. */
export interface SscDesk {
  /** @throws GatehouseError where it is no request of the standard, or cannot be answered now */
  answer(action: string, body: unknown, asker: { by: Principal; requestId: string | null; correlationId: string }): Promise<{ body: object; retryAfter?: number }>;
}

export interface SscOptions {
  desk: SscDesk;
  /** What is served as the description of these routes: OpenAPI, as JSON text. */
  description: string;
  /** Who asks. @throws GatehouseError UNAUTHENTICATED, RATE_LIMITED */
  authenticate(request: FastifyRequest): Promise<Principal>;
}

/** Where the paths of the standard begin. */
export const sscBase = '/ssc/v1';
/** Far more than a request needs. */
const maxBodyBytes = 64 * 1024;

/**
 * Appointments by the standard of the Scheduling Standards Consortium, for systems of carriers: POST /ssc/v1/appointments/v1/<action>. What the
 * standard calls a failure is 200 with its status; only what is none of the standard, or not allowed at all, is problem details.
 */
export function sscRoutes(app: FastifyInstance, { desk, description, authenticate }: SscOptions): void {
  app.get(`${sscBase}/openapi.json`, (_request, reply) => reply.header('cache-control', 'public, max-age=300').type('application/json').send(description));
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: maxBodyBytes }, (_request, body, done) => {
      try {
        done(null, JSON.parse(body as string));
      } catch {
        done(new GatehouseError('BAD_INPUT', 'The body is not JSON.'));
      }
    });
    const principals = new WeakMap<FastifyRequest, Principal>();
    scope.post<{ Params: { action: string } }>(`${sscBase}/appointments/v1/:action`, {
      bodyLimit: maxBodyBytes,
      // Before the body is read: a stranger makes the server hold none of it.
      onRequest: async (request) => void principals.set(request, await allowed(request, authenticate)),
    }, async (request, reply) => answered(reply, await desk.answer(request.params.action, request.body, { by: principals.get(request)!, requestId: requestIdOf(request), correlationId: request.id })));
  });
}

/** @throws GatehouseError UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
async function allowed(request: FastifyRequest, authenticate: SscOptions['authenticate']): Promise<Principal> {
  const principal = await authenticate(request);
  if (!principal.scopes.has('appointments:book')) throw new GatehouseError('FORBIDDEN', 'Booking docks needs the scope appointments:book.');
  return principal;
}

/** The standard has none; this is what APIs use that have one. */
function requestIdOf({ headers }: FastifyRequest): string | null {
  const given = headers['idempotency-key'];
  return typeof given === 'string' ? given.trim() : null;
}

function answered(reply: FastifyReply, { body, retryAfter }: { body: object; retryAfter?: number }): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(body));
}
