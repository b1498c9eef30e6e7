import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInput } from '../../src/events/commands.js';
import { raiseGivenUp } from '../../src/jobs/tasks/outbound/matters.js';
import { connectors } from '../../src/connectors/registry.js';
import { odooOf } from '../../src/jobs/tasks/shops/connections.js';
import { tellShopOrders } from '../../src/jobs/tasks/shops/tell.js';
import type { OdooChange } from '../../src/model/commands.js';
import type { OdooShopOrder, ShopFulfilment } from '../../src/model/shop.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { eventually } from '../support/requests.js';
import { StatedShop, shopOrder } from '../support/shops/orders.js';

it('goes to the Odoo of its company, or to one that serves it; to that of another company never', () => {
  const odoo = (id: string, company: string, ...named: string[]) => ({ id, company, companies: new Set([company, ...named]) });
  expect(odooOf({ odoos: [odoo('erp', 'main')] }, { odoo: null }, 'belgium')).toBeNull();
  expect(odooOf({ odoos: [odoo('erp', 'main')] }, { odoo: 'erp' }, 'belgium')).toBeNull();
  expect(odooOf({ odoos: [odoo('erp', 'main', 'belgium'), odoo('other', 'france')] }, { odoo: null }, 'belgium')).toBe('erp');
  expect(odooOf({ odoos: [odoo('erp', 'main', 'belgium'), odoo('own', 'belgium')] }, { odoo: null }, 'belgium')).toBe('own');
  expect(odooOf({ odoos: [odoo('erp', 'main', 'belgium'), odoo('own', 'belgium')] }, { odoo: 'erp' }, 'belgium')).toBe('erp');
  expect(connectors.get('odoo')!.companiesOf!({ companies: '1=main, 2=belgium' } as never)).toEqual(['main', 'belgium']);
});

