import { z } from 'zod';
import { errors, OdooError } from './errors.js';
import { odooLogin, userOfKey, type Models } from './models.js';
import type { OdooVersion } from './records.js';

const call = z.object({ jsonrpc: z.literal('2.0').optional(), id: z.union([z.number(), z.string(), z.null()]).optional(), params: z.object({ service: z.string(), method: z.string(), args: z.array(z.unknown()) }) });

/** Positional arguments of these methods by name, after the ids where they are called on records. */
const positions: Readonly<Record<string, readonly string[]>> = {
  search_read: ['domain', 'fields', 'offset', 'limit', 'order'], search_count: ['domain', 'limit'], read: ['fields'],
  begin: ['connection', 'floor', 'key_start'], read_page: ['connection', 'topic', 'after', 'limit'], read_known: ['connection', 'topic', 'records'],
  apply_commands: ['commands'],
};

export function versionInfo(version: OdooVersion): Record<string, unknown> {
  return { server_version: version, server_version_info: [Number.parseInt(version, 10), 0, 0, 'final', 0, ''], server_serie: version, protocol_version: 1 };
}

/** Answers one body of /jsonrpc as Odoo does: always 200, errors inside. */
export function answerJsonRpc(body: unknown, models: Models, version: OdooVersion): Record<string, unknown> {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : null;
  try {
    const parsed = call.safeParse(body);
    if (!parsed.success) throw new OdooError('builtins.TypeError', "RPC.jsonrpc() missing 3 required positional arguments: 'service', 'method', and 'args'", 500);
    const { service, method, args } = parsed.data.params;
    const result = dispatch(service, method, args, models, version);
    // The key is left out where a method gives None.
    return { jsonrpc: '2.0', id, ...(result === null || result === undefined ? {} : { result }) };
  } catch (error) {
    if (!(error instanceof OdooError)) throw error;
    return { jsonrpc: '2.0', id, error: { code: version === '18.0' ? 200 : 0, message: 'Odoo Server Error', data: error.toData() } };
  }
}

function dispatch(service: string, method: string, args: unknown[], models: Models, version: OdooVersion): unknown {
  if (service === 'common' && method === 'version') return versionInfo(version);
  if (service === 'common' && (method === 'authenticate' || method === 'login')) {
    needDatabase(args[0]);
    const user = userOfKey(args[2]);
    return user !== null && user.login === args[1] ? user.id : false;
  }
  if (service === 'object' && method === 'execute_kw') return execute(args, models, version);
  if (service === 'common') throw new OdooError('builtins.Exception', `Method not found: ${method}`, 500);
  throw new OdooError('builtins.KeyError', service, 500);
}

function needDatabase(name: unknown): void {
  if (name !== odooLogin.database) throw new OdooError('psycopg2.OperationalError', `connection to server failed: FATAL:  database "${String(name)}" does not exist\n`, 500);
}

function execute([database, uid, key, model, method, positional = [], named = {}]: unknown[], models: Models, version: OdooVersion): unknown {
  needDatabase(database);
  const user = userOfKey(key);
  if (user === null || user.id !== uid) throw errors.denied();
  const [modelName, methodName] = [String(model), String(method)];
  if (!models.has(modelName)) throw errors.user(`Object ${modelName} doesn't exist`);
  if (methodName.startsWith('_')) throw errors.access(`Private methods (such as ${version === '18.0' ? methodName : `'${modelName}.${methodName}'`}) cannot be called remotely.`);
  if (!models.hasMethod(modelName, methodName)) throw new OdooError('builtins.AttributeError', version === '18.0' ? `The method '${methodName}' does not exist on the model '${modelName}'` : `The method '${modelName}.${methodName}' does not exist`, 500);
  const rest = [...(positional as unknown[])];
  const ids = methodName === 'read' ? [rest.shift()].flat().map(Number) : [];
  const args = { ...Object.fromEntries(rest.map((value, index) => [positions[methodName]![index] ?? `argument ${index}`, value])), ...(named as object) };
  return models.call({ model: modelName, method: methodName, ids, args }, user);
}
