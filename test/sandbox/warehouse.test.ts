import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Access, CommandMemory, OutboundCommand } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import type { Json } from '../../src/lib/json.js';
import { createLog } from '../../src/lib/log.js';
import type { Fact } from '../../src/model/facts.js';
import type { ReleaseAction, WarehouseRelease } from '../../src/model/warehouse.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/main.js';
import { products } from '../../src/sandbox/odoo/catalog.js';
import { HttpClient } from '../../src/sandbox/http-client.js';
import { Numbers } from '../../src/sandbox/numbers.js';
import { Random } from '../../src/sandbox/random.js';
import { Timers } from '../../src/sandbox/timers.js';
import { Provider } from '../../src/sandbox/warehouse/provider.js';
import { createWarehouseServer, warehouseRefreshToken } from '../../src/sandbox/warehouse/server.js';
import type { WebhookSender } from '../../src/sandbox/webhooks.js';
import { Receiver } from './receiver.js';

const receiver = new Receiver();
const secret = 'signature-secret-of-the-provider';
const shiphero = connectorOf('shiphero')!;
let sandbox: Sandbox;
let access: Access<any>;

beforeAll(async () => {
  sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'odoo', parcelSecret: 'parcel', warehouse: { secret }, log: createLog('silent'), pace: 20, seed: 3 });
  access = { connection: 'sandbox-warehouse', settings: { url: sandbox.warehouseUrl!, warehouses: 'EAST=80112', levelsEveryHours: 1 }, secrets: { refreshToken: [warehouseRefreshToken] }, allowedNetworks: ['127.0.0.0/8'] } as never;
});
afterAll(async () => {
  await sandbox.stop();
  await receiver.close();
});

const memory = (): CommandMemory => {
  const kept: { value: Json | null; remember(value: Json): Promise<void> } = { value: null, async remember(value) { kept.value = value; } };
  return kept as CommandMemory;
};

async function tell(order: string, action: ReleaseAction, revision: number, id = `00000000-0000-4000-8000-0000000${order.slice(-4)}${revision}`, at = access) {
  const lines = [0, 1].map((index) => ({ id: String(index + 1), sku: products[index]!.record.default_code, description: products[index]!.record.name, quantity: String(index + 2), unit: 'Units' }));
  const input: WarehouseRelease = { order, warehouse: '80112', facility: 'EAST', action, revision, lines, references: [], carrier: 'UPS Ground', party: { name: 'Ashford Hardware', street: '412 Harrison Ave', city: 'Columbus', region: 'OH', postalCode: '43215', country: 'US' } };
  return shiphero.perform!.perform(at, { id, kind: 'warehouse.release', input, timeoutMs: 5_000 } as unknown as OutboundCommand<'warehouse.release'>, memory());
}

const shipped = (order: string): Array<Extract<Fact, { type: 'warehouse_confirmation.reported' }>['payload']> =>
  receiver.of('sandbox-warehouse').flatMap(({ body, headers, receivedMs }) => shiphero.receive!.decode({ headers: headers as Record<string, string>, body, receivedAt: new Date(receivedMs).toISOString(), connection: 'sandbox-warehouse', zone: 'UTC' }, access.settings).facts)
    .flatMap((fact) => (fact.type === 'warehouse_confirmation.reported' && fact.payload.order === order ? [fact.payload] : []));

it('takes an order, packs it, and confirms every piece of it in signed webhooks under a number that its carrier knows', async () => {
  expect(await tell('EAST/OUT/7001', 'NEW', 1)).toMatchObject({ ok: true, value: { state: 'DONE' } });
  await receiver.until('the last shipment', () => shipped('EAST/OUT/7001').some((each) => each.isFinal));
  const byNumber = new Map(shipped('EAST/OUT/7001').map((each) => [each.number, each]));
  const pieces = [...byNumber.values()].flatMap((each) => each.lines).map(({ sku, quantity }) => [sku, quantity]).sort();
  expect(pieces).toEqual([[products[0]!.record.default_code, '2'], [products[1]!.record.default_code, '3']].sort());
  const number = [...byNumber.values()][0]!.packages[0]!.trackingNumber!;
  expect(number).toMatch(/^1Z/);
  await receiver.until('its first scan', () => receiver.of('sandbox-parcel').some(({ body }) => body.includes(number)));
  for (const { headers, body, receivedMs } of receiver.of('sandbox-warehouse')) expect(shiphero.receive!.verify({ headers: headers as Record<string, string>, body, receivedMs }, [secret], {})).toEqual({ ok: true });
});

