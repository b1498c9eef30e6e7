import { fastify, type FastifyInstance } from 'fastify';
import { json2Routes } from './json2.js';
import { answerJsonRpc, versionInfo } from './jsonrpc.js';
import { Models } from './models.js';
import type { SyncSources } from './sync-model.js';

/** As Odoo: files come within a call. */
const maxBodyBytes = 128 * 1024 * 1024;

/** Odoo's RPC endpoints, as far as they are simulated: /jsonrpc in every version, JSON-2 and /web/version from 19 on. */
export function createOdooServer(sources: SyncSources): FastifyInstance {
  const { faults, version } = sources;
  const models = new Models(sources);
  const app = fastify({ forceCloseConnections: true, bodyLimit: maxBodyBytes });
  app.addHook('onRequest', async (_request, reply) => (faults.odooUnavailable ? reply.code(503).type('text/html').send('<h1>503 Service Unavailable</h1>') : undefined));
  app.post('/jsonrpc', async (request) => answerJsonRpc(request.body, models, version));
  app.post<{ Body: { id?: unknown } | null }>('/web/webclient/version_info', async (request) => ({ jsonrpc: '2.0', id: request.body?.id ?? null, result: versionInfo(version) }));
  if (version !== '18.0') {
    app.get('/web/version', async () => ({ version_info: versionInfo(version)['server_version_info'], version }));
    json2Routes(app, models);
  }
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    // What is no JSON is refused before any method is looked for.
    if (error.statusCode !== 400) throw error;
    return request.url.startsWith('/jsonrpc') ? reply.code(400).type('text/html').send('Invalid JSON data') : reply.code(400).send({ name: 'werkzeug.exceptions.BadRequest', message: 'could not parse the body as json', arguments: ['could not parse the body as json', 400], context: {}, debug: '' });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send('<!DOCTYPE html><title>404 Not Found</title><h1>Not Found</h1>'));
  return app;
}
