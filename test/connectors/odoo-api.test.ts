import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OdooApi, type OdooLimits } from '../../src/connectors/odoo/api.js';
import { versionOf } from '../../src/connectors/odoo/answers.js';
import { odooSync } from '../../src/connectors/odoo/sync.js';
import type { Access, SyncSource } from '../../src/connectors/contract.js';
import type { OdooSettings } from '../../src/connectors/odoo/settings.js';
import { AnsweringServer, type Scripted } from './answering-server.js';

const apiKey = '0123456789abcdef0123456789abcdef01234567';
const limits: OdooLimits = { timeoutMs: 20_000, maxBytes: 10_000, retry: { attempts: 3, firstWaitMs: 1, longestWaitMs: 1_000, sleep: async () => {} } };
const info = (version: string) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { server_version: version, server_serie: version } });
const rpcError = (name: string, message = 'It fails.') => JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 200, message: 'Odoo Server Error', data: { name, message, arguments: [message], context: {}, debug: `Traceback ${apiKey}` } } });
const json2Error = (name: string, message = 'It fails.') => JSON.stringify({ name, message, arguments: [message], context: {}, debug: `Traceback ${apiKey}` });
const page = { specversion: '1', database: 'prod', odooVersion: '19.0', sentAt: '2026-11-21T12:00:00.000Z', events: [], next: null, underway: 0, unreadable: [] };

let server: AnsweringServer;
let url: string;
beforeEach(async () => {
  server = new AnsweringServer();
  url = await server.listen();
});
afterEach(() => server.close());

/** Answers of an Odoo 18: `answer` is that of execute_kw. */
function be18(answer: (count: number) => Scripted): void {
  let calls = 0;
  server.answer = ({ path, body }) => {
    if (path === '/web/version') return { status: 404, body: '<h1>Not Found</h1>', headers: { 'content-type': 'text/html' } };
    if (path === '/web/webclient/version_info') return { body: info('18.0') };
    if (body.includes('"authenticate"')) return { body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: body.includes(apiKey) ? 6 : false }) };
    return answer(calls++);
  };
}

function be19(answer: (count: number) => Scripted): void {
  server.answer = ({ path }, count) => (path === '/web/version' ? { body: '{"version_info":[19,0,0,"final",0,""],"version":"19.0"}' } : answer(count));
}

const api = (change: object = {}, of = limits) => new OdooApi({ url: `${url}/`, database: 'prod', login: 'gatehouse', apiKey, allowedNetworks: ['127.0.0.0/8'], ...change }, null, of);
const calls = () => server.asked.filter(({ path }) => !path.startsWith('/web/') && path !== '/jsonrpc').concat(server.asked.filter(({ body }) => body.includes('execute_kw')));

describe('an Odoo that is probed', () => {
  it('is spoken to by JSON-2 from 19 on: key and database in headers, arguments by name', async () => {
    be19(() => ({ body: '[{"id":1,"name":"A"}]' }));
    expect(await api().call('res.partner', 'search_read', { domain: [['active', '=', true]], fields: ['name'] })).toEqual({ ok: true, value: [{ id: 1, name: 'A' }] });
    expect(calls()).toMatchObject([{ method: 'POST', path: '/json/2/res.partner/search_read', headers: { authorization: `bearer ${apiKey}`, 'x-odoo-database': 'prod', 'content-type': 'application/json' } }]);
    expect(JSON.parse(calls()[0]!.body)).toEqual({ domain: [['active', '=', true]], fields: ['name'] });
  });

  it('is spoken to by /jsonrpc before 19: database, user id and key as arguments', async () => {
    be18(() => ({ body: '{"jsonrpc":"2.0","id":1,"result":[{"id":1}]}' }));
    expect(await api().call('res.partner', 'search_read', { fields: ['name'] })).toEqual({ ok: true, value: [{ id: 1 }] });
    expect(JSON.parse(calls()[0]!.body).params).toEqual({ service: 'object', method: 'execute_kw', args: ['prod', 6, apiKey, 'res.partner', 'search_read', [], { fields: ['name'] }] });
  });

  it('is probed once, and not at all where the dialect is known', async () => {
    be18(() => ({ body: '{"jsonrpc":"2.0","id":1,"result":true}' }));
    const first = api();
    const dialect = await first.dialect();
    await first.call('x', 'y', {});
    expect(server.asked.length).toBe(4);
    if (!dialect.ok) throw new Error(dialect.error.message);
    await new OdooApi({ url, database: 'prod', apiKey, allowedNetworks: ['127.0.0.0/8'] }, dialect.value, limits).call('x', 'y', {});
    expect(server.asked.length).toBe(5);
  });

  it('gives None as null, by both protocols', async () => {
    be18(() => ({ body: '{"jsonrpc":"2.0","id":1}' }));
    expect(await api().call('x', 'y', {})).toEqual({ ok: true, value: null });
    be19(() => ({ body: 'null' }));
    expect(await api().call('x', 'y', {})).toEqual({ ok: true, value: null });
  });

  it.each([['19.0', 19], ['18.0', 18], ['saas~18.2', 18], ['saas-19.1', 19], ['17.0-20240101', 17]])('tells that %s is of series %i', (name, major) => {
    expect(versionOf(JSON.stringify({ version: name }))?.major).toBe(major);
  });

  it('is said to be none where no version is told', async () => {
    server.answer = () => ({ status: 200, body: '<html>Welcome</html>', headers: { 'content-type': 'text/html' } });
    expect(await api().dialect()).toMatchObject({ ok: false, error: { kind: 'unparseable', message: expect.stringContaining('No Odoo answers at') } });
  });

  it('needs a login before 19, and says so', async () => {
    be18(() => ({}));
    expect(await new OdooApi({ url, database: 'prod', apiKey, allowedNetworks: ['127.0.0.0/8'] }, null, limits).dialect()).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('set the login') } });
  });

  it('that does not know the key is told apart from one that does not answer', async () => {
    be18(() => ({}));
    expect(await api({ apiKey: 'wrong-key' }).dialect()).toMatchObject({ ok: false, error: { kind: 'auth' } });
    server.answer = () => ({ status: 503, body: 'down' });
    expect(await api().dialect()).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });
});

