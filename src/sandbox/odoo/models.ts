import { z } from 'zod';
import { CommandModel } from './command-model.js';
import { matches, type Domain } from './domain.js';
import { errors } from './errors.js';
import type { Model, OdooVersion, Records } from './records.js';
import type { Store } from './store.js';
import { SyncModel, type SyncSources } from './sync-model.js';

/** The user whose key Gatehouse has; its key stands for the password, too. */
export const odooLogin = { database: 'sandbox', login: 'gatehouse', apiKey: 'sandbox-api-key' } as const;
/** A user who is not in the group that may synchronise. */
export const otherLogin = { database: 'sandbox', login: 'other', apiKey: 'another-api-key' } as const;

export interface User {
  id: number;
  isMember: boolean;
}

const users = new Map<string, User & { login: string }>([
  [odooLogin.apiKey, { id: 2, login: odooLogin.login, isMember: true }],
  [otherLogin.apiKey, { id: 3, login: otherLogin.login, isMember: false }],
]);

/** Null where no user has this key. */
export function userOfKey(key: unknown): (User & { login: string }) | null {
  return users.get(String(key)) ?? null;
}

const keywords = z.looseObject({ fields: z.array(z.string()).nullish(), offset: z.int().min(0).nullish(), limit: z.int().min(0).nullish(), order: z.string().nullish(), domain: z.array(z.unknown()).nullish() });

/** A call of a model's method, however it came. */
export interface ModelCall {
  model: string;
  method: string;
  /** Records it is called on. */
  ids: readonly number[];
  args: Record<string, unknown>;
}

/** Models of the simulated Odoo, as RPC reaches them. */
export class Models {
  readonly #sync: SyncModel;

  constructor(private readonly sources: SyncSources) {
    this.#sync = new SyncModel(sources);
  }

  has(name: string): boolean {
    return name === 'gatehouse.sync' || name === 'gatehouse.command' || isModel(name);
  }

  hasMethod(model: string, method: string): boolean {
    return (model === 'gatehouse.command' ? CommandModel.methods : model === 'gatehouse.sync' ? SyncModel.methods : ['search_read', 'search_count', 'read']).includes(method);
  }

  /** @throws OdooError */
  call({ model, method, ids, args }: ModelCall, user: User): unknown {
    if (model === 'gatehouse.sync') return this.#sync.call(method, args, user.isMember);
    if (model === 'gatehouse.command') return this.sources.commands.call(args, user.isMember);
    if (!isModel(model)) throw new Error(`${model} was not asked for first.`);
    const { store, version } = this.sources;
    const options = keywords.safeParse(args);
    if (!options.success) throw errors.value(`${model}.${method}() got an argument of a wrong type`);
    const { domain, fields, order, offset, limit } = options.data;
    if (method === 'search_count') return search(store, version, model, (domain ?? []) as Domain, null).length;
    // Records that are gone are left out.
    if (method === 'read') return project(version, model, rowsOf(store, model).filter((row) => ids.includes(row.id)), fields);
    const found = search(store, version, model, (domain ?? []) as Domain, order);
    const start = offset ?? 0;
    return project(version, model, found.slice(start, limit ? start + limit : undefined), fields);
  }
}

/** Rows as the RPC gives them: many2one as [id, name], lines as ids, empty as false. */
type Row = Record<string, unknown> & { id: number };

const lineFields: Partial<Record<Model, Readonly<Record<string, string>>>> = { 'sale.order': { lines: 'order_line' }, 'stock.picking': { lines: 'move_line_ids', moves: 'move_ids' } };
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
    if (Array.isArray(value)) row[lineFields[model]?.[field] ?? field] = value.map((line: { id: number }) => line.id);
    else row[field] = typeof value === 'object' && value !== null && 'id' in value && 'name' in value ? [value.id, value.name] : (value ?? false);
  }
  return { ...row, display_name: row['name'] ?? `${model},${id}` };
}

function search(store: Store, version: OdooVersion, model: Model, domain: Domain, order: string | null | undefined): Row[] {
  const rows = rowsOf(store, model);
  const known = new Set(Object.keys(rows[0] ?? { id: 0 }));
  const wrong = domain.find((term) => Array.isArray(term) && rows.length > 0 && !known.has(String(term[0]).split('.')[0]!));
  if (Array.isArray(wrong)) throw errors.value(`Invalid field ${model}.${String(wrong[0])} in ${version === '18.0' ? 'leaf' : 'condition'} ${leafText(wrong)}`);
  const found = rows.filter((row) => matches(row, domain));
  const [field = 'id', direction = 'asc'] = (order ?? 'id').split(',')[0]!.trim().split(/\s+/);
  found.sort((a, b) => compare(a[field], b[field]) * (direction.toLowerCase() === 'desc' ? -1 : 1));
  return found;
}

function leafText(leaf: readonly unknown[]): string {
  return `(${leaf.map((part) => (typeof part === 'string' ? `'${part}'` : String(part))).join(', ')})`;
}

function project(version: OdooVersion, model: Model, rows: Row[], fields: readonly string[] | null | undefined): Row[] {
  if (fields === undefined || fields === null || fields.length === 0) return rows;
  return rows.map((row) => {
    const unknown = fields.find((field) => !(field in row));
    if (unknown !== undefined) throw errors.value(`Invalid field '${unknown}' on ${version === '18.0' ? 'model ' : ''}'${model}'`);
    return { id: row.id, ...Object.fromEntries(fields.map((field) => [field, row[field]])) };
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
