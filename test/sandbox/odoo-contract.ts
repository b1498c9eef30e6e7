import { describe, expect, it } from 'vitest';
import { odooSync } from '../../src/connectors/odoo/sync.js';
import { envelope } from '../../src/connectors/odoo/payloads.js';
import { decodeBatch } from '../../src/connectors/odoo/webhook.js';
import { OdooApi } from '../../src/connectors/odoo/api.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Json } from '../../src/lib/json.js';
import type { SyncPage } from '../../src/connectors/contract.js';
import { eventually } from '../support/requests.js';

/** An Odoo with the addon installed, simulated or real. */
export interface OdooUnderTest {
  /** Base address, e.g. http://127.0.0.1:8069. */
  url: string;
  database: string;
  /** A user in the group Gatehouse: Synchronisation, without further rights on sales or stock. */
  login: string;
  apiKey: string;
  /** Last part of the address that its company sends to. */
  connection: string;
  /** Key of a user who is not in the group. */
  otherApiKey: string;
  /** As the server names it: 18.0. */
  version: string;
}

interface Answer {
  status: number;
  type: string;
  text: string;
  body: any;
}

/**
 * What Gatehouse relies on in an Odoo. Runs against the simulated one always and against real ones
 * where there are some, so that the simulation cannot drift.
 * @param of gives the Odoo when the tests run
 */
