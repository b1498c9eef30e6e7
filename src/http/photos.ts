import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { GatehouseError } from '../lib/errors.js';
import { globalId } from '../lib/ids.js';

export interface PhotoOptions {
  maxBytes: number;
  /** Who asks. @throws GatehouseError UNAUTHENTICATED, RATE_LIMITED */
  authenticate(request: FastifyRequest): Promise<Principal>;
  /** @returns UUID of the document @throws GatehouseError NOT_FOUND, UNSUPPORTED_TYPE, TOO_LARGE, CONFLICT */
  keep(visit: string, content: Uint8Array, by: Principal, correlationId: string): Promise<string>;
}

const types: readonly string[] = ['image/jpeg', 'image/png', 'application/octet-stream'];

/** POST /visits/<id>/photos: a JPEG or PNG of what was found, as the body. What it is, its bytes say. GET /documents/<id> gives it back. */
export function photoRoutes(app: FastifyInstance, { maxBytes, authenticate, keep }: PhotoOptions): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([...types], { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) => done(null, body));
    // Who may not send one is told before the body is read.
    const principals = new WeakMap<FastifyRequest, Principal>();
    scope.post<{ Params: { id: string }; Body: Buffer }>('/visits/:id/photos', {
      bodyLimit: maxBytes,
      async onRequest(request) {
        const principal = await authenticate(request);
        if (!principal.scopes.has('yard:write')) throw new GatehouseError('FORBIDDEN');
        if (!types.includes(request.headers['content-type']?.split(';')[0]!.trim().toLowerCase() ?? '')) throw new GatehouseError('UNSUPPORTED_TYPE', 'Send a photo as the body, with the content type image/jpeg or image/png.');
        principals.set(request, principal);
      },
    }, async (request, reply) => {
      if (!Buffer.isBuffer(request.body)) throw new GatehouseError('UNSUPPORTED_TYPE', 'Send a JPEG or PNG picture as the body.');
      const id = globalId('Document', await keep(request.params.id, request.body, principals.get(request)!, request.id));
      return reply.status(201).send({ id, path: `/documents/${id}` });
    });
  });
}