describe('an error of Odoo', () => {
  const kinds = [
    ['odoo.exceptions.AccessDenied', 403, 'auth', 1], ['odoo.exceptions.AccessError', 403, 'auth', 1], ['werkzeug.exceptions.Unauthorized', 401, 'auth', 1], ['odoo.exceptions.UserError', 422, 'invalid', 1],
    ['builtins.ValueError', 500, 'invalid', 1], ['odoo.exceptions.MissingError', 404, 'invalid', 1], ['psycopg2.errors.LockNotAvailable', 409, 'unavailable', 3], ['psycopg2.errors.SerializationFailure', 500, 'unavailable', 3], ['psycopg2.OperationalError', 500, 'unavailable', 3],
  ] as const;
  it.each(kinds)('%s (%i) is %s, tried %i times, and carries no key', async (name, status, kind, attempts) => {
    be19(() => ({ status, body: json2Error(name, `It fails with ${apiKey}.`) }));
    const byJson2 = await api().call('x', 'y', {});
    expect(calls().length).toBe(attempts);
    be18(() => ({ body: rpcError(name, `It fails with ${apiKey}.`) }));
    const byJsonRpc = await api().call('x', 'y', {});
    for (const outcome of [byJson2, byJsonRpc]) {
      expect(outcome).toMatchObject({ ok: false, error: { kind: name.endsWith('Unauthorized') && outcome === byJsonRpc ? 'auth' : kind, message: 'Odoo: It fails with [redacted].' } });
      expect(JSON.stringify(outcome)).not.toContain(apiKey);
    }
  });

  it('of an unknown database is final', async () => {
    be18(() => ({ body: rpcError('psycopg2.OperationalError', 'FATAL:  database "prod" does not exist') }));
    expect(await api().call('x', 'y', {})).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    be19(() => ({ status: 404, body: '<h1>No database</h1>', headers: { 'content-type': 'text/html' } }));
    expect(await api().call('x', 'y', {})).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'Odoo has no database prod, or no such address.' } });
    expect(calls().length).toBe(2);
  });

  it.each([502, 503])('%i passes: the call is made again', async (status) => {
    be19((count) => (count === 0 ? { status, body: 'bad gateway' } : { body: '1' }));
    expect(await api().call('x', 'y', {})).toEqual({ ok: true, value: 1 });
  });

  it('429 waits as Retry-After says, and a long wait is left to the caller', async () => {
    be19(() => ({ status: 429, headers: { 'retry-after': '90' } }));
    expect(await api().call('x', 'y', {})).toMatchObject({ ok: false, error: { kind: 'rate_limited', retryAfter: 90 } });
    expect(calls().length).toBe(1);
  });

  it('is an answer that is no JSON, one that is cut, one that is too large, and one that never comes', async () => {
    for (const [body, message] of [['<html>', 'is no JSON'], ['[{"id":', 'is no JSON'], ['', 'is no JSON'], [JSON.stringify('x'.repeat(10_001)), 'larger than']] as const) {
      be19(() => ({ body }));
      expect(await api().call('x', 'y', {})).toMatchObject({ ok: false, error: { kind: 'unparseable', message: expect.stringContaining(message) } });
    }
    be19(() => ({ hang: true }));
    expect(await api({}, { ...limits, timeoutMs: 300 }).call('x', 'y', {})).toMatchObject({ ok: false, error: { kind: 'unavailable', message: 'No answer within 0.3 s.' } });
  });
});