export function odooContract(name: string, version: string, of: () => OdooUnderTest): void {
  const isJson2 = Number.parseInt(version, 10) >= 19;

  async function request(path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
    const response = await fetch(`${of().url}${path}`, { ...init, headers: { 'content-type': 'application/json', ...init.headers } });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text, body: type.includes('json') ? JSON.parse(text) : undefined };
  }
  const rpc = (service: string, method: string, ...args: unknown[]) => request('/jsonrpc', { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', method: 'call', id: 5, params: { service, method, args } }) });
  const uid = async () => (await rpc('common', 'authenticate', of().database, of().login, of().apiKey, {})).body.result as number;
  const execute = async (model: string, method: string, positional: unknown[] = [], named: object = {}, key = of().apiKey) => rpc('object', 'execute_kw', of().database, await uid(), key, model, method, positional, named);
  const json2 = (model: string, method: string, args: object = {}, headers: Record<string, string> = {}) => request(`/json/2/${model}/${method}`, {
    method: 'POST', body: JSON.stringify(args), headers: { authorization: `bearer ${of().apiKey}`, 'x-odoo-database': of().database, ...headers },
  });
  const fault = (answer: Answer) => ({ status: answer.status, name: answer.body.error?.data.name as string | undefined, hasResult: 'result' in answer.body });

  describe(`the version of ${name}`, () => {
    it(isJson2 ? 'is told by /web/version' : 'is not told by /web/version, which is not there', async () => {
      const probe = await request('/web/version');
      expect(probe.status).toBe(isJson2 ? 200 : 404);
      if (isJson2) expect(probe.body).toEqual({ version_info: [Number.parseInt(version, 10), 0, 0, 'final', 0, ''], version });
    });

    it('is told by /web/webclient/version_info', async () => {
      const { status, body } = await request('/web/webclient/version_info', { method: 'POST', body: '{"jsonrpc":"2.0","id":3,"params":{}}' });
      expect({ status, body }).toEqual({ status: 200, body: { jsonrpc: '2.0', id: 3, result: { server_version: version, server_serie: version, server_version_info: [Number.parseInt(version, 10), 0, 0, 'final', 0, ''], protocol_version: 1 } } });
    });
  });

  describe(`/jsonrpc of ${name}`, () => {
    it('answers a user id to the right key, false to a wrong one, and an error for an unknown database', async () => {
      const { database, login, apiKey } = of();
      expect((await rpc('common', 'authenticate', database, login, apiKey, {})).body).toEqual({ jsonrpc: '2.0', id: 5, result: expect.any(Number) });
      expect((await rpc('common', 'authenticate', database, login, 'wrong', {})).body).toEqual({ jsonrpc: '2.0', id: 5, result: false });
      const unknown = await rpc('common', 'authenticate', 'no_such_database', login, apiKey, {});
      expect(fault(unknown)).toEqual({ status: 200, name: 'psycopg2.OperationalError', hasResult: false });
      expect(unknown.body.error.data.message).toMatch(/database "no_such_database" does not exist/);
    });

    it('reads rows by a domain, a many2one as id and name and empty fields as false', async () => {
      const { status, body } = await execute('res.partner', 'search_read', [[['id', '>', 0]]], { fields: ['name', 'commercial_partner_id', 'street2'], limit: 2, order: 'id' });
      expect(status).toBe(200);
      expect(body.result.length).toBe(2);
      expect(body.result[1].id).toBeGreaterThan(body.result[0].id);
      expect(body.result[0]).toEqual({ id: expect.any(Number), name: expect.any(String), commercial_partner_id: [expect.any(Number), expect.any(String)], street2: false });
    });

    it('leaves out of a read what is not there', async () => {
      expect((await execute('res.partner', 'read', [[2_000_000_000], ['name']])).body.result).toEqual([]);
    });

    it.each([
      ['a wrong key', 'res.partner', 'search_read', [[]], {}, 'wrong', 'odoo.exceptions.AccessDenied'],
      ['an unknown model', 'no.model', 'search_read', [[]], {}, undefined, 'odoo.exceptions.UserError'],
      ['an unknown method', 'res.partner', 'explode', [[]], {}, undefined, 'builtins.AttributeError'],
      ['a private method', 'res.partner', '_search', [[]], {}, undefined, 'odoo.exceptions.AccessError'],
      ['an unknown field', 'res.partner', 'search_read', [[]], { fields: ['nothing'] }, undefined, 'builtins.ValueError'],
      ['an unknown field in a domain', 'res.partner', 'search_count', [[['nothing', '=', 1]]], {}, undefined, 'builtins.ValueError'],
    ] as const)('answers %s with status 200 and the exception in error.data', async (_what, model, method, positional, named, key, exception) => {
      const answer = await execute(model, method, [...positional], named, key);
      expect(fault(answer)).toEqual({ status: 200, name: exception, hasResult: false });
      expect(Object.keys(answer.body.error.data).sort()).toEqual(['arguments', 'context', 'debug', 'message', 'name']);
      expect(answer.body.error.data.arguments).toEqual([answer.body.error.data.message]);
      expect(answer.body.error.code).toBe(isJson2 ? 0 : 200);
    });

    it('answers what is no JSON with 400 and no JSON', async () => {
      const answer = await request('/jsonrpc', { method: 'POST', body: '{x' });
      expect([answer.status, answer.body]).toEqual([400, undefined]);
    });
  });

  describe.runIf(isJson2)(`JSON-2 of ${name}`, () => {
    it('answers the value itself', async () => {
      expect((await json2('res.partner', 'search_count', { domain: [] })).body).toEqual(expect.any(Number));
      const { status, body } = await json2('res.partner', 'search_read', { domain: [], fields: ['name', 'street2'], limit: 1, order: 'id' });
      expect({ status, body }).toEqual({ status: 200, body: [{ id: expect.any(Number), name: expect.any(String), street2: false }] });
      expect((await json2('res.partner', 'read', { ids: [2_000_000_000], fields: ['name'] })).body).toEqual([]);
    });

    it.each([
      ['a wrong key', 'res.partner', 'search_read', {}, { authorization: 'bearer wrong' }, 401, 'werkzeug.exceptions.Unauthorized'],
      ['no key', 'res.partner', 'search_read', {}, { authorization: '' }, 401, 'werkzeug.exceptions.Unauthorized'],
      ['an unknown model', 'no.model', 'search_read', {}, {}, 404, 'werkzeug.exceptions.NotFound'],
      ['an unknown method', 'res.partner', 'explode', {}, {}, 404, 'werkzeug.exceptions.NotFound'],
      ['a private method', 'res.partner', '_search', {}, {}, 403, 'odoo.exceptions.AccessError'],
      ['an unknown field', 'res.partner', 'search_read', { fields: ['nothing'] }, {}, 500, 'builtins.ValueError'],
      ['an argument that is missing', 'gatehouse.sync', 'read_page', { connection: 'x' }, {}, 422, 'werkzeug.exceptions.UnprocessableEntity'],
    ] as const)('answers %s with a status and the exception', async (_what, model, method, args, headers, status, exception) => {
      const answer = await json2(model, method, args, headers);
      expect([answer.status, answer.body.name]).toEqual([status, exception]);
      expect(Object.keys(answer.body).sort()).toEqual(['arguments', 'context', 'debug', 'message', 'name']);
      expect(answer.body.arguments[0]).toBe(answer.body.message);
    });

    it('answers an unknown database with 404 and a page', async () => {
      const answer = await json2('res.partner', 'search_count', {}, { 'x-odoo-database': 'no_such_database' });
      expect([answer.status, answer.body]).toEqual([404, undefined]);
    });

    it('answers what is no JSON with 400', async () => {
      const answer = await request('/json/2/res.partner/search_read', { method: 'POST', body: '{x', headers: { authorization: `bearer ${of().apiKey}`, 'x-odoo-database': of().database } });
      expect([answer.status, answer.body.name]).toEqual([400, 'werkzeug.exceptions.BadRequest']);
    });
  });

  addonContract(name, version, of);
}

function addonContract(name: string, version: string, of: () => OdooUnderTest): void {
  const sync = odooSync();
  const source = (change: { connection?: string; database?: string; apiKey?: string } = {}) => {
    const { url, database, login, apiKey, connection } = of();
    return sync.open({ connection: change.connection ?? connection, settings: { webhookSecret: 'not used', url, database: change.database ?? database, login }, secrets: { apiKey: [change.apiKey ?? apiKey] }, allowedNetworks: ['127.0.0.0/8'] }, null);
  };
  async function pagesOf(topic: string, limit: number): Promise<SyncPage[]> {
    const pages: SyncPage[] = [];
    for (let after: string | null = null; ; ) {
      const page = await source().readPage(topic, after, limit);
      if (!page.ok) throw new Error(page.error.message);
      pages.push(page.value);
      if (page.value.next === null) return pages;
      after = page.value.next;
    }
  }
  const keyOf = (record: unknown) => { const { model, recordId, record: state } = record as { model: string; recordId: number; record?: { location_id?: { id: number } } }; return `${model} ${recordId} ${state?.location_id?.id ?? 0}`; };

  describe(`the addon's method of synchronisation in ${name}`, () => {
    it('is reached by the protocol that probing found', async () => {
      const { url, database, login, apiKey } = of();
      const dialect = await new OdooApi({ url, database, login, apiKey, allowedNetworks: ['127.0.0.0/8'] }).dialect();
      expect(dialect).toMatchObject({ ok: true, value: { version, protocol: Number.parseInt(version, 10) >= 19 ? 'json-2' : 'jsonrpc' } });
    });

    it('begins with totals of every topic and says when the key ends', async () => {
      const start = await source().begin(0);
      expect(start).toMatchObject({ ok: true });
      if (!start.ok) return;
      expect(Object.keys(start.value.totals).sort()).toEqual(['delivery', 'invoice', 'order', 'partner', 'product', 'receipt', 'stock']);
      expect(start.value.totals['partner']).toBeGreaterThan(0);
      if (start.value.keyExpiresAt !== null) expect(start.value.keyExpiresAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    });

    it('gives every record of every topic once, in pages of any size, as events that the schema and the decoder take', async () => {
      const start = await source().begin(0);
      if (!start.ok) throw new Error(start.error.message);
      for (const { topic } of sync.topics) {
        const small = await pagesOf(topic, 3);
        const records = small.flatMap((page) => page.records);
        expect(small.every((page) => page.records.length + page.underway <= 3)).toBe(true);
        expect(new Set(records.map(keyOf)).size).toBe(records.length);
        expect((await pagesOf(topic, 1000)).flatMap((page) => page.records).map(keyOf)).toEqual(records.map(keyOf));
        for (const page of small) {
          const message = source().toMessage(page, page.records);
          const parsed = envelope.safeParse(JSON.parse(Buffer.from(message.body).toString()));
          expect(parsed.error?.issues ?? []).toEqual([]);
          const decoded = decodeBatch({ ...message, receivedAt: new Date().toISOString(), connection: 'erp', zone: 'UTC' });
          expect(decoded.anomalies.filter((one) => one.severity === 'HIGH')).toEqual([]);
        }
      }
    });

    it('gives every page a higher version than the one before', async () => {
      const versions: number[] = [];
      for (let round = 0; round < 3; round++) versions.push(((await pagesOf('partner', 1))[0]!.records[0] as { version: number }).version);
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(new Set(versions).size).toBe(3);
    });

    it('goes above a version that Gatehouse knows already', async () => {
      const before = ((await pagesOf('partner', 1))[0]!.records[0] as { version: number }).version;
      expect(await source().begin(before + 5_000)).toMatchObject({ ok: true });
      expect(((await pagesOf('partner', 1))[0]!.records[0] as { version: number }).version).toBeGreaterThan(before + 5_000);
    });

    it('says of known records which are gone, and nothing of those that are there', async () => {
      const [first] = (await pagesOf('partner', 1))[0]!.records as Array<{ recordId: number }>;
      const gone = await source().readDeleted('partner', [String(first!.recordId), '2000000000']);
      expect(gone).toMatchObject({ ok: true, value: { next: null, underway: 0, unreadable: 0, records: [{ topic: 'partner', action: 'deleted', model: 'res.partner', recordId: 2_000_000_000 }] } });
      expect(await source().readDeleted('order', ['2000000000'])).toMatchObject({ ok: true, value: { records: [{ action: 'deleted', model: 'sale.order' }] } });
    });

    it('tells a stock level without quants as nought', async () => {
      const gone = await source().readDeleted('stock', ['2000000-8-1']);
      expect(gone).toMatchObject({ ok: true, value: { records: [{ topic: 'stock', action: 'updated', record: { product_id: { id: 2_000_000 }, location_id: { id: 8 }, quantity: 0, reserved_quantity: 0 } }] } });
    });

    it.each([
      ['a wrong key', { apiKey: 'a-wrong-key' }, 'auth'],
      ['a user outside the group', { apiKey: 'other' }, 'auth'],
      ['a connection that no company sends to', { connection: 'nowhere' }, 'invalid'],
      ['an unknown database', { database: 'no_such_database' }, 'invalid'],
    ] as const)('refuses %s with an error that says so', async (_what, change, kind) => {
      const isOther = 'apiKey' in change && change.apiKey === 'other';
      const outcome = await source(isOther ? { apiKey: of().otherApiKey } : change).begin(0);
      // /jsonrpc knows a user by login and key together.
      expect(outcome).toMatchObject({ ok: false, error: { kind, message: expect.stringMatching(/\S{3}/) } });
      expect(JSON.stringify(outcome)).not.toContain(of().apiKey);
    });

    it('refuses an unknown topic', async () => {
      expect(await source().readPage('weather', null, 10)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('There is no topic weather.') } });
    });
  });

  describe(`the addon's method of commands in ${name}`, () => {
    const api = (apiKey = of().apiKey) => new OdooApi({ url: of().url, database: of().database, login: of().login, apiKey, allowedNetworks: ['127.0.0.0/8'] });
    const apply = (commands: unknown, apiKey?: string) => api(apiKey).call('gatehouse.command', 'apply_commands', { commands: commands as Json });
    const command = (change: object = {}) => ({ id: uuidv7(), topic: 'status', model: 'stock.picking', record_id: 2_000_000_000, values: { status: 'DELIVERED' }, ...change });

    it('answers each command in its order, rejects those that cannot be carried out, and says why', async () => {
      const commands = [command(), command({ topic: 'weather' }), command({ model: 'res.users', record_id: 1 }), command({ topic: 'release_hold', values: {} })];
      const first = await apply(commands);
      expect(first).toEqual({ ok: true, value: commands.map(({ id }) => ({ id, state: 'rejected', error: expect.stringMatching(/\S{3}/) })) });
      // What was rejected may come again under its id.
      expect(await apply(commands)).toEqual(first);
      expect(await apply([])).toEqual({ ok: true, value: [] });
    });

    it('carries out a command once', async ({ skip }) => {
      const found = await api().call('gatehouse.sync', 'read_page', { connection: of().connection, topic: 'delivery', limit: 1 });
      const [delivery] = (found.ok ? (found.value as { events: Array<{ recordId: number }> }).events : []);
      if (delivery === undefined) return skip('This Odoo has no delivery.');
      const milestone = command({ record_id: delivery.recordId, topic: 'milestone', values: { uid: uuidv7(), code: 'PICKED_UP', classifier: 'ACTUAL', occurred_at: '2026-11-20T10:00:00.000Z', recorded_at: '2026-11-20T11:00:00.000Z' } });
      expect(await apply([milestone, milestone])).toEqual({ ok: true, value: [{ id: milestone.id, state: 'applied' }, { id: milestone.id, state: 'duplicate' }] });
      expect(await apply([milestone])).toEqual({ ok: true, value: [{ id: milestone.id, state: 'duplicate' }] });
    });

    it('makes, changes and cancels the order of a shop, found by the shop and its own id, and tells of it', async ({ skip }) => {
      const records = async (topic: string) => (await pagesOf(topic, 1000)).flatMap((page) => page.records) as Array<{ recordId: number; record: any }>;
      const delivered = new Set((await records('delivery')).flatMap(({ record }) => record.lines.map((line: any) => line.product_id.id)));
      const product = (await records('product')).find(({ recordId, record }) => delivered.has(recordId) && record.default_code && record.active);
      if (product === undefined) return skip('This Odoo has no delivery of a product with an internal reference.');
      const currency = (await records('order')).map(({ record }) => record.currency_id.name)[0] ?? 'USD';
      const shop = { connection: 'webshop', order: uuidv7() };
      const line = { id: 'line-1', sku: product.record.default_code, description: 'As the shop names it', quantity: '2', unitPrice: '12.50', tax: '0' };
      const people = { buyerId: shop.order, email: `${shop.order}@example.com`, shipTo: { name: 'Ada Jansen', street: 'Meir 12', city: 'Antwerpen', postalCode: '2000', country: 'BE' } };
      const stated = (version: number, change: object = {}) => command({
        topic: 'shop_order', model: 'sale.order', record_id: 0,
        values: { shop, version, name: '#1001', state: 'OPEN', confirm: true, orderedAt: '2026-11-20T10:00:00.000Z', currency, total: '25.00', pricesIncludeTax: true, lines: [line], people, ...change },
      });
      // What is still on its way from the outbox is not read.
      const order = async () => (await eventually(async () => (await records('order')).filter(({ record }) => record.shop?.order === shop.order), (found) => found.length === 1))[0]!.record;
      const goods = (record: any) => record.lines.filter((each: any) => each.quantity > 0).map((each: any) => [each.shop_line, each.quantity, each.name]);
      const taken = async (...commands: Array<ReturnType<typeof command>>) => expect(await apply(commands)).toEqual({ ok: true, value: commands.map(({ id }) => ({ id, state: 'applied' })) });
      const refused = async (one: ReturnType<typeof command>) => {
        const answer = await apply([one]);
        expect(answer).toMatchObject({ ok: true, value: [{ state: 'rejected' }] });
        return (answer as unknown as { value: Array<{ error: string }> }).value[0]!.error;
      };

      expect(await refused(stated(1, { lines: [line, { ...line, id: 'line-2', sku: 'NO-SUCH-1' }, { ...line, id: 'line-3', sku: 'NO-SUCH-2' }] }))).toContain('No product has the internal reference NO-SUCH-1, NO-SUCH-2.');
      await taken(stated(2));
      const sold = await order();
      expect([sold.state, sold.shop, sold.client_order_ref, sold.amount_total, goods(sold)]).toEqual(['sale', shop, '#1001', 25, [['line-1', 2, 'As the shop names it']]]);
      const deliveries = await eventually(async () => (await records('delivery')).filter(({ record }) => record.sale_id?.name === sold.name), (found) => found.length > 0);
      expect(deliveries.flatMap(({ record }) => record.lines.map((each: any) => [each.order_line_id, each.quantity]))).toEqual([[sold.lines[0].id, 2]]);
      // A lower version that comes late is taken, and changes nothing.
      await taken(stated(1, { total: '99.00', lines: [{ ...line, quantity: '9' }] }));
      expect((await order()).amount_total).toBe(25);
      await taken(stated(3, { total: '12.50', lines: [{ ...line, quantity: '1' }] }));
      expect([(await order()).state, (await order()).amount_total, goods(await order())]).toEqual(['sale', 12.5, [['line-1', 1, 'As the shop names it']]]);
      await taken(stated(4, { state: 'CANCELLED' }), stated(1, { shop: { ...shop, order: uuidv7() }, state: 'CANCELLED' }));
      expect((await order()).state).toBe('cancel');
      expect(await refused({ ...stated(5), record_id: 7 })).toContain('record_id');
    });

    it('is for the group alone, and takes nothing but a list', async () => {
      // /jsonrpc knows a user by login and key together.
      expect(await apply([command()], of().otherApiKey)).toMatchObject({ ok: false, error: { kind: 'auth' } });
      expect(await apply('all of them')).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    });
  });
}
