import { afterAll, beforeAll, expect, it } from 'vitest';
import { signature } from '../../src/connectors/shiphero/webhook.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, json, odooBatch, odooEvent, postOdoo, secrets, send, settled } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';
import { inventoryChange, inventoryUpdate, purchaseOrder, shipment } from '../fixtures/shiphero/sample.js';

describeOnEachDatabase('what warehouses state', (kind) => {
  let server: TestServer;
  const secret = 'shared-signature-secret';
  const many2one = (id: number, name: string) => ({ id, name });
  beforeAll(async () => {
    server = await testServer(kind);
    await server.connections.add({ id: 'odoo', connector: 'odoo', company: 'main', settings: { companies: '1=main, 2=second' }, secrets: { webhookSecret: secrets.odoo } });
    await server.connections.add({ id: 'wms', connector: 'shiphero', company: 'main', settings: { warehouses: 'WH=76733' }, secrets: { webhookSecret: secret } });
    const units = many2one(1, 'Units');
    const moved = [{ id: 1, product_id: many2one(7, 'Desk'), quantity: 3, uom_id: units }];
    const odoo = JSON.stringify(odooBatch(
      odooEvent('product', 'product.product', 7, { name: 'Desk', default_code: 'FURN-7777' }),
      odooEvent('stock', 'stock.quant', 7, { product_id: many2one(7, 'Desk'), location_id: many2one(8, 'WH/Stock'), quantity: 45, reserved_quantity: 2, uom_id: units }),
      odooEvent('stock', 'stock.quant', 7, { product_id: many2one(7, 'Desk'), location_id: many2one(9, 'EAST/Stock'), quantity: 5, reserved_quantity: 1, uom_id: units }),
      odooEvent('delivery', 'stock.picking', 42, { name: 'WH/OUT/00042', state: 'assigned', picking_type_code: 'outgoing', lines: moved }),
    ));
    await settled(server, (await postOdoo(server, odoo)).body.id as string);
    for (const body of [shipment, purchaseOrder, inventoryUpdate, inventoryChange]) await state('wms', body.toString());
  });
  afterAll(() => server?.remove());

  /** A message of ShipHero, taken in. */
  async function state(connection: string, body: string): Promise<void> {
    const answer = await send(`${server.url}/ingest/${connection}`, { method: 'POST', headers: { ...json, 'x-shiphero-hmac-sha256': signature(secret, Buffer.from(body)) }, body });
    await accepted(server, answer, body);
    await settled(server, answer.body.id as string);
  }

  const ask = async (query: string, token: Parameters<TestServer['tokens']['create']>[0] = { role: 'operator', ttl: 600 }) => graphqlAnswer(server.url, await server.tokens.create(token), query);

  it('is shown with the order, its confirmations, lots and packages', async () => {
    const { data, errors } = await ask('{ warehouseOrders(first: 5) { nodes { reference state direction facilityCode lines(first: 5) { nodes { sku quantity done } } confirmations(first: 5) { nodes { isFinal lines(first: 5) { nodes { sku quantity damaged } } } } } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ warehouseOrders: { nodes: [{
      reference: 'WH/IN/00007', state: 'DONE', direction: 'INBOUND', facilityCode: 'WH', lines: { nodes: [{ sku: 'FURN-7777', quantity: '10', done: '8' }, { sku: 'DESK-1', quantity: '10', done: '10' }] },
      confirmations: { nodes: [{ isFinal: true, lines: { nodes: [{ sku: 'FURN-7777', quantity: '8', damaged: '2' }, { sku: 'DESK-1', quantity: '10', damaged: null }] } }] },
    }] } });
  });

  it('is one answer with Odoo’s stock: what may be promised is the lower of both, warehouse by warehouse', async () => {
    const { data, errors } = await ask('{ availability(first: 10, filter: { skus: ["FURN-7777"] }) { nodes { product { sku } onHand reserved available promisable warehouses(first: 5) { nodes { facilityCode available statedOnHand statedAvailable difference promisable } } } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ availability: { nodes: [{
      product: { sku: 'FURN-7777' }, onHand: '50', reserved: '3', available: '47', promisable: '39',
      warehouses: { nodes: [
        { facilityCode: 'EAST', available: '4', statedOnHand: null, statedAvailable: null, difference: null, promisable: '4' },
        { facilityCode: 'WH', available: '43', statedOnHand: '40', statedAvailable: '35', difference: '-5', promisable: '35' },
      ] },
    }] } });
  });

  it('is seen by who runs the place, and by nobody else from outside', async () => {
    const query = '{ inventoryLevels(first: 5) { nodes { sku onHand available } } inventoryAdjustments(first: 5) { nodes { sku quantity reason } } }';
    const all = { inventoryLevels: { nodes: [{ sku: 'FURN-7777', onHand: '40', available: '35' }] }, inventoryAdjustments: { nodes: [{ sku: 'FURN-7777', quantity: '-2', reason: 'COUNT' }] } };
    expect((await ask(query)).data).toEqual(all);
    expect((await ask(query, { role: 'partner', facilities: ['WH'], ttl: 600 })).data).toEqual(all);
    expect((await ask(query, { role: 'partner', facilities: ['EAST'], ttl: 600 })).data).toEqual({ inventoryLevels: { nodes: [] }, inventoryAdjustments: { nodes: [] } });
    expect((await ask(query, { role: 'customer', parties: ['odoo/501'], ttl: 600 })).errors).toBeDefined();
  });

  it('is compared with Odoo company by company, where two of them call a warehouse of theirs the same', async () => {
    await server.connections.add({ id: 'wms-of-second', connector: 'shiphero', company: 'second', settings: { warehouses: 'WH=76733' }, secrets: { webhookSecret: secret } });
    const odoo = JSON.stringify(odooBatch(odooEvent('stock', 'stock.quant', 7, { product_id: { id: 7, name: 'Desk' }, location_id: { id: 18, name: 'WH/Stock' }, quantity: 6, reserved_quantity: 1, uom_id: { id: 1, name: 'Units' } }, { company: { id: 2, name: 'Second' } })));
    await settled(server, (await postOdoo(server, odoo)).body.id as string);
    const update = JSON.parse(inventoryUpdate.toString()) as { inventory: Array<{ updated_warehouse: object }> };
    Object.assign(update.inventory[0]!.updated_warehouse, { inventory: '3', on_hand: '3', sellable: '3' });
    await state('wms-of-second', JSON.stringify(update));
    const query = '{ availability(first: 10, filter: { skus: ["FURN-7777"] }) { nodes { promisable warehouses(first: 5) { nodes { facilityCode company available statedOnHand promisable } } } } }';
    const { data, errors } = await ask(query);
    expect(errors).toBeUndefined();
    const ofMain = [{ facilityCode: 'EAST', company: 'main', available: '4', statedOnHand: null, promisable: '4' }, { facilityCode: 'WH', company: 'main', available: '43', statedOnHand: '40', promisable: '35' }];
    const ofSecond = [{ facilityCode: 'WH', company: 'second', available: '5', statedOnHand: '3', promisable: '3' }];
    expect(data).toEqual({ availability: { nodes: [{ promisable: '42', warehouses: { nodes: [...ofMain, ...ofSecond] } }] } });
    expect((await ask(query, { role: 'operator', companies: ['main'], ttl: 600 })).data).toEqual({ availability: { nodes: [{ promisable: '39', warehouses: { nodes: ofMain } }] } });
  });
});
