import type { FastifyInstance } from 'fastify';
import { errors, OdooError } from './errors.js';
import { odooLogin, userOfKey, type Models } from './models.js';

const noDatabase = '<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>\n';

/** POST /json/2/<model>/<method>, as Odoo 19 has it: the value itself, or an error under its status. */
export function json2Routes(app: FastifyInstance, models: Models): void {
  app.post<{ Params: { model: string; method: string }; Body: unknown }>('/json/2/:model/:method', async (request, reply) => {
    if (request.headers['x-odoo-database'] !== undefined && request.headers['x-odoo-database'] !== odooLogin.database) return reply.code(404).type('text/html').send(noDatabase);
    try {
      const value = answer(request.headers.authorization, request.params, request.body, models);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(value ?? null));
    } catch (error) {
      if (!(error instanceof OdooError)) throw error;
      if (error.status === 401) reply.header('www-authenticate', 'Bearer');
      return reply.code(error.status).send(error.toData());
    }
  });
}

function answer(authorization: string | undefined, { model, method }: { model: string; method: string }, body: unknown, models: Models): unknown {
  const key = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) throw errors.http(401, 'Unauthorized', 'User not authenticated, use an API Key with a Bearer Authorization header.');
  const user = userOfKey(key);
  if (user === null) throw errors.http(401, 'Unauthorized', 'Invalid apikey');
  if (!models.has(model)) throw errors.http(404, 'NotFound', `the model '${model}' does not exist`);
  if (method.startsWith('_')) throw errors.access(`Private methods (such as '${model}.${method}') cannot be called remotely.`);
  if (!models.hasMethod(model, method)) throw errors.http(404, 'NotFound', `The method '${model}.${method}' does not exist`);
  const { ids = [], context: _, ...args } = (typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}) as { ids?: number[]; context?: unknown } & Record<string, unknown>;
  const missing = required(method).find((name) => !(name in args));
  if (missing !== undefined) throw errors.http(422, 'UnprocessableEntity', `missing a required argument: '${missing}'`);
  return models.call({ model, method, ids, args }, user);
}

function required(method: string): string[] {
  return method === 'begin' ? ['connection'] : method === 'read_page' ? ['connection', 'topic'] : method === 'read_known' ? ['connection', 'topic', 'records'] : method === 'apply_commands' ? ['commands'] : [];
}