it('makes one order though it is told twice, and calls off what is not packed', async () => {
  // So slow that nothing is packed while this test runs.
  const timers = new Timers(0.001, createLog('silent'));
  const sent: Buffer[] = [];
  const provider = new Provider({
    sender: { send: (body: Buffer) => void sent.push(body) } as unknown as WebhookSender, secret, numbers: new Numbers(Date.now()), random: new Random(1), timers, client: new HttpClient(), log: createLog('silent'), parcelUrl: 'http://127.0.0.1:1',
    buyLabel: () => undefined, levels: new Map(),
  });
  const server = createWarehouseServer(provider);
  const at = { ...access, settings: { ...access.settings, url: await server.listen({ host: '127.0.0.1', port: 0 }) } } as typeof access;
  const id = '00000000-0000-4000-8000-000000070021';
  for (const _ of [1, 2]) expect(await tell('EAST/OUT/7002', 'NEW', 1, id, at)).toMatchObject({ ok: true });
  expect(provider.orders()).toMatchObject([{ name: 'EAST/OUT/7002', partnerId: id, status: 'pending' }]);
  expect(await tell('EAST/OUT/7002', 'CANCEL', 2, undefined, at)).toMatchObject({ ok: true });
  expect(provider.orders()).toMatchObject([{ status: 'canceled' }]);
  await server.close();
  await timers.stop();
  expect(sent).toEqual([]);
});

it('refuses to call off what it has shipped', async () => {
  await tell('EAST/OUT/7004', 'NEW', 1);
  await receiver.until('the shipment', () => shipped('EAST/OUT/7004').some((each) => each.isFinal));
  // What is fulfilled is not looked at by the connector, so nothing is asked of the provider.
  expect(await tell('EAST/OUT/7004', 'CANCEL', 2)).toMatchObject({ ok: true });
  const token = ((await (await post('/auth/refresh', { refresh_token: warehouseRefreshToken }, null)).json()) as { access_token: string }).access_token;
  const found = (await (await post('/graphql', { query: '{ orders(order_number: "EAST/OUT/7004") { data { edges { node { id fulfillment_status } } } } }' }, token)).json()) as any;
  const [{ node }] = found.data.orders.data.edges;
  expect(node.fulfillment_status).toBe('fulfilled');
  const refused = (await (await post('/graphql', { query: 'mutation ($id: String!) { order_cancel(data: { order_id: $id }) { order { id } } }', variables: { id: node.id } }, token)).json()) as any;
  expect(refused).toMatchObject({ errors: [{ code: 7 }], data: { order_cancel: null } });
  expect((await post('/graphql', { query: '{ orders { request_id } }' }, 'wrong')).status).toBe(401);
  expect((await post('/auth/refresh', { refresh_token: 'wrong' }, null)).status).toBe(401);
});

it('gives its levels page by page, less what it has shipped', async () => {
  const before = products[0]!.onHand;
  await tell('EAST/OUT/7005', 'NEW', 1);
  await receiver.until('the shipment', () => shipped('EAST/OUT/7005').some((each) => each.isFinal));
  const page = await shiphero.poll!.read(access, null, 5_000);
  if (!page.ok) throw new Error(page.error.message);
  const { levels } = JSON.parse(Buffer.from(page.value.answers[0]!.body).toString()) as { levels: Array<{ sku: string; on_hand: number }> };
  expect(levels).toHaveLength(products.length);
  expect(levels.find(({ sku }) => sku === products[0]!.record.default_code)!.on_hand).toBeLessThan(before);
});

it('leaves a part of the orders to the provider, from a stock of its own', async () => {
  await receiver.until('orders of the provider', () => [...sandbox.odoo.rows('stock.picking').values()].some((picking) => picking.name.startsWith('EAST/OUT/')));
  const locations = new Set([...sandbox.odoo.rows('stock.quant').values()].map((quant) => quant.location_id.name));
  expect([...locations].sort()).toEqual(['EAST/Stock', 'WH/Stock']);
});

function post(path: string, body: object, token: string | null): Promise<Response> {
  return fetch(`${sandbox.warehouseUrl}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) });
}
