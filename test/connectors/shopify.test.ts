import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access, CommandMemory, RawMessage } from '../../src/connectors/contract.js';
import { shopify } from '../../src/connectors/shopify/index.js';
import { planOf, type FulfillmentOrder } from '../../src/connectors/shopify/plan.js';
import { settleMs } from '../../src/connectors/shopify/performing.js';
import type { ShopifySettings } from '../../src/connectors/shopify/settings.js';
import { nextPage } from '../../src/connectors/shopify/source.js';
import { signature } from '../../src/connectors/shopify/webhook.js';
import type { Json } from '../../src/lib/json.js';
import type { RecordFact } from '../../src/model/facts.js';
import type { ReportedShopOrder } from '../../src/model/shop.js';
import { fulfilment } from '../fixtures/shopify/outbound.js';
import { cancelled, order, partlySent } from '../fixtures/shopify/sample.js';
import { KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { ShopifyShop } from '../support/shops/shopify.js';
import { AnsweringServer } from './answering-server.js';

const settings: ShopifySettings = { shop: 'example.myshopify.com', webhookSecret: 'secret' };
type OrderJson = Record<string, unknown> & { line_items: Array<Record<string, unknown>> };

function read(body: Uint8Array | OrderJson, headers: Record<string, string> = {}, of: Partial<ShopifySettings> = {}) {
  const message: RawMessage = { headers, body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)), receivedAt: '2026-03-06T14:30:00.000Z', connection: 'shop', zone: 'UTC' };
  return shopify.receive!.decode(message, { ...settings, ...of });
}
const fact = (...given: Parameters<typeof read>) => read(...given).facts[0] as RecordFact<'shop_order.reported', ReportedShopOrder>;
const changed = (change: Record<string, unknown>): OrderJson => ({ ...(JSON.parse(order.toString()) as OrderJson), ...change });

