import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { StatedShop } from '../support/shops/orders.js';

let server: TestServer;
let operator: string;
beforeAll(async () => {
  server = await testServer(inject('postgresUrl') === null ? 'embedded' : 'postgres');
  operator = await server.tokens.create({ role: 'operator', ttl: 600 });
  const stated = new StatedShop(server);
  await stated.connect();
  await stated.order('40', 1);
  await stated.odooOrder('40', 1);
  await stated.delivery('401', '40', 1, ['3', '0'], { trackingNumbers: ['1Z401'] });
  await stated.order('41', 1, { state: 'HELD', orderedAt: '2026-03-07T12:00:00.000Z' });
});
afterAll(() => server?.remove());

const ask = async (query: string) => (await graphqlAnswer(server.url, operator, query)).data!;

it('an order of a shop is shown with its lines, its order in Odoo, and what the shop was told of deliveries', async () => {
  const isThere = await eventually(() => ask('{ shopOrders(first: 10) { nodes { reference } } }'), (data) => data['shopOrders'].nodes.length === 2);
  expect(isThere['shopOrders'].nodes).toEqual([{ reference: '#41' }, { reference: '#40' }]);
  const { shopOrders } = await ask(`{ shopOrders(first: 1, filter: { reference: "#40", connection: "shop", state: [OPEN] }) { nodes {
    number state payment fulfilledBy city country pricesIncludeTax total { amount currency } shippingMethod shippingPrice { amount }
    lines(first: 5) { nodes { sku quantity unitPrice { amount currency } isVirtual } } order { reference shopOrder { reference } } fulfilments(first: 5) { nodes { isTold lines(first: 5) { nodes { sku quantity } } transfer { reference } } }
  } } }`);
  expect(shopOrders.nodes).toEqual([{
    number: '40', state: 'OPEN', payment: 'PAID', fulfilledBy: 'MERCHANT', city: 'Berlin', country: 'DE', pricesIncludeTax: true, total: { amount: '61.90', currency: 'EUR' }, shippingMethod: 'Standard', shippingPrice: { amount: '4.90' },
    lines: { nodes: [{ sku: 'MUG-1', quantity: '3', unitPrice: { amount: '9.00', currency: 'EUR' }, isVirtual: false }, { sku: 'POT-2', quantity: '2', unitPrice: { amount: '15.00', currency: 'EUR' }, isVirtual: false }] },
    order: { reference: 'S40', shopOrder: { reference: '#40' } }, fulfilments: { nodes: [{ isTold: true, lines: { nodes: [{ sku: 'MUG-1', quantity: '3' }] }, transfer: { reference: 'WH/OUT/401' } }] },
  }]);
});

it('the orders are given page by page, each by its id as well', async () => {
  const { shopOrders: first } = await ask('{ shopOrders(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } }');
  const { shopOrders: second } = await ask(`{ shopOrders(first: 1, after: "${first.pageInfo.endCursor}") { nodes { id reference } pageInfo { hasNextPage } } }`);
  expect([first.pageInfo.hasNextPage, second.nodes[0].reference, second.pageInfo.hasNextPage]).toEqual([true, '#40', false]);
  expect((await ask(`{ shopOrder(id: "${first.nodes[0].id}") { reference state } }`))['shopOrder']).toEqual({ reference: '#41', state: 'HELD' });
});

it('who bought is shown to who may see it, and that it was is recorded first', async () => {
  const { shopOrders } = await ask('{ shopOrders(first: 1, filter: { reference: "#40" }) { nodes { recipient street email phone note } } }');
  expect(shopOrders.nodes).toEqual([{ recipient: 'Ada Buyer', street: 'Hauptstr. 1', email: 'ada@example.com', phone: '+49 30 1234567', note: 'Second floor' }]);
  const rows = await server.database.kysely.selectFrom('audit').select(['target_kind', 'payload']).where('action', '=', 'personal.read').execute();
  const order = await server.database.kysely.selectFrom('shop_order').select('id').where('order_key', '=', '40').executeTakeFirstOrThrow();
  expect(rows).toContainEqual({ target_kind: 'shop_order', payload: { shop_orders: [order.id] } });
  const without = await server.tokens.create({ role: 'operator', ttl: 600, scopes: ['orders:read'] });
  const refused = await graphqlAnswer(server.url, without, '{ shopOrders(first: 1) { nodes { reference email } } }');
  expect([refused.errors?.length ?? 0, refused.data?.['shopOrders']?.nodes?.[0]?.email ?? null]).toEqual([1, null]);
});
