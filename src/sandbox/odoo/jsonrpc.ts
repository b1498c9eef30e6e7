import { z } from 'zod';
import { database, type Model, type Records } from './records.js';
import { matches, type Domain } from './domain.js';
import type { Store } from './store.js';

/** The one user of the simulated Odoo; its password stands for an API key. */
export const odooLogin = { database, login: 'gatehouse', apiKey: 'sandbox-api-key' } as const;
const userId = 2;

export const versionInfo = { server_version: '18.0', server_version_info: [18, 0, 0, 'final', 0, ''], server_serie: '18.0', protocol_version: 1 };

/** An exception of Odoo, by the name that it carries in `error.data.name`. */
class OdooError extends Error {
  constructor(readonly exception: string, message: string) {
    super(message);
  }
}

const call = z.object({ jsonrpc: z.literal('2.0').optional(), id: z.union([z.number(), z.string(), z.null()]).optional(), params: z.object({ service: z.string(), method: z.string(), args: z.array(z.unknown()) }) });
const keywords = z.looseObject({ fields: z.array(z.string()).nullish(), offset: z.int().min(0).nullish(), limit: z.int().min(0).nullish(), order: z.string().nullish(), domain: z.array(z.unknown()).optional() });

/** Answers one body of /jsonrpc as Odoo 18 does: always 200, errors inside. */
export function answerJsonRpc(body: unknown, store: Store): Record<string, unknown> {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : null;
  try {
    const parsed = call.safeParse(body);
    if (!parsed.success) throw new OdooError('werkzeug.exceptions.BadRequest', 'Invalid JSON-RPC data');
    const { service, method, args } = parsed.data.params;
    return { jsonrpc: '2.0', id, result: dispatch(service, method, args, store) };
  } catch (error) {
    if (!(error instanceof OdooError)) throw error;
    const data = { name: error.exception, debug: `Traceback (most recent call last):\n${error.exception}: ${error.message}\n`, message: error.message, arguments: [error.message], context: {} };
    return { jsonrpc: '2.0', id, error: { code: 200, message: 'Odoo Server Error', data } };
  }
}

function dispatch(service: string, method: string, args: unknown[], store: Store): unknown {
  if (service === 'common' && method === 'version') return versionInfo;
  if (service === 'common' && (method === 'authenticate' || method === 'login')) {
    return args[0] === odooLogin.database && args[1] === odooLogin.login && args[2] === odooLogin.apiKey ? userId : false;
  }
  if (service === 'object' && method === 'execute_kw') return execute(args, store);
  throw new OdooError('builtins.AttributeError', `Method not found: ${service}.${method}`);
}

function execute([db, user, password, model, method, positional = [], named = {}]: unknown[], store: Store): unknown {
  if (db !== odooLogin.database || user !== userId || password !== odooLogin.apiKey) throw new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
  if (typeof model !== 'string' || !isModel(model)) throw new OdooError('odoo.exceptions.UserError', `Object ${String(model)} doesn't exist`);
  const options = keywords.safeParse(named);
  if (!options.success || !Array.isArray(positional)) throw new OdooError('builtins.TypeError', `${model}.${String(method)}() got an unexpected argument`);
  switch (method) {
    case 'search_read': {
      const found = search(store, model, (positional[0] ?? options.data.domain ?? []) as Domain, options.data.order);
      const start = options.data.offset ?? 0;
      const end = options.data.limit ? start + options.data.limit : undefined;
      return project(model, found.slice(start, end), positional[1] ?? options.data.fields);
    }
    case 'search_count':
      return search(store, model, (positional[0] ?? options.data.domain ?? []) as Domain, null).length;
    case 'read':
      return project(model, rowsOf(store, model).filter((row) => [positional[0]].flat().includes(row['id'])), positional[1] ?? options.data.fields);
    default:
      throw new OdooError('builtins.AttributeError', `The method '${model}.${String(method)}' does not exist`);
  }
}

/** Rows as the RPC gives them: many2one as [id, name], lines as ids, empty as false. */
type Row = Record<string, unknown> & { id: number };

const lineFields: Partial<Record<Model, string>> = { 'sale.order': 'order_line', 'stock.picking': 'move_line_ids' };
const models: readonly Model[] = ['res.partner', 'product.product', 'sale.order', 'stock.picking', 'account.move', 'stock.quant'];

function isModel(name: string): name is Model {
  return (models as readonly string[]).includes(name);
}

function rowsOf(store: Store, model: Model): Row[] {
  return [...store.rows(model)].map(([id, record]) => toRow(id, model, record));
}

function toRow(id: number, model: Model, record: Records[Model]): Row {
  const row: Row = { id };
  for (const [field, value] of Object.entries(record as unknown as Record<string, unknown>)) {
    if (Array.isArray(value)) row[lineFields[model] ?? field] = value.map((line: { id: number }) => line.id);
    else row[field] = typeof value === 'object' && value !== null && 'id' in value && 'name' in value ? [value.id, value.name] : (value ?? false);
  }
  return { ...row, display_name: row['name'] ?? `${model},${id}` };
}

function search(store: Store, model: Model, domain: Domain, order: string | null | undefined): Row[] {
  const rows = rowsOf(store, model);
  const known = new Set(Object.keys(rows[0] ?? { id: 0 }));
  const wrong = domain.flatMap((term) => (Array.isArray(term) ? [String(term[0])] : [])).find((field) => rows.length > 0 && !known.has(field.split('.')[0]!));
  if (wrong !== undefined) throw new OdooError('builtins.ValueError', `Invalid field ${model}.${wrong} in leaf`);
  const found = rows.filter((row) => matches(row, domain));
  const [field = 'id', direction = 'asc'] = (order ?? 'id').split(',')[0]!.trim().split(/\s+/);
  found.sort((a, b) => compare(a[field], b[field]) * (direction.toLowerCase() === 'desc' ? -1 : 1));
  return found;
}

function project(model: Model, rows: Row[], fields: unknown): Row[] {
  if (!Array.isArray(fields) || fields.length === 0) return rows;
  return rows.map((row) => {
    const unknown = fields.find((field) => !(String(field) in row));
    if (unknown !== undefined) throw new OdooError('builtins.ValueError', `Invalid field '${String(unknown)}' on model '${model}'`);
    return { id: row.id, ...Object.fromEntries(fields.map((field) => [String(field), row[String(field)]])) };
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
