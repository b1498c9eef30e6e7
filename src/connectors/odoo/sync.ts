import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Outcome, Sync, SyncPage, SyncSource, SyncStart, SyncTest, SyncTopic } from '../contract.js';
import { failure } from '../kit/http.js';
import { orderDirections } from './codes.js';
import { defaultLimits, OdooApi, type OdooDialect, type OdooLimits } from './api.js';
import type { OdooTopic } from './payloads.js';
import type { OdooSettings } from './settings.js';

/** Model of the addon that states records as its outbox does. */
const syncModel = 'gatehouse.sync';
/** By so many characters Odoo finds an API key, too. */
const keyStart = 8;

/** What others refer to comes first. */
const topics: ReadonlyArray<SyncTopic & { topic: OdooTopic }> = [
  { topic: 'partner', kind: 'party' }, { topic: 'product', kind: 'product' }, { topic: 'order', kind: 'order' }, { topic: 'delivery', kind: 'transfer' },
  { topic: 'receipt', kind: 'transfer' }, { topic: 'invoice', kind: 'invoice' }, { topic: 'stock', kind: 'stock' },
];

const dialectSchema = z.object({ protocol: z.enum(['json-2', 'jsonrpc']), version: z.string(), uid: z.int().optional() });
const startSchema = z.looseObject({ totals: z.record(z.string(), z.int().min(0)), keyExpiresAt: z.string().nullish().or(z.literal(false)), database: z.string(), odooVersion: z.string(), companies: z.array(z.int()) });
const pageSchema = z.looseObject({ specversion: z.literal('1'), database: z.string(), odooVersion: z.string(), sentAt: z.string(), events: z.array(z.json()), next: z.string().nullish(), underway: z.int().min(0), unreadable: z.array(z.unknown()) });

interface Start {
  totals: Record<string, number>;
  database: string;
  companies: number[];
  keyExpiresAt: string | null;
}

/** Reading from Odoo through the addon, whose method `read_page` gives the same events as its outbox. */
export function odooSync(limits: OdooLimits = defaultLimits): Sync<OdooSettings> {
  return {
    topics,
    lacks({ settings, secrets }) {
      const missing = [...(settings.url ? [] : ['url']), ...(settings.database ? [] : ['database']), ...(secrets['apiKey']?.length ? [] : ['apiKey'])];
      return missing.length === 0 ? null : `Set ${missing.join(', ')} to synchronise.`;
    },
    open: (access, memory) => new OdooSource(access, memory, limits),
  };
}

class OdooSource implements SyncSource {
  readonly #api: OdooApi;
  readonly #connection: string;
  readonly #apiKey: string;

  constructor({ connection, settings, secrets, allowedNetworks }: Access<OdooSettings>, memory: Json | null, limits: OdooLimits) {
    this.#connection = connection;
    this.#apiKey = secrets['apiKey']?.[0] ?? '';
    const known = dialectSchema.safeParse(memory);
    const dialect = known.success ? (known.data as OdooDialect) : null;
    const login = settings.login === undefined ? {} : { login: settings.login };
    this.#api = new OdooApi({ url: settings.url ?? '', database: settings.database ?? '', apiKey: this.#apiKey, allowedNetworks, ...login }, dialect, limits);
  }

  async test(): Promise<Outcome<SyncTest>> {
    const dialect = await this.#api.dialect();
    if (!dialect.ok) return dialect;
    const start = await this.#begin(0);
    if (!start.ok) return start;
    const { database, companies, totals, keyExpiresAt } = start.value;
    const records = Object.entries(totals).map(([topic, total]) => `${total} ${topic}`).join(', ');
    const companyIds = `${companies.length === 1 ? 'company' : 'companies'} ${companies.join(', ')}`;
    return { ok: true, value: { lines: [`Odoo ${dialect.value.version}, database ${database}, by ${dialect.value.protocol === 'json-2' ? 'JSON-2' : '/jsonrpc'}.`, `Sends for ${companyIds}: ${records}.`], keyExpiresAt } };
  }

