import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What clients of GraphQL send, and what their scripts may read. A token goes in a header, never in a cookie: no credentials. */
const allowed = { methods: 'GET, POST', headers: 'authorization, content-type, accept, apollo-require-preflight, x-apollo-operation-name, last-event-id' } as const;
const readable = 'retry-after, deprecation, sunset';
const preflightSeconds = '600';

/**
 * Lets pages of the origins that are named call the routes of `scope`, and answers what browsers ask before (OPTIONS on `url`).
 * Pages of any other origin are told nothing, which browsers take for no.
 */
export function allowOrigins(scope: FastifyInstance, url: string, origins: readonly string[]): void {
  if (origins.length === 0) return;
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'origin');
    if (isAllowed(request, origins)) reply.headers({ 'access-control-allow-origin': request.headers.origin!, 'access-control-expose-headers': readable, 'cross-origin-resource-policy': 'cross-origin' });
  });
  scope.options(url, async (request, reply: FastifyReply) => {
    if (isAllowed(request, origins)) reply.headers({ 'access-control-allow-methods': allowed.methods, 'access-control-allow-headers': allowed.headers, 'access-control-max-age': preflightSeconds });
    return reply.code(204).send();
  });
}

function isAllowed({ headers }: FastifyRequest, origins: readonly string[]): boolean {
  return headers.origin !== undefined && origins.includes(headers.origin);
}
