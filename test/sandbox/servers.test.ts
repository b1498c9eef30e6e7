import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { odooLogin, parcelApiKey } from '../../src/sandbox/index.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/main.js';
import { Receiver } from './receiver.js';

const receiver = new Receiver();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'odoo', parcelSecret: 'parcel', log: createLog('silent'), pace: 20, seed: 3 });
});
afterAll(async () => {
  await sandbox.stop();
  await receiver.close();
});

async function rpc(service: string, method: string, ...args: unknown[]): Promise<{ status: number; body: any }> {
  const response = await fetch(`${sandbox.odooUrl}/jsonrpc`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', method: 'call', id: 5, params: { service, method, args } }) });
  return { status: response.status, body: await response.json() };
}
const { database, login, apiKey } = odooLogin;
const execute = (model: string, method: string, args: unknown[], named: object = {}) => rpc('object', 'execute_kw', database, 2, apiKey, model, method, args, named);

describe('the simulated Odoo', () => {
  it('tells its version as 18 does, and knows no /web/version', async () => {
    const probe = await fetch(`${sandbox.odooUrl}/web/webclient/version_info`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"params":{}}' });
    expect(await probe.json()).toMatchObject({ jsonrpc: '2.0', id: 1, result: { server_version: '18.0', server_version_info: [18, 0, 0, 'final', 0, ''] } });
    expect((await fetch(`${sandbox.odooUrl}/web/version`)).status).toBe(404);
  });

  it('answers a user id to the right key and false to a wrong one', async () => {
    expect((await rpc('common', 'authenticate', database, login, apiKey, {})).body).toEqual({ jsonrpc: '2.0', id: 5, result: 2 });
    expect((await rpc('common', 'authenticate', database, login, 'wrong', {})).body.result).toBe(false);
  });

  it('reads deliveries by a domain, a many2one as id and name and empty fields as false', async () => {
    const { body } = await execute('stock.picking', 'search_read', [['&', ['state', '=', 'done'], ['carrier_tracking_ref', '!=', false]]], { fields: ['name', 'sale_id', 'carrier_tracking_ref', 'backorder_id', 'move_line_ids'], limit: 3, order: 'id desc' });
    expect(body.result).toHaveLength(3);
    const ids = body.result.map((row: { id: number }) => row.id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    const [row] = body.result;
    expect(row.name).toBe(`WH/OUT/${row.id}`);
    expect(row.sale_id).toEqual([row.id, `S${row.id}`]);
    expect(row.backorder_id).toBe(false);
    expect(row.move_line_ids.every(Number.isInteger)).toBe(true);
    expect(Object.keys(row).sort()).toEqual(['backorder_id', 'carrier_tracking_ref', 'id', 'move_line_ids', 'name', 'sale_id']);
  });

  it('applies or, not and in of a domain', async () => {
    const count = async (domain: unknown[]) => (await execute('res.partner', 'search_count', [domain])).body.result as number;
    const all = await count([]);
    const germany = await count([['country_code', '=', 'DE']]);
    expect(germany).toBeGreaterThan(0);
    expect(await count(['!', ['country_code', '=', 'DE']])).toBe(all - germany);
    expect(await count(['|', ['country_code', '=', 'DE'], ['country_code', '!=', 'DE']])).toBe(all);
    expect(await count([['country_code', 'in', ['DE', 'FR']], ['country_code', '=', 'FR']])).toBe(await count([['country_code', '=', 'FR']]));
  });

  it.each([
    ['a wrong key', ['object', 'execute_kw', database, 2, 'wrong', 'sale.order', 'search_read', [[]], {}], 'odoo.exceptions.AccessDenied'],
    ['an unknown model', ['object', 'execute_kw', database, 2, apiKey, 'no.model', 'search_read', [[]], {}], 'odoo.exceptions.UserError'],
    ['an unknown method', ['object', 'execute_kw', database, 2, apiKey, 'sale.order', 'explode', [], {}], 'builtins.AttributeError'],
    ['an unknown field', ['object', 'execute_kw', database, 2, apiKey, 'sale.order', 'search_read', [[]], { fields: ['nothing'] }], 'builtins.ValueError'],
  ] as const)('answers %s with status 200 and the exception in error.data.name', async (_what, [service, method, ...args], exception) => {
    const { status, body } = await rpc(service, method, ...args);
    expect(status).toBe(200);
    expect(body.error).toMatchObject({ code: 200, message: 'Odoo Server Error', data: { name: exception } });
    expect(body.result).toBeUndefined();
  });

  it('answers 503 while it is made unavailable', async () => {
    sandbox.faults.odooUnavailable = true;
    expect((await fetch(`${sandbox.odooUrl}/jsonrpc`, { method: 'POST' })).status).toBe(503);
    sandbox.faults.odooUnavailable = false;
    expect((await rpc('common', 'version')).body.result.server_serie).toBe('18.0');
  });
});

describe('the simulated carrier', () => {
  const authorization = `Basic ${Buffer.from(`${parcelApiKey}:`).toString('base64')}`;
  const create = (tracker: object, headers: Record<string, string> = { authorization }) => fetch(`${sandbox.parcelUrl}/v2/trackers`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ tracker }) });

  it('refuses a wrong key', async () => {
    expect((await create({ tracking_code: '1Z1' }, { authorization: 'Basic eDo=' })).status).toBe(401);
  });

  it('makes one tracker of a number, reports it by webhook and gives it by id', async () => {
    const first = await create({ tracking_code: '1ZTEST0000000001' });
    const tracker = (await first.json()) as { id: string; object: string; carrier: string; status: string };
    expect(tracker).toMatchObject({ object: 'Tracker', carrier: 'UPS', status: 'pre_transit' });
    expect(((await (await create({ tracking_code: '1ZTEST0000000001', carrier: 'UPS' })).json()) as { id: string }).id).toBe(tracker.id);
    const read = (await (await fetch(`${sandbox.parcelUrl}/v2/trackers/${tracker.id}`, { headers: { authorization } })).json()) as { tracking_code: string };
    expect(read.tracking_code).toBe('1ZTEST0000000001');
    await receiver.until('its webhook', () => receiver.of('sandbox-parcel').some((each) => each.body.includes('1ZTEST0000000001')));
  });

  it('answers a missing number with 422 and an unknown id with 404, in its error format', async () => {
    const refused = await create({});
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ error: { code: 'PARAMETER.INVALID' } });
    expect((await fetch(`${sandbox.parcelUrl}/v2/trackers/trk_none`, { headers: { authorization } })).status).toBe(404);
  });
});