describe('an order of Shopify', () => {
  it('is read with its lines, who bought it, and what it comes to', () => {
    const { key, version, payload } = fact(order);
    expect([key, version]).toEqual([{ kind: 'shop_order', id: '6200407294252' }, Date.parse('2026-03-06T12:10:16Z')]);
    expect(payload).toEqual({
      name: '#1071', state: 'OPEN', rawState: 'paid', payment: 'PAID', fulfilledBy: 'MERCHANT', orderedAt: '2026-03-06T12:10:14.000Z', total: { amount: '58.90', currency: 'EUR' }, pricesIncludeTax: true, note: 'Please ring twice',
      lines: [
        { id: '15518907892012', sku: 'MUG-1', description: 'A mug', quantity: '3', unitPrice: '9.00', tax: '4.31' },
        { id: '15518907924780', sku: 'POT-2', description: 'A pot', quantity: '2', unitPrice: '15.00', discount: '3', tax: '4.31' },
      ],
      shipping: { code: 'Standard', label: 'Standard', price: '4.9' },
      people: {
        buyerId: '7510872948780', email: 'ada@example.com', phone: '+49 30 1234567',
        billTo: { name: 'Ada Buyer', street: 'Hauptstr. 1', street2: '2. OG', city: 'Berlin', postalCode: '10115', region: 'BE', country: 'DE', phone: '+49 30 1234567' },
        shipTo: { name: 'Ada Buyer', street: 'Hauptstr. 1', street2: '2. OG', city: 'Berlin', postalCode: '10115', region: 'BE', country: 'DE', phone: '+49 30 1234567' },
      },
    });
  });

  it('of a test notification is known by its exact id, though that is larger than numbers of JSON hold', () => {
    const [line] = changed({}).line_items;
    const text = JSON.stringify(changed({ id: 'ORDER', admin_graphql_api_id: 'gid://shopify/Order/820982911946154508', line_items: [{ ...line, id: 'LINE', admin_graphql_api_id: 'gid://shopify/LineItem/866550311766439020' }] }));
    const { key, payload } = fact(Buffer.from(text.replace('"ORDER"', '820982911946154508').replace('"LINE"', '866550311766439020')));
    expect([key.id, payload.lines.map(({ id }) => id)]).toEqual(['820982911946154508', ['866550311766439020']]);
  });

  it('wants what was not called off before it was sent: what came back was wanted, and a cancelled fulfilment sent nothing', () => {
    const { payload } = fact(partlySent);
    expect([payload.state, payload.payment]).toEqual(['OPEN', 'PAID']);
    expect(payload.lines.map(({ sku, quantity, fulfilled, discount }) => [sku, quantity, fulfilled, discount])).toEqual([['MUG-1', '3', '2', undefined], ['POT-2', '1', undefined, '1.5']]);
    // Three mugs at 9, a pot at 15 less 1.50, and 4.90 to send them.
    expect(payload.total.amount).toBe('45.4');
  });

  it.each([
    ['CANCELLED', { cancelled_at: '2026-03-06T14:00:00+01:00', closed_at: '2026-03-06T14:00:00+01:00' }], ['CLOSED', { closed_at: '2026-03-06T14:00:00+01:00' }], ['CLOSED', { fulfillment_status: 'fulfilled' }],
    ['HELD', { confirmed: false }], ['HELD', { test: true }], ['OPEN', { fulfillment_status: 'partial' }], ['OPEN', { financial_status: 'pending' }],
  ])('is %s where the shop says %j', (state, change) => {
    expect(fact(changed(change)).payload.state).toBe(state);
  });

  it('is called off where all of it was taken off before it was sent and it was refunded or put away, and not where it had been sent', () => {
    const none = changed({}).line_items.map((line) => ({ ...line, current_quantity: 0 }));
    expect([{ closed_at: '2026-03-06T14:00:00+01:00' }, { financial_status: 'refunded' }, {}].map((change) => fact(changed({ line_items: none, ...change })).payload.state)).toEqual(['CANCELLED', 'CANCELLED', 'OPEN']);
    const sent = [{ status: 'success', line_items: changed({}).line_items.map(({ id, quantity }) => ({ id, quantity })) }];
    const back = [{ refund_line_items: changed({}).line_items.map(({ id, quantity }) => ({ line_item_id: id, quantity, restock_type: 'return' })) }];
    expect(fact(changed({ line_items: none, fulfillments: sent, refunds: back, financial_status: 'refunded', closed_at: '2026-03-06T14:00:00+01:00' })).payload.state).toBe('CLOSED');
  });

  it('is one like any other where test orders are taken', () => {
    expect(fact(changed({ test: true }), {}, { testOrders: 'take' }).payload.state).toBe('OPEN');
  });

  it('is delivered by others where a fulfilment service sends all that is sent', () => {
    const lines = changed({}).line_items;
    expect(fact(changed({ line_items: lines.map((line) => ({ ...line, fulfillment_service: 'amazon_marketplace_web' })) })).payload.fulfilledBy).toBe('MARKETPLACE');
    const mixed = fact(changed({ line_items: [{ ...lines[0], fulfillment_service: 'amazon_marketplace_web' }, lines[1]] })).payload;
    expect([mixed.fulfilledBy, mixed.lines.map(({ isVirtual }) => isVirtual)]).toEqual(['MERCHANT', [true, undefined]]);
  });

  it('has lines of which nothing is sent: gift cards and what needs no shipping', () => {
    const [first, second] = changed({}).line_items;
    expect(fact(changed({ line_items: [{ ...first, gift_card: true }, { ...second, requires_shipping: false }] })).payload.lines.map(({ isVirtual }) => isVirtual)).toEqual([true, true]);
  });

  it('adds tax to what it comes to where prices are without it, and leaves out shipping that was removed', () => {
    const { payload } = fact(changed({ taxes_included: false, line_items: changed({}).line_items.map((line) => ({ ...line, current_quantity: 1 })), shipping_lines: [{ title: 'Express', price: '9.90', discounted_price: '0.00', tax_lines: [{ price: '1.00' }] }, { title: 'Gone', price: '5.00', is_removed: true }] }));
    // 9 + 1.44 and 15 - 1.50 + 2.16 (a third and a half of 4.31, to the cent), and a tax of 1 on shipping.
    expect([payload.shipping, payload.lines.map(({ tax }) => tax), payload.total.amount]).toEqual([{ label: 'Express', price: '0' }, ['1.44', '2.16'], '27.1']);
  });

  it('of two versions of one second has stood later what was told later', () => {
    const [earlier, later] = [fact(order, { 'x-shopify-triggered-at': '2026-03-06T12:10:16.400Z' }), fact(changed({ note: null }), { 'x-shopify-triggered-at': '2026-03-06T12:10:16.900Z' })];
    expect([earlier.version === later.version, earlier.observedAt < later.observedAt]).toEqual([true, true]);
  });

  it('is read the same from a webhook of any topic and from the list of orders', () => {
    for (const topic of ['orders/create', 'orders/paid', 'orders/cancelled', 'orders/fulfilled']) expect(fact(cancelled, { 'x-shopify-topic': topic }).payload).toEqual(fact(cancelled).payload);
  });

  it('says nothing by webhooks that say no more than it, and calls people by those that the law asks for', () => {
    expect(read(Buffer.from('{"id":1}'), { 'x-shopify-topic': 'refunds/create' })).toEqual({ facts: [], anomalies: [] });
    expect(read(Buffer.from('{"customer":{"email":"ada@example.com"}}'), { 'x-shopify-topic': 'customers/redact' })).toMatchObject({ facts: [], anomalies: [{ kind: 'PRIVACY_REQUEST', severity: 'HIGH', message: expect.not.stringContaining('ada') }] });
    expect(read(Buffer.from('{"id":1}'), { 'x-shopify-topic': 'themes/publish' })).toMatchObject({ facts: [], anomalies: [{ kind: 'UNKNOWN_CODE', severity: 'LOW' }] });
  });
});

