import type { FastifyInstance, FastifyRequest } from 'fastify';
import { instant } from '../lib/clock.js';

export interface SessionOptions {
  /** Whether the pages sign in by themselves: on loopback, with the sandbox on. */
  demonstration: boolean;
  createToken(ttlSeconds: number): Promise<string>;
  publicKeys(): Promise<object>;
}

const ttlSeconds = 15 * 60;

/** GET /session: a demonstration token, or none; GET /.well-known/jwks.json: keys to check our tokens with. */
export function sessionRoutes(app: FastifyInstance, options: SessionOptions): void {
  app.get('/session', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!options.demonstration || !isLocal(request)) return { demonstration: false, token: null, expiresAt: null };
    return { demonstration: true, token: await options.createToken(ttlSeconds), expiresAt: instant(Date.now() + ttlSeconds * 1000) };
  });
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=60');
    return options.publicKeys();
  });
}

/** Behind a proxy everybody comes from loopback. A page of another site can make a browser ask loopback under that site's name; it gets no token. */
function isLocal(request: FastifyRequest): boolean {
  if (['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some((name) => request.headers[name] !== undefined)) return false;
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
  const origin = request.headers.origin;
  const site = request.headers['sec-fetch-site'];
  return local.test(request.headers.host ?? '') && (origin === undefined || local.test(origin.replace(/^https?:\/\//, ''))) && (site === undefined || site === 'same-origin' || site === 'none');
}