describeOnEachDatabase('an order of a shop', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let stated: StatedShop;
  beforeAll(async () => {
    services = await testServices(kind);
    stated = new StatedShop(services);
    await stated.connect();
  });
  afterAll(() => services?.remove());

  const commandsOf = async (order: string) => {
    const rows = await services.database.kysely.selectFrom('command').selectAll().where('subject', '=', `shop_order:shop:${order}`).orderBy('sequence').execute();
    return rows.map((row) => ({ id: row.id, kind: row.kind, connection: row.connection, state: row.state, input: openInput(services.tasks.bodies, row) as unknown }));
  };
  const inOdoo = async (order: string) => (await commandsOf(order)).filter((each) => each.kind === 'odoo.apply').map((each) => (each.input as OdooChange).values as unknown as OdooShopOrder);
  const atShop = async (order: string) => (await commandsOf(order)).filter((each) => each.kind !== 'odoo.apply').map((each) => ({ id: each.id, kind: each.kind, ...(each.input as ShopFulfilment) }));
  const matters = (kindOf: string) => services.database.kysely.selectFrom('exception').select(['state', 'title', 'detail']).where('kind', '=', kindOf).orderBy('subject').execute();

  it('comes to Odoo once for each version that says something new, confirmed once it is paid', async () => {
    await stated.order('10', 1, { payment: 'PENDING' });
    await stated.order('10', 1, { payment: 'PENDING' });
    await stated.order('10', 2, { payment: 'PENDING', rawState: 'pending, viewed' });
    await stated.order('10', 3);
    const told = await inOdoo('10');
    expect(told.map(({ version, confirm, state }) => [version, confirm, state])).toEqual([[1, false, 'OPEN'], [2, true, 'OPEN']]);
    expect(told[1]).toMatchObject({ shop: { connection: 'shop', order: '10' }, name: '#10', total: '61.90', currency: 'EUR', people: shopOrder.people, shipping: { label: 'Standard', price: '4.90' }, note: 'Second floor', company: 'main' });
    expect(told[1]!.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([['MUG-1', '3'], ['POT-2', '2']]);
  });

  it('that waits for something, that a marketplace delivers, or that was over before, comes not there', async () => {
    await stated.order('11', 1, { state: 'HELD' });
    await stated.order('12', 1, { fulfilledBy: 'MARKETPLACE' });
    await stated.order('13', 1, { state: 'CANCELLED' });
    await stated.order('14', 1, { state: 'CLOSED' });
    expect(await Promise.all(['11', '12', '13', '14'].map(commandsOf))).toEqual([[], [], [], []]);
    await stated.order('11', 2);
    expect(await inOdoo('11')).toHaveLength(1);
  });

  it('that is called off is called off there', async () => {
    await stated.order('15', 1);
    await stated.order('15', 2, { state: 'CANCELLED' });
    expect((await inOdoo('15')).map(({ state, version }) => [state, version])).toEqual([['OPEN', 1], ['CANCELLED', 2]]);
    expect(await matters('SHOP_CANCELLED_LATE')).toEqual([]);
  });

  it('is fulfilled at the shop by each delivery, with what went of each line, once', async () => {
    await stated.order('20', 1);
    await stated.odooOrder('20', 1);
    await stated.delivery('201', '20', 1, ['2', '0'], { trackingNumbers: ['1Z201'], carrier: 'UPS' });
    await stated.delivery('202', '20', 1, ['1', '2'], { state: 'assigned' });
    await stated.delivery('201', '20', 2, ['2', '0'], { trackingNumbers: ['1Z201'], carrier: 'UPS', packageCount: 1 });
    expect(await atShop('20')).toEqual([expect.objectContaining({ kind: 'shop.fulfil', order: '20', delivery: 'WH/OUT/201', lines: [{ id: '1', sku: 'MUG-1', quantity: '2' }], shippedAt: '2026-03-06T15:00:00.000Z', tracking: { carrier: 'UPS', numbers: ['1Z201'] } })]);
    await stated.delivery('202', '20', 2, ['1', '2'], { doneAt: '2026-03-07T15:00:00.000Z' });
    expect((await atShop('20'))[1]).toMatchObject({ kind: 'shop.fulfil', delivery: 'WH/OUT/202', lines: [{ id: '1', sku: 'MUG-1', quantity: '1' }, { id: '2', sku: 'POT-2', quantity: '2' }] });
  });

  it('is told of tracking numbers that came later or changed, by the fulfilment that they are of', async () => {
    await stated.order('21', 1);
    await stated.odooOrder('21', 1);
    await stated.delivery('211', '21', 1, ['3', '2']);
    await stated.delivery('211', '21', 2, ['3', '2'], { trackingNumbers: ['1Z211'] });
    await stated.delivery('211', '21', 3, ['3', '2'], { trackingNumbers: ['1Z211'] });
    await stated.delivery('211', '21', 4, ['3', '2'], { trackingNumbers: ['1Z212'] });
    const [first, ...later] = await atShop('21');
    expect(first).not.toHaveProperty('tracking');
    expect(later).toEqual(['1Z211', '1Z212'].map((number) => expect.objectContaining({ kind: 'shop.track', of: first!.id, order: '21', tracking: { carrier: 'Other', numbers: [number] } })));
  });

  it('has nothing fulfilled that the shop has as sent, nothing that is not sent at all, and no more than is wanted', async () => {
    const lines = [{ ...shopOrder.lines[0]!, fulfilled: '2' }, { ...shopOrder.lines[1]!, isVirtual: true as const }];
    await stated.order('22', 1, { lines });
    await stated.odooOrder('22', 1);
    await stated.delivery('221', '22', 1, ['3', '2']);
    expect((await atShop('22')).map((each) => each.lines)).toEqual([[{ id: '1', sku: 'MUG-1', quantity: '1' }]]);
    await stated.order('23', 1, { lines: shopOrder.lines.map((line) => ({ ...line, fulfilled: line.quantity })) });
    await stated.odooOrder('23', 1);
    await stated.delivery('231', '23', 1, ['3', '2']);
    await stated.order('23', 2, { lines: [...shopOrder.lines] });
    expect(await atShop('23')).toEqual([]);
  });

  it('of which a line is a kit is fulfilled with the whole line when nothing of it is still to go', async () => {
    await stated.order('24', 1);
    await stated.odooOrder('24', 1);
    const parts = (number: string) => ({ lines: ['a', 'b'].map((part) => ({ id: `${number}${part}`, productId: `part-${part}`, quantity: '6', unit: 'Units', orderLineId: 'so-1' })) });
    await stated.delivery('242', '24', 1, [], { ...parts('242'), state: 'confirmed' });
    await stated.delivery('241', '24', 1, [], parts('241'));
    expect(await atShop('24')).toEqual([]);
    await stated.delivery('242', '24', 2, [], parts('242'));
    expect((await atShop('24')).map(({ delivery, lines }) => [delivery, lines])).toEqual([['WH/OUT/242', [{ id: '1', sku: 'MUG-1', quantity: '3' }]]]);
  });

  it('is told to the shop though Odoo speaks of its delivery before it speaks of the order', async () => {
    await stated.delivery('251', '25', 1, ['3', '2']);
    await stated.odooOrder('25', 1);
    expect(await atShop('25')).toEqual([]);
    await stated.order('25', 1);
    expect(await atShop('25')).toHaveLength(1);
  });

  it('is fulfilled with every line of a delivery though Odoo spoke of the delivery before it spoke of one of its lines', async () => {
    const doneAt = new Date().toISOString();
    await stated.order('251', 1);
    await stated.odooOrder('251', 1, [{ id: 'so-1', productId: 'p-1', description: 'A mug', quantity: '3', unit: 'Units', shopLine: '1' }]);
    await stated.delivery('2511', '251', 1, ['3', '2'], { doneAt });
    expect(await atShop('251')).toEqual([]);
    await stated.odooOrder('251', 2);
    expect((await atShop('251')).map(({ lines }) => lines.map(({ sku, quantity }) => [sku, quantity]))).toEqual([[['MUG-1', '3'], ['POT-2', '2']]]);
    // Of an order that Odoo never speaks of it is not waited for without end.
    await stated.order('252', 1);
    await stated.odooOrder('252', 1, [{ id: 'so-1', productId: 'p-1', description: 'A mug', quantity: '3', unit: 'Units', shopLine: '1' }]);
    await stated.delivery('2521', '252', 1, ['3', '2'], { doneAt: new Date(Date.now() - 25 * 3_600_000).toISOString() });
    expect((await atShop('252')).map(({ lines }) => lines.map(({ sku }) => sku))).toEqual([['MUG-1']]);
  });

  it('that is called off when goods had left calls people, and the shop is told of no delivery more', async () => {
    await stated.order('26', 1);
    await stated.odooOrder('26', 1);
    await stated.delivery('261', '26', 1, ['3', '0']);
    await stated.order('26', 2, { state: 'CANCELLED' });
    expect(await matters('SHOP_CANCELLED_LATE')).toEqual([{ state: 'OPEN', title: '#26 was cancelled at shop when goods had left', detail: expect.stringContaining('WH/OUT/261') }]);
    await stated.delivery('262', '26', 1, ['0', '2']);
    expect(await atShop('26')).toHaveLength(1);
    await stated.order('26', 3);
    expect((await matters('SHOP_CANCELLED_LATE')).map(({ state }) => state)).toEqual(['RESOLVED']);
  });

  it('that is deleted at the shop is called off, and one that was made before the connection took over stays out of Odoo', async () => {
    await stated.order('27', 1);
    await stated.say({ type: 'record.deleted', key: { kind: 'shop_order', id: '27' }, factKey: 'deleted', version: 2, observedAt: '2026-03-06T13:00:00.000Z', payload: { deleted: true } });
    expect((await inOdoo('27')).map(({ state }) => state)).toEqual(['OPEN', 'CANCELLED']);
    // What was done was not called off: somebody cleared up.
    await stated.order('271', 1);
    await stated.order('271', 2, { state: 'CLOSED' });
    await stated.say({ type: 'record.deleted', key: { kind: 'shop_order', id: '271' }, factKey: 'deleted', version: 3, observedAt: '2026-03-06T13:00:00.000Z', payload: { deleted: true } });
    expect((await inOdoo('271')).map(({ state }) => state)).toEqual(['OPEN']);
    const other = new StatedShop(services, { shop: 'shop-from' });
    await other.addShop({ from: '2026-03-06T12:00:00.000Z' });
    await other.order('1', 1, { orderedAt: '2026-03-06T11:59:59.000Z' });
    await other.order('2', 1, { orderedAt: '2026-03-06T12:00:00.000Z' });
    expect((await services.database.kysely.selectFrom('command').select('subject').where('subject', 'like', 'shop_order:shop-from:%').execute()).map(({ subject }) => subject)).toEqual(['shop_order:shop-from:2']);
  });

  it('is told to the shop without numbers only when none came in the time that is set', async () => {
    const other = new StatedShop(services, { shop: 'shop-waits' });
    await other.addShop({ trackingMinutes: 60 });
    const told = async () => (await services.database.kysely.selectFrom('command').selectAll().where('subject', 'like', 'shop_order:shop-waits:%').where('kind', '=', 'shop.fulfil').orderBy('sequence').execute()).map((row) => (openInput(services.tasks.bodies, row) as ShopFulfilment).tracking?.numbers ?? null);
    for (const order of ['901', '902', '903']) {
      await other.order(order, 1);
      await other.odooOrder(order, 1);
    }
    const [justNow, long] = [new Date().toISOString(), new Date(Date.now() - 61 * 60_000).toISOString()];
    await other.delivery('9011', '901', 1, ['3', '2'], { doneAt: justNow, carrier: 'UPS' });
    expect(await told()).toEqual([]);
    expect(await services.database.kysely.selectFrom('shop_due').select('not_before').where('not_before', '>', justNow).execute()).toEqual([{ not_before: new Date(Date.parse(justNow) + 3_600_000).toISOString() }]);
    await other.delivery('9011', '901', 2, ['3', '2'], { doneAt: justNow, carrier: 'UPS', trackingNumbers: ['1Z9'] });
    await other.delivery('9021', '902', 1, ['3', '2'], { doneAt: long, carrier: 'UPS' });
    // Fetched by who bought: no carrier, no numbers.
    await other.delivery('9031', '903', 1, ['3', '2'], { doneAt: justNow });
    expect(await told()).toEqual([['1Z9'], null, null]);
  });

  it('that Odoo refused is no matter any more once Odoo is told what it is now', async () => {
    await stated.order('28', 1);
    const [first] = await commandsOf('28');
    await services.database.transaction(async (tx) => {
      const command = await tx.selectFrom('command').selectAll().where('id', '=', first!.id).executeTakeFirstOrThrow();
      await raiseGivenUp(tx, [{ command, reason: 'REFUSED', message: 'Odoo: there is no product MUG-1.' }]);
    });
    const refusals = () => services.database.kysely.selectFrom('exception').select(['title', 'state']).where('kind', '=', 'COMMAND_FAILED').execute();
    expect(await refusals()).toEqual([{ title: '#28 of shop: odoo.apply at erp was refused', state: 'OPEN' }]);
    await stated.order('28', 2, { lines: [shopOrder.lines[1]!] });
    expect((await refusals()).map(({ state }) => state)).toEqual(['RESOLVED']);
  });

  it('for which there is no Odoo, or more than one, calls people once for the shop, and goes there when there is one', async () => {
    const second = new StatedShop(services, { odoo: 'erp-two' });
    await second.addOdoo();
    await stated.order('29', 1);
    await stated.order('30', 1);
    expect(await Promise.all(['29', '30'].map(commandsOf))).toEqual([[], []]);
    expect(await matters('SHOP_WITHOUT_ODOO')).toEqual([{ state: 'OPEN', title: 'Orders of shop go nowhere', detail: expect.stringContaining('several') }]);
    // One that goes to no Odoo anyway says nothing of it.
    await stated.order('31', 1, { state: 'HELD' });
    expect((await matters('SHOP_WITHOUT_ODOO')).map(({ state }) => state)).toEqual(['OPEN']);
    await services.database.kysely.updateTable('connection').set({ disabled_at: new Date().toISOString() }).where('id', '=', 'erp-two').execute();
    await services.database.kysely.updateTable('shop_due').set({ not_before: '2026-01-01T00:00:00Z' }).execute();
    await eventually(async () => {
      await tellShopOrders(services.tasks);
      await services.database.kysely.updateTable('shop_due').set({ not_before: '2026-01-01T00:00:00Z' }).execute();
      return Promise.all(['29', '30'].map(inOdoo));
    }, (told) => told.every((each) => each.length === 1));
    expect((await matters('SHOP_WITHOUT_ODOO')).map(({ state }) => state)).toEqual(['RESOLVED']);
  });
});