it('a webhook that names another shop is not taken, though the secret of the app is right', () => {
  const headers = { 'x-shopify-hmac-sha256': signature('secret', order) };
  const verify = (domain: string) => shopify.receive!.verify({ headers: { ...headers, 'x-shopify-shop-domain': domain }, body: order, receivedMs: 0 }, ['secret'], settings);
  expect([verify('example.myshopify.com'), verify('other.myshopify.com')]).toEqual([{ ok: true }, { ok: false, reason: 'wrong' }]);
});

describe('what is planned for a delivery', () => {
  const of = (id: string, remaining: number, over: Partial<FulfillmentOrder> = {}): FulfillmentOrder => ({ id, status: 'OPEN', isOpen: true, location: 'L1', lines: [{ id: `${id}-1`, item: '1', remaining }], ...over });
  const wanted = (quantity: string) => ({ lines: [{ id: '1', sku: 'MUG-1', quantity }] });

  it('is one fulfilment for each place, of what is left', () => {
    const { fulfilments, withheld } = planOf(wanted('5'), [of('a', 2), of('b', 1), of('c', 9, { location: 'L2' })]);
    expect(fulfilments.map(({ orders }) => orders.map(({ id, lines }) => [id, lines[0]!.quantity]))).toEqual([[['a', 2], ['b', 1]], [['c', 2]]]);
    expect(withheld).toEqual([]);
  });

  it('leaves out what the shop has as sent', () => {
    expect(planOf(wanted('5'), [of('a', 0), of('b', 3)]).fulfilments).toEqual([{ orders: [{ id: 'b', lines: [{ id: 'b-1', item: '1', quantity: 3 }] }] }]);
    expect(planOf(wanted('5'), [])).toEqual({ fulfilments: [], withheld: [] });
  });

  it('says what may not be fulfilled now', () => {
    expect(planOf(wanted('5'), [of('a', 2), of('b', 3, { isOpen: false, status: 'ON_HOLD' })]).withheld).toEqual([{ sku: 'MUG-1', status: 'ON_HOLD' }]);
  });
});