  async begin(floor: number): Promise<Outcome<SyncStart>> {
    const dialect = await this.#api.dialect();
    if (!dialect.ok) return dialect;
    const start = await this.#begin(floor);
    if (!start.ok) return start;
    return { ok: true, value: { totals: start.value.totals, keyExpiresAt: start.value.keyExpiresAt, memory: { ...dialect.value } } };
  }

  async readPage(topic: string, after: string | null, limit: number): Promise<Outcome<SyncPage>> {
    return this.#page('read_page', { topic, limit, ...(after === null ? {} : { after }) });
  }

  async readDeleted(topic: string, ids: readonly string[]): Promise<Outcome<SyncPage>> {
    return this.#page('read_known', { topic, records: ids.flatMap((id) => sourceKey(topic, id) ?? []) });
  }

  toMessage(page: SyncPage, records: readonly Json[]): { headers: Record<string, string>; body: Uint8Array } {
    return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ ...page.envelope, events: records })) };
  }

  async #begin(floor: number): Promise<Outcome<Start>> {
    const answer = await this.#call('begin', { floor, key_start: this.#apiKey.slice(0, keyStart) });
    if (!answer.ok) return answer;
    const start = startSchema.safeParse(answer.value);
    if (!start.success) return unreadable(start.error);
    const expiry = start.data.keyExpiresAt ? parseOffsetTime(start.data.keyExpiresAt) : null;
    const { totals, database, companies } = start.data;
    return { ok: true, value: { totals, database, companies, keyExpiresAt: expiry?.instant ?? null } };
  }

  async #page(method: string, args: Record<string, Json>): Promise<Outcome<SyncPage>> {
    const answer = await this.#call(method, args);
    if (!answer.ok) return answer;
    const page = pageSchema.safeParse(answer.value);
    if (!page.success) return unreadable(page.error);
    const { specversion, database, odooVersion, sentAt, events, next, underway, unreadable: failed } = page.data;
    return { ok: true, value: { records: events as Json[], envelope: { specversion, database, odooVersion, sentAt }, next: next ?? null, underway, unreadable: failed.length } };
  }

  async #call(method: string, args: Record<string, Json>): Promise<Outcome<Json>> {
    const answer = await this.#api.call(syncModel, method, { connection: this.#connection, ...args });
    if (answer.ok || !/gatehouse\.sync/.test(answer.error.message) || answer.error.kind !== 'invalid') return answer;
    return { ok: false, error: { ...answer.error, message: `The Gatehouse addon in this Odoo is missing or older than this server: install or update it. (${answer.error.message})` } };
  }
}

/** [model, id, location, company] of a record by the id that its facts have; null where it is none of ours. */
function sourceKey(topic: string, id: string): [[string, number, number, number]] | null {
  const number = (text: string | undefined) => (text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null);
  const key = (model: string, ...of: Array<number | null>): [[string, number, number, number]] | null => (of.includes(null) ? null : [[model, of[0]!, of[1] ?? 0, of[2] ?? 0]]);
  switch (topic as OdooTopic) {
    case 'partner': return key('res.partner', number(id));
    case 'product': return key('product.product', number(id));
    case 'delivery':
    case 'receipt': return key('stock.picking', number(id));
    case 'invoice': return key('account.move', number(id));
    case 'order': {
      const [model] = Object.entries(orderDirections).find(([, direction]) => (direction === 'PURCHASE') === id.startsWith('purchase-'))!;
      return key(model, number(id.replace(/^purchase-/, '')));
    }
    case 'stock': {
      const [product, location, company, ...rest] = id.split('-');
      return rest.length > 0 ? null : key('stock.quant', number(product), number(location), number(company));
    }
    default: return null;
  }
}

function unreadable(error: z.ZodError) {
  const issue = error.issues[0];
  return failure('unparseable', `The answer of the addon is not as this version expects (${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not valid'}). Update the addon.`, '');
}
