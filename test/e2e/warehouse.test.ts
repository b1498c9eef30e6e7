import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInput } from '../../src/events/commands.js';
import { signature } from '../../src/connectors/shiphero/webhook.js';
import { customers, products } from '../../src/sandbox/odoo/catalog.js';
import { draftSale } from '../../src/sandbox/odoo/documents.js';
import type { Sandbox } from '../../src/sandbox/main.js';
import type { PickingRecord } from '../../src/sandbox/odoo/records.js';
import { Random } from '../../src/sandbox/random.js';
import { changeException } from '../../src/projections/change-exception.js';
import { AnsweringServer } from '../connectors/answering-server.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { startOdoo, told } from '../support/odoo-sync.js';
import { json, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { ShipHeroAccount } from '../support/warehouse/shiphero-account.js';

const secret = 'shared-signature-secret';

describeOnEachDatabase('a warehouse that ships and receives for Odoo', (kind) => {
  const account = new ShipHeroAccount();
  const shiphero = new AnsweringServer();
  shiphero.answer = (asked) => account.answer(asked);
  let server: TestServer;
  let sandbox: Sandbox;
  let shipments = 0;
  const db = () => server.database.kysely;

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    sandbox = await startOdoo(server, 'erp');
    const { settings } = (await server.connections.find('erp'))!;
    await server.connections.change('erp', { ...settings, validateAt: 'confirmation', shortageMinutes: 0 }, {});
    await server.connections.add({ id: 'wms', connector: 'shiphero', company: 'main', settings: { url: await shiphero.listen(), warehouses: 'WH=76733' }, secrets: { webhookSecret: secret, refreshToken: 'refresh-0123456789' } });
    for (const { id, record } of products) sandbox.odoo.write({ model: 'product.product', id, record, atMs: Date.now() });
    for (const { id, record } of customers.flatMap((each) => each.records)) sandbox.odoo.write({ model: 'res.partner', id, record, atMs: Date.now() });
    await told(server, sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await server?.remove();
    await shiphero.close();
  });

  const product = (index: number) => ({ id: products[index]!.id, name: products[index]!.record.name });
  const sku = (index: number) => products[index]!.record.default_code;

  /** A delivery of two products: ten of the first and four of the second. */
  function picking(id: number, change: Partial<PickingRecord> = {}, quantities = [10, 4]): void {
    const { picking: record } = draftSale(id, Date.now(), new Random(id), false);
    const lines = quantities.map((quantity, index) => ({ id: id * 10 + index, product_id: product(index), quantity, uom_id: { id: 1, name: 'Units' }, lot_id: null, package_id: null, order_line_id: id * 10 + index }));
    const moves = lines.map((line) => ({ id: line.id, product_id: line.product_id, state: 'assigned' as const, product_uom_qty: line.quantity, quantity: line.quantity, picked: false, uom_id: line.uom_id, order_line_id: line.id }));
    sandbox.odoo.write({ model: 'stock.picking', id, record: { ...record, lines, moves, ...change }, atMs: Date.now() });
  }

  async function confirm(order: string, lines: Array<{ sku: string; quantity: number; lot?: string }>, { completed = true, tracking }: { completed?: boolean; tracking?: string } = {}): Promise<Buffer> {
    const number = ++shipments;
    const body = Buffer.from(JSON.stringify({
      test: '0', webhook_type: 'Shipment Update',
      fulfillment: {
        shipment_id: number, shipment_uuid: `shipment-${number}`, warehouse_id: 76733, order_number: order, completed, created_at: '2026-03-06 14:00:20', shipping_carrier: 'UPS',
        line_items: lines.map((line, index) => ({ id: `${number}-${index}`, sku: line.sku, quantity: line.quantity, lot_name: line.lot ?? null })),
      },
      packages: tracking === undefined ? [] : [{ name: 'Package #1', tracking_number: tracking, shipping_carrier: 'UPS' }],
    }));
    await post(body);
    return body;
  }
  const post = async (body: Buffer) => expect((await send(`${server.url}/ingest/wms`, { method: 'POST', headers: { ...json, 'x-shiphero-hmac-sha256': signature(secret, body), 'x-shiphero-message-id': `${shipments}-${Math.random()}` }, body: body.toString() })).status).toBe(202);

  const odoo = (id: number) => Promise.resolve(sandbox.odoo.rows('stock.picking').get(id));
  const ordersOf = (name: string) => Promise.resolve(account.orders.filter((each) => each.name === name));
  const validations = async (id: number) => (await db().selectFrom('command').selectAll().where('idempotency_key', 'like', `write-back:erp:${id}:validate:%`).orderBy('sequence').execute()).map((row) => ({ state: row.state, values: (openInput(server.tasks.bodies, row) as { values: object }).values }));
  const matters = async (name: string) => (await db().selectFrom('exception').select(['id', 'kind', 'state']).where('title', 'like', `%${name}%`).orderBy('kind').execute());

  it('gets a released delivery once, anew when it changes, and called off when it is cancelled', async () => {
    picking(301);
    const [order] = await eventually(() => ordersOf('WH/OUT/301'), (found) => found.length === 1);
    expect(order!.lines.map(({ sku: code, quantity }) => [code, quantity]).sort()).toEqual([[sku(0), 10], [sku(1), 4]].sort());
    picking(301, { priority: '1' });
    await told(server, sandbox);
    picking(301, {}, [10, 6]);
    const both = await eventually(() => ordersOf('WH/OUT/301'), (found) => found.length === 2);
    expect(both.map((each) => each.status)).toEqual(['canceled', 'pending']);
    picking(301, { state: 'cancel' });
    await eventually(() => ordersOf('WH/OUT/301'), (found) => found.every((each) => each.status === 'canceled'));
    const rows = await db().selectFrom('warehouse_order').select(['state', 'reference', 'facility']).where('order_key', '=', 'WH/OUT/301').execute();
    expect(rows[0]).toMatchObject({ reference: 'WH/OUT/301', facility: 'WH' });
    await eventually(() => db().selectFrom('warehouse_order').select('state').where('order_key', '=', 'WH/OUT/301').execute(), (found) => found[0]?.state === 'CANCELLED');
  });

  it('is sent nothing twice though an answer was lost', async () => {
    account.fault = { operation: 'order_create', kind: 'lost' };
    picking(302);
    await eventually(() => db().selectFrom('warehouse_order').select('state').where('order_key', '=', 'WH/OUT/302').execute(), (found) => found[0]?.state === 'ACKNOWLEDGED');
    expect(await ordersOf('WH/OUT/302')).toHaveLength(1);
  });

  it('validates the transfer once by all its confirmations, in whatever order and however often they come, with lots and numbers', async () => {
    picking(303);
    await eventually(() => ordersOf('WH/OUT/303'), (found) => found.length === 1);
    const last = await confirm('WH/OUT/303', [{ sku: sku(0), quantity: 4, lot: 'LOT-B' }, { sku: sku(1), quantity: 4 }], { completed: false, tracking: '1Z303' });
    await told(server, sandbox);
    expect(await validations(303)).toEqual([]);
    await confirm('WH/OUT/303', [{ sku: sku(0), quantity: 6, lot: 'LOT-A' }]);
    await post(last);
    const done = await eventually(() => odoo(303), (found) => found?.state === 'done');
    expect(done!.lines.map((line) => [line.product_id.id, line.quantity, line.lot_id?.name ?? null])).toEqual([[product(0).id, 6, 'LOT-A'], [product(0).id, 4, 'LOT-B'], [product(1).id, 4, null]]);
    await eventually(() => odoo(303), (found) => found?.carrier_tracking_ref === '1Z303');
    expect(sandbox.odoo.rows('stock.picking').get(500_303)).toBeUndefined();
    await told(server, sandbox);
    expect(await validations(303)).toHaveLength(1);
    // The number leads to the shipment from now on.
    expect(await db().selectFrom('reference').innerJoin('reference as own', 'own.shipment_id', 'reference.shipment_id').select('own.subject').where('reference.subject', '=', 'tracking:UPS:1Z303').where('own.subject', '=', 'odoo.delivery:erp:303').execute()).toHaveLength(1);
  });

  it('leaves what is missing behind as a backorder, which goes to it again, and tells people', async () => {
    picking(304);
    await eventually(() => ordersOf('WH/OUT/304'), (found) => found.length === 1);
    await confirm('WH/OUT/304', [{ sku: sku(0), quantity: 7 }, { sku: sku(1), quantity: 4 }]);
    await eventually(() => odoo(304), (found) => found?.state === 'done');
    const behind = sandbox.odoo.rows('stock.picking').get(500_304)!;
    expect([behind.backorder_id?.id, behind.lines.map((line) => line.quantity)]).toEqual([304, [3]]);
    const [again] = await eventually(() => ordersOf('WH/OUT/500304'), (found) => found.length === 1);
    expect(again!.lines.map((line) => line.quantity)).toEqual([3]);
    // The transfer and what was confirmed agree now.
    const found = await eventually(() => matters('WH/OUT/304'), (rows) => rows.some((row) => row.kind === 'SHORT_SHIPPED' && row.state === 'RESOLVED'));
    expect(found.map((row) => row.kind)).toEqual(['SHORT_SHIPPED']);
  });

  it('changes nothing where shortages go to review, until somebody says that it is so', async () => {
    const { settings } = (await server.connections.find('erp'))!;
    await server.connections.change('erp', { ...settings, onShortage: 'review' }, {});
    picking(305);
    await eventually(() => ordersOf('WH/OUT/305'), (found) => found.length === 1);
    await confirm('WH/OUT/305', [{ sku: sku(0), quantity: 10 }]);
    const [short] = await eventually(() => matters('WH/OUT/305'), (rows) => rows.length === 1);
    await told(server, sandbox);
    expect([short!.kind, (await odoo(305))!.state, await validations(305)]).toEqual(['SHORT_SHIPPED', 'assigned', []]);
    await changeException(server.database, { id: short!.id, action: 'resolve', resolution: 'Counted again.' }, 'ann', '01900000-0000-7000-8000-000000000001', async () => {});
    await eventually(() => odoo(305), (found) => found?.state === 'done');
    expect(await validations(305)).toHaveLength(1);
    await server.connections.change('erp', settings, {});
  });

  it('changes nothing where more was shipped than ordered, or something else', async () => {
    picking(306);
    await eventually(() => ordersOf('WH/OUT/306'), (found) => found.length === 1);
    await confirm('WH/OUT/306', [{ sku: sku(0), quantity: 11 }, { sku: sku(1), quantity: 4 }, { sku: 'STRANGER', quantity: 1 }]);
    const found = await eventually(() => matters('WH/OUT/306'), (rows) => rows.length === 2);
    await told(server, sandbox);
    expect(found.map((row) => row.kind)).toEqual(['OVER_SHIPPED', 'UNKNOWN_PRODUCT']);
    expect([(await odoo(306))!.state, await validations(306)]).toEqual(['assigned', []]);
  });
});