describe('a fulfilment', () => {
  const server = new AnsweringServer();
  let shop: ShopifyShop;
  let url: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());
  beforeEach(() => {
    shop = new ShopifyShop();
    server.answer = shop.answer;
  });

  const access = (): Access<ShopifySettings> => ({ connection: 'shop', settings: { ...settings, url }, secrets: { accessToken: [ShopifyShop.token] }, allowedNetworks: ['127.0.0.0/8'] });
  const fulfil = (memory: CommandMemory) => shopify.perform!.perform(access(), outboundCommand('shop.fulfil', fulfilment, { timeoutMs: 20_000 }), memory);
  const all = [['15518907892012', 3], ['15518907924780', 2]] as const;
  const made = () => shop.of(fulfilment.order).map(({ lines, numbers, company, notified }) => ({ lines, numbers, company, notified }));

  it('is made once, with the numbers and the carrier’s name as Shopify knows it', async () => {
    shop.plan(fulfilment.order, all);
    expect(await fulfil(new KeptMemory())).toMatchObject({ ok: true, value: { state: 'DONE', result: { fulfilments: [expect.stringContaining('Fulfillment')] } } });
    expect(made()).toEqual([{ lines: [{ item: '15518907892012', quantity: 2 }, { item: '15518907924780', quantity: 2 }], numbers: ['1Z999'], company: 'UPS', notified: true }]);
  });

  it('is one for each place that sends', async () => {
    shop.plan(fulfilment.order, [['15518907892012', 3]]);
    shop.plan(fulfilment.order, [['15518907924780', 2]], { location: 'L2' });
    const memory = new KeptMemory();
    await fulfil(memory);
    expect(made().map(({ lines }) => lines)).toEqual([[{ item: '15518907892012', quantity: 2 }], [{ item: '15518907924780', quantity: 2 }]]);
    const told = await shopify.perform!.perform(access(), outboundCommand('shop.track', { of: 'x', order: fulfilment.order, tracking: { carrier: 'Bike', numbers: ['B1', 'B2'] } }, { follows: { id: 'x', memory: memory.value as Json } }), new KeptMemory());
    expect([told.ok, made().map(({ numbers, company }) => [numbers, company])]).toEqual([true, [[['B1', 'B2'], 'Bike'], [['B1', 'B2'], 'Bike']]]);
  });

  it.each(['lost', 'late'] as const)('whose answer was %s is found again and not made a second time', async (kind) => {
    shop.plan(fulfilment.order, all);
    shop.fault = { operation: 'fulfillmentCreate', kind };
    const memory = new KeptMemory();
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    if (kind === 'late') {
      expect(await fulfil(memory)).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true } });
      shop.showLate();
    }
    expect(await fulfil(memory)).toMatchObject({ ok: true });
    expect(made()).toHaveLength(1);
  });

  it('of which nothing came of the first call is made when that is certain', async () => {
    shop.plan(fulfilment.order, all);
    shop.fault = { operation: 'fulfillmentCreate', kind: 'down' };
    const memory = new KeptMemory();
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { onlyThisCommand: true, retryAfter: expect.any(Number) } });
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + settleMs + 1);
    expect(await fulfil(memory)).toMatchObject({ ok: true });
    now.mockRestore();
    expect(made()).toHaveLength(1);
  });

  it('that somebody made there meanwhile is not taken for ours', async () => {
    shop.plan(fulfilment.order, [['15518907892012', 9], ['15518907924780', 9]]);
    shop.fault = { operation: 'fulfillmentCreate', kind: 'down' };
    const memory = new KeptMemory();
    await fulfil(memory);
    // The same goods, without our numbers.
    await shopify.perform!.perform(access(), outboundCommand('shop.fulfil', { order: fulfilment.order, delivery: 'by hand', shippedAt: fulfilment.shippedAt, lines: fulfilment.lines }), new KeptMemory());
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { onlyThisCommand: true } });
  });

  it('waits where Shopify wants it to wait, as long as it says', async () => {
    shop.plan(fulfilment.order, all);
    shop.fault = { operation: 'fulfillmentCreate', kind: 'throttled' };
    const memory = new KeptMemory();
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { kind: 'rate_limited', retryAfter: 1 } });
    expect(await fulfil(memory)).toMatchObject({ ok: true });
    expect(made()).toHaveLength(1);
  });

  it('is made once whatever goes wrong, in whatever order, and however often: at each place what the delivery took from there', async () => {
    // Each run has a shop of its own.
    server.answer = (asked) => shop.answer(asked);
    const clock = vi.spyOn(Date, 'now');
    const [start, real] = [Date.now(), performance.now()];
    let skippedMs = 0;
    clock.mockImplementation(() => start + skippedMs + (performance.now() - real));
    const kinds = ['lost', 'late', 'refused', 'throttled', 'down'] as const;
    try {
      await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...kinds), { maxLength: 6 }), fc.boolean(), async (faults, isApart) => {
        shop = new ShopifyShop();
        shop.plan(fulfilment.order, [['15518907892012', 9]]);
        shop.plan(fulfilment.order, [['15518907924780', 9]], { location: isApart ? 'L2' : 'L1' });
        const memory = new KeptMemory();
        for (let [attempt, waiting] = [0, [...faults]]; ; attempt++) {
          if (attempt > 40) throw new Error('It does not come to an end.');
          if (shop.fault === null && waiting.length > 0) shop.fault = { operation: 'fulfillmentCreate', kind: waiting.shift()! };
          const outcome = await fulfil(memory);
          if (outcome.ok) break;
          shop.showLate();
          skippedMs += (outcome.error.retryAfter ?? 0) * 1000 + 1;
        }
        const sums = new Map<string, number>();
        for (const { item, quantity } of made().flatMap(({ lines }) => lines)) sums.set(item, (sums.get(item) ?? 0) + quantity);
        expect([made().length, [...sums].sort()]).toEqual([isApart ? 2 : 1, [['15518907892012', 2], ['15518907924780', 2]]]);
      }), { numRuns: 60 });
    } finally {
      clock.mockRestore();
    }
  });

  it('that was refused is planned anew: another place may send it by then', async () => {
    const first = shop.plan(fulfilment.order, all);
    const memory = new KeptMemory();
    shop.fault = { operation: 'fulfillmentCreate', kind: 'refused' };
    expect(await fulfil(memory)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    Object.assign(first, { status: 'CLOSED', actions: [] });
    shop.plan(fulfilment.order, all, { location: 'L2' });
    expect(await fulfil(memory)).toMatchObject({ ok: true });
    expect(made()).toHaveLength(1);
  });

  it('is nothing where the shop has all of it as sent, and calls people where it is held back', async () => {
    expect(await fulfil(new KeptMemory())).toMatchObject({ ok: true, value: { result: { fulfilments: [] } } });
    shop.plan(fulfilment.order, all, { status: 'ON_HOLD', actions: ['RELEASE_HOLD'] });
    expect(await fulfil(new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('MUG-1 (ON_HOLD)') } });
    expect(made()).toEqual([]);
  });

  it('that was not made takes no numbers: people are told', async () => {
    expect(await shopify.perform!.perform(access(), outboundCommand('shop.track', { of: 'x', order: '1', tracking: { carrier: 'UPS', numbers: ['1'] } }, { follows: { id: 'x', memory: null } }), new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });

  it('is asked for with a token by client credentials where there is no token of its own', async () => {
    shop.plan(fulfilment.order, all);
    server.answer = (asked) => (asked.path === '/admin/oauth/access_token' ? { body: JSON.stringify({ access_token: ShopifyShop.token, scope: 'read_orders', expires_in: 86_399 }) } : shop.answer(asked));
    const given = { ...access(), settings: { ...settings, url, clientId: 'client-id-1' }, secrets: { clientSecret: ['client-secret-1'] } };
    expect(await shopify.perform!.perform(given, outboundCommand('shop.fulfil', fulfilment), new KeptMemory())).toMatchObject({ ok: true });
  });

  it('is not needed to look at orders that changed: page by page, each under the key of what it says', async () => {
    for (let index = 0; index < 120; index++) shop.orders.push({ ...changed({ updated_at: new Date(Date.now() - 3_600_000 + index * 1000).toISOString() }), id: 1000 + index } as never);
    const seen = new Set<string>();
    let [cursor, more, pages] = [null as Json | null, true, 0];
    for (; more; pages++) {
      const page = await shopify.poll!.read(access(), cursor, 20_000);
      if (!page.ok) throw new Error(page.error.message);
      for (const { key, headers, body } of page.value.answers) seen.add(`${key.split(' ')[1]} ${read(body, headers).facts.length}`);
      ({ cursor, more } = page.value);
    }
    expect([pages, seen.size, [...seen].every((each) => each.endsWith(' 1'))]).toEqual([3, 120, true]);
    // An address of a page that holds no more is given up, and the orders behind it are met all the same.
    const first = await shopify.poll!.read(access(), null, 20_000);
    server.answer = (asked) => (asked.path.includes('page_info=') ? { status: 400, body: '{"errors":{"page_info":"Invalid value."}}' } : shop.answer(asked));
    const refused = await shopify.poll!.read(access(), first.ok ? first.value.cursor : null, 20_000);
    expect(refused).toMatchObject({ ok: true, value: { answers: [], more: true, cursor: { page: null } } });
    server.answer = shop.answer;
    expect(await shopify.poll!.read(access(), refused.ok ? refused.value.cursor : null, 20_000)).toMatchObject({ ok: true, value: { answers: { length: 50 }, more: true } });
    // Begun anew a little before the newest: what changed in the same second is not missed.
    const again = await shopify.poll!.read(access(), cursor, 20_000);
    expect(again.ok && again.value.answers.length > 0 && again.value.answers.every(({ key }) => seen.has(`${key.split(' ')[1]} 1`))).toBe(true);
  });
});

it.each([
  ['<https://x.myshopify.com/admin/api/2026-07/orders.json?limit=50&page_info=abc>; rel="next"', 'abc'], ['<https://x/orders.json?page_info=p>; rel="previous", <https://x/orders.json?page_info=n>; rel="next"', 'n'],
  ['<https://x/orders.json?page_info=p>; rel="previous"', null], ['', null], ['<not an address>; rel="next"', null],
])('the next page of %s is %s', (link, page) => {
  expect(nextPage(link)).toBe(page);
});
