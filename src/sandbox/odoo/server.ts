import { fastify, type FastifyInstance } from 'fastify';
import type { Faults } from '../webhooks.js';
import { answerJsonRpc, versionInfo } from './jsonrpc.js';
import type { Store } from './store.js';

/** Odoo 18's RPC endpoints, as far as they are simulated. */
export function createOdooServer(store: Store, faults: Faults): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (_request, reply) => (faults.odooUnavailable ? reply.code(503).type('text/html').send('<h1>503 Service Unavailable</h1>') : undefined));
  app.post('/jsonrpc', async (request) => answerJsonRpc(request.body, store));
  app.post<{ Body: { id?: unknown } | null }>('/web/webclient/version_info', async (request) => ({ jsonrpc: '2.0', id: request.body?.id ?? null, result: versionInfo }));
  // 19 has /web/version; 18 answers it with a page.
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send('<!DOCTYPE html><title>404 Not Found</title><h1>Not Found</h1>'));
  return app;
}
