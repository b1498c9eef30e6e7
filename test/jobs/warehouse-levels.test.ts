import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareLevels, differs } from '../../src/jobs/tasks/warehouse/levels.js';
import { signature } from '../../src/connectors/shiphero/webhook.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addConnections, json, odooBatch, odooEvent, postOdoo, send, settled } from '../support/partners.js';
import { eventually } from '../support/requests.js';

describe('a tolerance of levels', () => {
  it.each([
    ['10', '10', '0', 0, false], ['10', '9', '0', 0, true], ['12', '10', '2', 0, false], ['12.5', '10', '2', 0, true], ['95', '100', '0', 5, false], ['94', '100', '0', 5, true], ['98', '100', '1', 5, false], ['-1', '0', '0', 50, true],
  ] as const)('%s beside %s of Odoo, %s units and %d percent', (stated, odoo, units, percent, expected) => {
    expect(differs(stated, odoo, { units, percent })).toBe(expected);
  });
});

describeOnEachDatabase('levels that a warehouse states', (kind) => {
  let server: TestServer;
  const secret = 'shared-signature-secret';
  const many2one = (id: number, name: string) => ({ id, name });
  const minute = 60_000;
  let nowMs = Date.now();
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    await server.connections.add({ id: 'wms', connector: 'shiphero', company: 'main', settings: { warehouses: 'WH=76733', levelTolerance: '2' }, secrets: { webhookSecret: secret } });
    await settled(server, (await postOdoo(server, JSON.stringify(odooBatch(odooEvent('product', 'product.product', 7, { name: 'Desk', default_code: 'FURN-7777' }))))).body.id as string);
  });
  afterAll(() => server?.remove());

  async function odoo(quantity: number): Promise<void> {
    const stock = { product_id: many2one(7, 'Desk'), location_id: many2one(8, 'WH/Stock'), quantity, reserved_quantity: 0, uom_id: many2one(1, 'Units') };
    await settled(server, (await postOdoo(server, JSON.stringify(odooBatch(odooEvent('stock', 'stock.quant', 7, stock))))).body.id as string);
  }
  async function stated(sku: string, onHand: number): Promise<void> {
    const body = Buffer.from(JSON.stringify({ webhook_type: 'Inventory Update', inventory: [{ sku, inventory: String(onHand), on_hand: String(onHand), updated_warehouse: { warehouse_id: 76733, on_hand: onHand, inventory: onHand } }] }));
    await settled(server, (await send(`${server.url}/ingest/wms`, { method: 'POST', headers: { ...json, 'x-shiphero-hmac-sha256': signature(secret, body) }, body: body.toString() })).body.id as string);
  }
  /** Compared now, and once more when what was on its way has arrived. */
  async function compared(): Promise<void> {
    nowMs += minute;
    await compareLevels(server.tasks, nowMs);
    nowMs += 11 * minute;
    await compareLevels(server.tasks, nowMs);
  }
  const found = async () => (await server.database.kysely.selectFrom('exception').select(['kind', 'state', 'detail']).where('kind', 'in', ['LEVEL_DIFFERS', 'UNKNOWN_PRODUCT']).orderBy('kind').execute()).map((row) => [row.kind, row.state, row.detail]);
  const settledAs = (wanted: unknown) => eventually(found, (rows) => JSON.stringify(rows) === JSON.stringify(wanted));

  it('are let be within the tolerance, told of when a larger difference lasts, and no more when it is gone', async () => {
    await odoo(10);
    await stated('FURN-7777', 12);
    await compared();
    expect(await found()).toEqual([]);
    await stated('FURN-7777', 6);
    nowMs += minute;
    await compareLevels(server.tasks, nowMs);
    expect(await found()).toEqual([]);
    nowMs += 11 * minute;
    await compareLevels(server.tasks, nowMs);
    await settledAs([['LEVEL_DIFFERS', 'OPEN', 'wms states 6, Odoo has 10: a difference of -4.']]);
    await odoo(7);
    nowMs += 11 * minute;
    await compareLevels(server.tasks, nowMs);
    expect((await found()).map((row) => row[1])).toEqual(['RESOLVED']);
    await odoo(20);
    nowMs += 25 * 60 * minute;
    await compared();
    await settledAs([['LEVEL_DIFFERS', 'OPEN', 'wms states 6, Odoo has 20: a difference of -14.']]);
  });

  it('of a product that Odoo does not know are told', async () => {
    await stated('STRANGER', 3);
    await compared();
    await eventually(found, (rows) => rows.some((row) => row[0] === 'UNKNOWN_PRODUCT' && row[1] === 'OPEN'));
  });
});
