import { afterAll, beforeAll, expect, it } from 'vitest';
import { signature } from '../../src/connectors/shopify/webhook.js';
import { odooLogin } from '../../src/sandbox/index.js';
import type { PickingRecord } from '../../src/sandbox/odoo/records.js';
import { validated } from '../../src/sandbox/odoo/validation.js';
import type { Sandbox } from '../../src/sandbox/main.js';
import { AnsweringServer } from '../connectors/answering-server.js';
import { order as fixture } from '../fixtures/shopify/sample.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { LosingProxy } from '../support/losing-proxy.js';
import { decoded, startOdoo, told } from '../support/odoo-sync.js';
import { eventually } from '../support/requests.js';
import { ShopifyShop } from '../support/shops/shopify.js';

const secret = 'client-secret-of-the-app';
const domain = 'example.myshopify.com';
const [scanner, labels] = [{ id: '11', sku: 'BCS-10' }, { id: '12', sku: 'LBL-46' }];

describeOnEachDatabase('an order of a shop at Shopify', (kind) => {
  const shop = new ShopifyShop();
  const shopServer = new AnsweringServer();
  let server: TestServer;
  let sandbox: Sandbox;
  let proxy: LosingProxy;
  beforeAll(async () => {
    server = await testServer(kind);
    sandbox = await startOdoo(server, 'erp');
    proxy = new LosingProxy(sandbox.odooUrl, (_path, body) => body.includes('shop_order'));
    await server.connections.change('erp', { url: await proxy.listen(), database: odooLogin.database, login: odooLogin.login }, { apiKey: odooLogin.apiKey });
    shopServer.answer = (asked) => shop.answer(asked);
    const url = await shopServer.listen();
    await server.connections.add({ id: 'webshop', connector: 'shopify', company: 'main', settings: { shop: domain, url, lookMinutes: 0, trackingMinutes: 0 }, secrets: { webhookSecret: secret, accessToken: ShopifyShop.token } });
    const overrides = JSON.stringify({ backoffSeconds: 0.1, backoffMaxSeconds: 0.5, breakerWindow: 1_000, perMinute: 6_000 });
    for (const connection of ['erp', 'webshop']) await server.database.kysely.insertInto('partner_policy').values({ connection, overrides, changed_by: 'test', changed_at: new Date().toISOString() }).execute();
    await told(server, sandbox);
  });
  afterAll(async () => {
    await server?.remove();
    await sandbox?.stop();
    await proxy?.close();
    await shopServer.close();
  });

  let deliveries = 0;
  /** The webhook of an order of three scanners and two rolls of labels, unless `change` says otherwise. */
  async function webhook(id: number, second: number, change: Record<string, unknown> = {}, { topic = 'orders/updated', delivery = `delivery-${++deliveries}`, quantities = [3, 2] }: { topic?: string; delivery?: string; quantities?: number[] } = {}) {
    const base = JSON.parse(fixture.toString()) as { line_items: Array<Record<string, unknown>> };
    const lines = [scanner, labels].map((line, index) => ({ ...base.line_items[index], id: Number(`${id}${line.id}`), sku: line.sku, quantity: [3, 2][index], current_quantity: quantities[index] }));
    const body = Buffer.from(JSON.stringify({ ...base, id, name: `#${id}`, updated_at: `2026-03-06T13:10:${String(second).padStart(2, '0')}+01:00`, line_items: lines, ...change }));
    const answer = await fetch(`${server.url}/ingest/webshop`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-shopify-topic': topic, 'x-shopify-shop-domain': domain, 'x-shopify-webhook-id': delivery, 'x-shopify-hmac-sha256': signature(secret, body) } });
    return { status: answer.status, ...((await answer.json()) as { duplicate?: boolean }) };
  }
  const lineOf = (id: number, { id: line }: { id: string }) => `${id}${line}`;
  const orders = (id: number) => [...sandbox.odoo.rows('sale.order').values()].filter((order) => order.shop?.order === String(id));
  const pickings = (id: number) => [...sandbox.odoo.rows('stock.picking')].filter(([, { sale_id: sale }]) => orders(id).some(({ name }) => name === sale.name));
  const open = (id: number) => pickings(id).filter(([, { state }]) => state === 'assigned');
  const inOdoo = (id: number, isIt: (order: ReturnType<typeof orders>[number]) => boolean = () => true) => eventually(async () => orders(id), (found) => found.length === 1 && isIt(found[0]!));
  const goods = (id: number) => orders(id).flatMap(({ lines }) => lines.map((line) => [line.product_id.name, line.quantity]));
  const commands = async (id: number) => (await server.database.kysely.selectFrom('command').select(['kind', 'state', 'error']).where('subject', '=', `shop_order:webshop:${id}`).orderBy('sequence').execute());
  const settled = async (id: number) => eventually(() => commands(id), (found) => found.every(({ state }) => state !== 'QUEUED' && state !== 'CALLING' && state !== 'WAITING'));

  /** Validates the open delivery with what is named, else with all of it, as Odoo does; tells it twice. */
  function ship(id: number, number: string, quantities?: readonly number[]): void {
    const [[pickingId, record]] = open(id) as [[number, PickingRecord]];
    const lines = quantities?.map((quantity, index) => ({ product_id: record.moves[index]!.product_id.id, quantity }));
    const outcome = validated(pickingId, record, lines === undefined ? {} : { lines }, Date.now());
    if (!('record' in outcome)) throw new Error(JSON.stringify(outcome));
    const state = { ...outcome.record, carrier_id: { id: 2, name: 'UPS Ground' }, carrier_tracking_ref: number };
    if (outcome.backorder !== null) sandbox.odoo.write({ model: 'stock.picking', id: pickingId + 500_000, record: outcome.backorder, atMs: Date.now() });
    for (let time = 0; time < 2; time++) sandbox.odoo.write({ model: 'stock.picking', id: pickingId, record: state, atMs: Date.now(), transition: { field: 'state', from: 'assigned', to: 'done' } });
  }

  it('stands in Odoo once, is delivered there, and is fulfilled at the shop once with its lines and number', async () => {
    shop.plan('5001', [[lineOf(5001, scanner), 3], [lineOf(5001, labels), 2]]);
    expect(await webhook(5001, 10, {}, { topic: 'orders/create', delivery: 'one' })).toMatchObject({ status: 202, duplicate: false });
    expect(await webhook(5001, 10, {}, { topic: 'orders/create', delivery: 'one' })).toMatchObject({ status: 202, duplicate: true });
    await webhook(5001, 10, {}, { topic: 'orders/paid' });
    const [order] = await inOdoo(5001);
    expect(order).toMatchObject({ state: 'sale', client_order_ref: '#5001', amount_total: 58.9, shop: { connection: 'webshop', order: '5001' } });
    expect(goods(5001)).toEqual([['Barcode scanner, cordless', 3], ['Thermal labels 4 x 6 in, roll of 500', 2]]);
    ship(5001, '1Z5001');
    const made = await eventually(async () => shop.of('5001'), (found) => found.length > 0);
    expect(made).toMatchObject([{ numbers: ['1Z5001'], notified: true, lines: [{ item: lineOf(5001, scanner), quantity: 3 }, { item: lineOf(5001, labels), quantity: 2 }] }]);
    // The shop tells of its own fulfilment, and everything is told again.
    await webhook(5001, 20, { fulfillment_status: 'fulfilled', fulfillments: [{ id: 1, status: 'success', line_items: [{ id: Number(lineOf(5001, scanner)), quantity: 3 }, { id: Number(lineOf(5001, labels)), quantity: 2 }] }] });
    await told(server, sandbox);
    await settled(5001);
    expect((await commands(5001)).map(({ kind: of, state }) => [of, state])).toEqual([['odoo.apply', 'DONE'], ['shop.fulfil', 'DONE']]);
    expect(shop.of('5001')).toHaveLength(1);
    expect(orders(5001)).toHaveLength(1);
  });

  it('that is delivered in parts is fulfilled in parts, each with its own number', async () => {
    shop.plan('5002', [[lineOf(5002, scanner), 3], [lineOf(5002, labels), 2]]);
    await webhook(5002, 10);
    await inOdoo(5002);
    ship(5002, '1Z5002A', [2, 0]);
    await eventually(async () => shop.of('5002'), (found) => found.length === 1);
    ship(5002, '1Z5002B');
    const made = await eventually(async () => shop.of('5002'), (found) => found.length === 2);
    expect(made.map(({ numbers, lines }) => [numbers, lines.map(({ item, quantity }) => [item, quantity])])).toEqual([
      [['1Z5002A'], [[lineOf(5002, scanner), 2]]], [['1Z5002B'], [[lineOf(5002, scanner), 1], [lineOf(5002, labels), 2]]],
    ]);
  });

  it('is changed in Odoo where the shop changes it before it leaves, and stays where the change comes too late', async () => {
    shop.plan('5003', [[lineOf(5003, scanner), 3], [lineOf(5003, labels), 2]]);
    await webhook(5003, 10, { financial_status: 'pending' });
    expect((await inOdoo(5003))[0]!.state).toBe('draft');
    await webhook(5003, 20, {}, { quantities: [1, 2] });
    await inOdoo(5003, ({ state, lines }) => state === 'sale' && lines[0]!.quantity === 1);
    // An older version that comes late changes nothing.
    await webhook(5003, 15, {});
    await decoded(server);
    await webhook(5003, 30, {}, { quantities: [1, 0] });
    await inOdoo(5003, ({ lines }) => lines.length === 1);
    expect([goods(5003), open(5003).map(([, { lines }]) => lines.map(({ quantity }) => quantity))]).toEqual([[['Barcode scanner, cordless', 1]], [[1]]]);
    ship(5003, '1Z5003');
    await eventually(async () => shop.of('5003'), (found) => found.length === 1);
    await webhook(5003, 40, {}, { quantities: [3, 2] });
    const refused = await eventually(() => server.database.kysely.selectFrom('exception').select(['detail', 'state']).where('kind', '=', 'COMMAND_FAILED').execute(), (found) => found.length > 0);
    expect(refused).toEqual([{ state: 'OPEN', detail: expect.stringContaining(`cannot follow the change at the shop: ${pickings(5003).find(([, { state }]) => state === 'done')![1].name} is done.`) }]);
    expect(goods(5003)).toEqual([['Barcode scanner, cordless', 1]]);
  });

  it('that the shop cancels is cancelled in Odoo with its delivery, and nothing is told to the shop', async () => {
    shop.plan('5004', [[lineOf(5004, scanner), 3], [lineOf(5004, labels), 2]]);
    await webhook(5004, 10);
    await inOdoo(5004, ({ state }) => state === 'sale');
    await webhook(5004, 20, { cancelled_at: '2026-03-06T13:10:20+01:00' }, { topic: 'orders/cancelled', quantities: [0, 0] });
    await inOdoo(5004, ({ state }) => state === 'cancel');
    expect(pickings(5004).map(([, { state }]) => state)).toEqual(['cancel']);
    await told(server, sandbox);
    expect((await settled(5004)).map(({ kind: of, state }) => [of, state])).toEqual([['odoo.apply', 'DONE'], ['odoo.apply', 'DONE']]);
    expect(shop.of('5004')).toEqual([]);
  });

  it('of which a product is unknown in Odoo calls people by its SKU, and comes there when it is known', async () => {
    const lines = [{ ...(JSON.parse(fixture.toString()) as { line_items: object[] }).line_items[0], id: 500511, sku: 'NO-SUCH' }];
    await webhook(5005, 10, { line_items: lines });
    await eventually(() => commands(5005), (found) => found.some(({ error }) => JSON.stringify(error).includes('No product has the internal reference NO-SUCH.')));
    expect(orders(5005)).toEqual([]);
    await webhook(5005, 20);
    await inOdoo(5005, ({ state }) => state === 'sale');
  });

  it('is made once and fulfilled once though the answers of Odoo and of the shop are lost', async () => {
    shop.plan('5006', [[lineOf(5006, scanner), 3], [lineOf(5006, labels), 2]]);
    proxy.lose = 2;
    await webhook(5006, 10);
    await eventually(async () => proxy.lost, (lost) => lost === 2);
    await inOdoo(5006, ({ state }) => state === 'sale');
    shop.fault = { operation: 'fulfillmentCreate', kind: 'lost' };
    ship(5006, '1Z5006');
    await eventually(() => commands(5006), (found) => found.length === 2 && found.every(({ state }) => state === 'DONE'));
    expect([orders(5006).length, pickings(5006).length]).toEqual([1, 1]);
    expect(shop.of('5006')).toMatchObject([{ numbers: ['1Z5006'] }]);
    expect(shop.fault).toBeNull();
  });
});