describe('the synchronisation with Odoo', () => {
  const access = (change: Partial<Access<OdooSettings>> = {}): Access<OdooSettings> => ({ connection: 'erp', settings: { webhookSecret: 'secret', url, database: 'prod', login: 'gatehouse' }, secrets: { apiKey: [apiKey, 'the one before'] }, allowedNetworks: ['127.0.0.0/8'], ...change });
  const sync = odooSync(limits);
  const source = (): SyncSource => sync.open(access(), { protocol: 'json-2', version: '19.0' });
  const bodies = () => server.asked.map(({ body }) => JSON.parse(body) as unknown);

  it('says what is missing in the settings', () => {
    expect(sync.lacks(access())).toBeNull();
    expect(sync.lacks(access({ settings: { webhookSecret: 'secret' }, secrets: {} }))).toBe('Set url, database, apiKey to synchronise.');
  });

  it('asks for a page after a cursor, and for the first without', async () => {
    server.answer = () => ({ body: JSON.stringify({ ...page, next: 'sale.order:9:0' }) });
    expect(await source().readPage('order', null, 100)).toMatchObject({ ok: true, value: { records: [], next: 'sale.order:9:0', underway: 0, unreadable: 0 } });
    await source().readPage('order', 'sale.order:9:0', 100);
    expect(bodies()).toEqual([{ connection: 'erp', topic: 'order', limit: 100 }, { connection: 'erp', topic: 'order', limit: 100, after: 'sale.order:9:0' }]);
    expect(server.asked[0]!.path).toBe('/json/2/gatehouse.sync/read_page');
  });

  it('asks after known records by what Odoo calls them, and leaves out ids that are none', async () => {
    server.answer = () => ({ body: JSON.stringify({ ...page, next: undefined }) });
    for (const [topic, ids] of [['order', ['5', 'purchase-6', 'x']], ['stock', ['1-8-2', '1-8', '1-8-2-3']], ['delivery', ['7']], ['invoice', ['8']], ['partner', ['9']], ['product', ['10']]] as const) await source().readDeleted(topic, ids);
    expect(bodies().map((body) => (body as { records: unknown }).records)).toEqual([
      [['sale.order', 5, 0, 0], ['purchase.order', 6, 0, 0]], [['stock.quant', 1, 8, 2]], [['stock.picking', 7, 0, 0]], [['account.move', 8, 0, 0]], [['res.partner', 9, 0, 0]], [['product.product', 10, 0, 0]],
    ]);
  });

  it('begins with the newest key only, of which the addon is told the first eight characters', async () => {
    server.answer = () => ({ body: JSON.stringify({ database: 'prod', odooVersion: '19.0', companies: [1], totals: { order: 3 }, keyExpiresAt: '2026-12-01T00:00:00Z' }) });
    expect(await source().begin(41)).toEqual({ ok: true, value: { totals: { order: 3 }, keyExpiresAt: '2026-12-01T00:00:00.000Z', memory: { protocol: 'json-2', version: '19.0' } } });
    expect(bodies()).toEqual([{ connection: 'erp', floor: 41, key_start: '01234567' }]);
    expect(server.asked[0]!.headers.authorization).toBe(`bearer ${apiKey}`);
  });

  it('says that the addon is missing, and that it is older', async () => {
    server.answer = () => ({ status: 404, body: json2Error('werkzeug.exceptions.NotFound', "the model 'gatehouse.sync' does not exist") });
    expect(await source().begin(0)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('The Gatehouse addon in this Odoo is missing or older') } });
    server.answer = () => ({ body: JSON.stringify({ something: 'else' }) });
    expect(await source().readPage('order', null, 1)).toMatchObject({ ok: false, error: { kind: 'unparseable', message: expect.stringContaining('specversion') } });
  });

  it('states records of a page in a message that is read like a batch of the addon', async () => {
    const record = { id: 'read:5:res.partner:9:0', topic: 'partner', action: 'updated', model: 'res.partner', recordId: 9, version: 5, occurredAt: '2026-11-21T12:00:00.000Z', company: null, origin: 'user', record: { name: 'A' } };
    server.answer = () => ({ body: JSON.stringify({ ...page, events: [record, { ...record, recordId: 10 }] }) });
    const read = await source().readPage('partner', null, 2);
    if (!read.ok) throw new Error(read.error.message);
    const message = source().toMessage(read.value, [read.value.records[1]!]);
    expect(JSON.parse(Buffer.from(message.body).toString())).toEqual({ specversion: '1', database: 'prod', odooVersion: '19.0', sentAt: '2026-11-21T12:00:00.000Z', events: [{ ...record, recordId: 10 }] });
  });
});
