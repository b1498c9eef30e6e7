import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Access, OutboundCommand, Performed, PollPage, RawMessage } from '../../src/connectors/contract.js';
import { orderStates } from '../../src/connectors/woocommerce/codes.js';
import { woocommerce } from '../../src/connectors/woocommerce/index.js';
import type { WooCommerceSettings } from '../../src/connectors/woocommerce/settings.js';
import { decodeMessage, verifySignature } from '../../src/connectors/woocommerce/webhook.js';
import type { Json } from '../../src/lib/json.js';
import type { Fact, RecordFact } from '../../src/model/facts.js';
import type { ReportedShopOrder, ShopFulfilment, ShopTracking } from '../../src/model/shop.js';
import { deleted, order, orderRead } from '../fixtures/woocommerce/sample.js';
import { KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { WooCommerceShop, type ShopFault, type ShopOrder } from '../support/shops/woocommerce.js';
import { AnsweringServer } from './answering-server.js';

const paid = JSON.parse(order.toString()) as ShopOrder;
const message = (body: unknown, headers: Record<string, string> = {}): RawMessage => ({ headers, body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)), receivedAt: '2026-03-10T14:30:00.000Z', connection: 'shop', zone: 'UTC' });
const decode = (body: unknown, settings: Partial<WooCommerceSettings> = {}) => decodeMessage(message(body), settings as WooCommerceSettings);
const stated = (facts: readonly Fact[]) => facts.map((fact) => fact as RecordFact<'shop_order.reported', ReportedShopOrder>);
const only = (body: unknown, settings: Partial<WooCommerceSettings> = {}) => stated(decode(body, settings).facts)[0]!;

describe('a webhook of WooCommerce', () => {
  it('is signed with the secret as WordPress reads it', () => {
    const sent = (secret: string) => ({ headers: { 'x-wc-webhook-signature': createHmac('sha256', secret).update(order).digest('base64') }, body: order, receivedMs: 0 });
    expect(verifySignature(sent('plain'), ['plain'])).toEqual({ ok: true });
    expect(verifySignature(sent(`a&b<c>"d'`), ['a&amp;b&lt;c&gt;&quot;d&#039;'])).toEqual({ ok: true });
    expect(verifySignature(sent(`a&b`), ['a&b'])).toEqual({ ok: true });
  });

  it('is another one where the same order is deleted again, and the same where it is repeated', () => {
    const id = (delivery: string, body = deleted) => woocommerce.receive!.deliveryId({ headers: { 'x-wc-webhook-delivery-id': delivery }, body, receivedMs: 0 });
    expect(id('a')).toBe(id('a'));
    expect(new Set([id('a'), id('b'), id('a', order)]).size).toBe(3);
  });

  it.each(Object.entries(orderStates))('of the status %s says %s', (status, state) => {
    const [fact] = stated(decode({ ...paid, status }).facts);
    if (state === 'DRAFT') expect(fact).toBeUndefined();
    else expect(fact!.payload.state).toBe(state === 'REFUNDED' ? 'CANCELLED' : state);
  });

  it('of a status that the shop made says what the settings say, and people are told of one that nobody knows', () => {
    expect(only({ ...paid, status: 'picking' }, { states: 'picking=OPEN, sent=CLOSED' }).payload.state).toBe('OPEN');
    expect(only({ ...paid, status: 'sent' }, { states: 'picking=OPEN, sent=CLOSED' }).payload.state).toBe('CLOSED');
    expect(decode({ ...paid, status: 'picking' })).toMatchObject({ facts: [{ payload: { state: 'UNKNOWN', rawState: 'picking' } }], anomalies: [{ kind: 'UNKNOWN_CODE', rawCode: 'picking' }] });
  });

  it('tells which of two states of one second is the later', () => {
    const version = (change: object) => only({ ...paid, ...change }).version;
    expect(version({ status: 'pending', date_paid_gmt: null })).toBeLessThan(version({ status: 'processing' }));
    expect(version({ status: 'processing' })).toBeLessThan(version({ status: 'completed' }));
    expect(version({ status: 'refunded' })).toBeLessThan(version({ status: 'pending', date_modified_gmt: '2026-03-06T13:28:09' }));
  });

  it('that something was refunded says nothing until what was refunded is read, and then what is still wanted', () => {
    const read = JSON.parse(orderRead.toString()) as { order: ShopOrder; refunds: Json[] };
    expect(decode(read.order)).toEqual({ facts: [], anomalies: [] });
    expect(only(read).payload.lines[0]).toMatchObject({ quantity: '2', fulfilled: '1' });
    const everything = { ...read, refunds: [{ id: 1, line_items: [{ quantity: -3, meta_data: [{ key: '_refunded_item_id', value: 320 }] }] }] };
    // What has left is wanted all the same.
    expect(only(everything).payload.lines[0]).toMatchObject({ quantity: '1', fulfilled: '1' });
    expect(only({ ...read.order, status: 'refunded' }).payload.state).toBe('CLOSED');
  });

  it('comes to the total of the shop with what is told of lines, fees and carriage', () => {
    for (const body of [order, orderRead]) {
      const { lines, total, pricesIncludeTax, shipping } = only(body, { feeSku: 'FEE' }).payload;
      const sum = lines.reduce((all, { quantity, unitPrice, discount = '0', tax = '0' }) => all + Number(quantity) * Number(unitPrice) - Number(discount) + (pricesIncludeTax ? 0 : Number(tax)), Number(shipping!.price));
      expect(sum.toFixed(2)).toBe(Number(total.amount).toFixed(2));
    }
  });

  it('goes where the buyer wants it, though the country has no cities', () => {
    const shipping = { first_name: 'Mei', last_name: 'Tan', company: '', address_1: '10 Anson Road', address_2: '#10-11', city: '', state: '', postcode: '079903', country: 'SG' };
    expect(only({ ...paid, shipping }).payload.people.shipTo).toMatchObject({ name: 'Mei Tan', street: '10 Anson Road', city: '', postalCode: '079903', country: 'SG' });
  });

  it('says that nothing is sent of an order of downloads, who is a guest, and that goods go to who pays where no other address is given', () => {
    expect(only({ ...paid, needs_processing: false }).payload.lines.every((line) => line.isVirtual)).toBe(true);
    const { people } = only(orderRead).payload;
    expect([people.buyerId, people.shipTo, people.shipTo]).toEqual([undefined, people.billTo, expect.objectContaining({ company: 'Muster GmbH' })]);
  });

  it('of products is kept and says nothing; an error that was sent in the place of an order is told', () => {
    expect(decodeMessage(message({ id: 7, sku: 'X' }, { 'x-wc-webhook-topic': 'product.updated' }), {} as WooCommerceSettings)).toEqual({ facts: [], anomalies: [] });
    expect(() => decode({ code: 'woocommerce_rest_cannot_view', message: 'Sorry, you cannot view this resource.', data: { status: 401 } })).toThrow(/may not read orders/);
  });
});

describe('a shop of WooCommerce', () => {
  const server = new AnsweringServer();
  let shop: WooCommerceShop;
  let url: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());
  beforeEach(() => {
    shop = new WooCommerceShop();
    shop.add(paid);
    server.answer = (asked) => shop.answer(asked);
  });

  const access = (settings: Partial<WooCommerceSettings> = {}): Access<WooCommerceSettings> => ({
    connection: 'shop', settings: { url, webhookSecret: 'the secret', consumerKey: WooCommerceShop.key, consumerSecret: WooCommerceShop.secret, settleSeconds: 0, ...settings }, secrets: { consumerKey: [WooCommerceShop.key], consumerSecret: [WooCommerceShop.secret] }, allowedNetworks: ['127.0.0.0/8'],
  });
  const tracking: ShopTracking = { carrier: 'UPS', carrierCode: 'UPS', numbers: ['1Z1', '1Z2'] };
  const fulfilment = (change: Partial<ShopFulfilment> = {}): ShopFulfilment => ({ order: '727', delivery: 'WH/OUT/1', lines: [{ id: '315', sku: 'WOO-1', quantity: '2' }, { id: '316', sku: 'IDEA-BM', quantity: '1' }], shippedAt: '2026-03-06T14:00:00.000Z', tracking, ...change });
  type Command = OutboundCommand<'shop.fulfil'> | OutboundCommand<'shop.track'>;
  const perform = (command: Command, memory = new KeptMemory(), settings: Partial<WooCommerceSettings> = {}) => woocommerce.perform!.perform(access(settings), command as OutboundCommand<'shop.fulfil'>, memory);
  async function done(command: Command, settings: Partial<WooCommerceSettings> = {}, memory = new KeptMemory()): Promise<Performed> {
    const outcome = await perform(command, memory, settings);
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  }
  const marks = () => shop.orders.get(727)!.meta_data.filter(({ key }) => key.startsWith('_gatehouse'));
  const notes = () => (shop.notes.get(727) ?? []).map(({ note }) => note);
  const status = () => shop.orders.get(727)!.status;

  it('has the status of an order that has left, and is told by a note that the customer gets; what it then says is a fact', async () => {
    const { answers, result } = await done(outboundCommand('shop.fulfil', fulfilment()));
    expect([status(), notes(), shop.notes.get(727)![0]!.customer_note, result]).toEqual(['completed', ['Delivery WH/OUT/1 is on its way by UPS. Tracking numbers: 1Z1, 1Z2.'], true, { order: '727', delivery: 'WH/OUT/1', status: 'completed', numbers: ['1Z1', '1Z2'] }]);
    const [fact] = stated(answers.flatMap(({ headers, body }) => decodeMessage({ ...message(Buffer.from(body)), headers }, {} as WooCommerceSettings).facts));
    expect(fact!.payload).toMatchObject({ state: 'CLOSED', lines: [{ fulfilled: '2' }, { fulfilled: '1' }] });
  });

  it('keeps its status while something is still to leave, and has it with the last delivery', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '315', sku: 'WOO-1', quantity: '2' }] })));
    expect(status()).toBe('processing');
    await done(outboundCommand('shop.fulfil', fulfilment({ delivery: 'WH/OUT/2', lines: [{ id: '316', sku: 'IDEA-BM', quantity: '1' }] })));
    expect([status(), marks().length, notes().length]).toEqual(['completed', 2, 2]);
  });

  it('has the statuses that are set, or none', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '315', sku: 'WOO-1', quantity: '1' }] })), { statusWhenPartlyShipped: 'partial-shipped' });
    expect(status()).toBe('partial-shipped');
    await done(outboundCommand('shop.fulfil', fulfilment({ delivery: 'WH/OUT/2' })), { statusWhenShipped: 'none' });
    expect(status()).toBe('partial-shipped');
    await done(outboundCommand('shop.fulfil', fulfilment({ delivery: 'WH/OUT/3' })), { statusWhenShipped: 'shipped' });
    expect(status()).toBe('shipped');
  });

  it.each([['a download', () => void shop.virtual.add('22/23')], ['refunded', () => shop.refund(727, [{ line: 316, quantity: 1 }])]])('waits for no line that is %s', async (_what, prepare) => {
    prepare();
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '315', sku: 'WOO-1', quantity: '2' }] })));
    expect(status()).toBe('completed');
  });

  it('leaves an order as it is that was cancelled meanwhile, and still says what has left', async () => {
    shop.change(727, { status: 'cancelled' });
    await done(outboundCommand('shop.fulfil', fulfilment()));
    expect([status(), marks().length]).toEqual(['cancelled', 1]);
  });

  it('says of an order that it does not have that there is none', async () => {
    expect(await perform(outboundCommand('shop.fulfil', fulfilment({ order: '1' })))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('Invalid ID') } });
  });

  describe.each([['PUT', /orders\/727$/], ['POST', /notes$/]] as const)('where a %s fails', (method, path) => {
    it.each(['lost', 'silent', 'late', 'refused'] as const)('is told of a delivery once (%s)', async (kind: ShopFault['kind']) => {
      const [command, memory] = [outboundCommand('shop.fulfil', fulfilment()), new KeptMemory()];
      shop.fault = { method, path, kind };
      expect(await perform(command, memory, { numbers: 'both' })).toMatchObject({ ok: false, error: { kind: kind === 'refused' ? 'invalid' : 'unavailable' } });
      shop.carryOutLate();
      await done({ ...command, attempt: 2 }, { numbers: 'both' }, memory);
      await done({ ...command, attempt: 3 }, { numbers: 'both' }, memory);
      const items = shop.orders.get(727)!.meta_data.find(({ key }) => key === '_wc_shipment_tracking_items')!.value as Array<{ tracking_number: string }>;
      expect([marks().length, notes().length, items.map((each) => each.tracking_number), status()]).toEqual([1, 1, ['1Z1', '1Z2'], 'completed']);
    });
  });

  it('is believed that it has no note only after a time', async () => {
    const [command, memory] = [outboundCommand('shop.fulfil', fulfilment()), new KeptMemory()];
    shop.fault = { method: 'POST', path: /notes$/, kind: 'late' };
    expect((await perform(command, memory, { settleSeconds: 600 })).ok).toBe(false);
    expect(await perform(command, memory, { settleSeconds: 600 })).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, retryAfter: expect.any(Number) } });
    expect(notes()).toEqual([]);
    shop.carryOutLate();
    await done(command, { settleSeconds: 600 }, memory);
    expect(notes()).toHaveLength(1);
  });

  it('is told no more of an order while it may still be at work on what nobody waited for', async () => {
    const [first, memory] = [outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '315', sku: 'WOO-1', quantity: '2' }] })), new KeptMemory()];
    const settings = { settleSeconds: 600, numbers: 'extension' as const, statusWhenPartlyShipped: 'partial-shipped' };
    shop.fault = { method: 'PUT', path: /orders/, kind: 'late' };
    expect((await perform(first, memory, settings)).ok).toBe(false);
    // The repeat is carried out, and the command does not end: the first may still come.
    expect(await perform(first, memory, settings)).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true } });
    expect([marks().length, status()]).toEqual([1, 'partial-shipped']);
    shop.carryOutLate();
    await done(first, { ...settings, settleSeconds: 0 }, memory);
    await done(outboundCommand('shop.fulfil', fulfilment({ delivery: 'WH/OUT/2', lines: [{ id: '316', sku: 'IDEA-BM', quantity: '1' }], tracking: { ...tracking, numbers: ['1Z3'] } })), settings);
    const items = shop.orders.get(727)!.meta_data.find(({ key }) => key === '_wc_shipment_tracking_items')!.value as Array<{ tracking_number: string }>;
    expect([marks().length, items.map((each) => each.tracking_number), status()]).toEqual([2, ['1Z1', '1Z2', '1Z3'], 'completed']);
  });

  it('knows nothing of what a killed process had begun but what stands there', async () => {
    const command = outboundCommand('shop.fulfil', fulfilment());
    await done(command);
    // Killed before it could remember that the note is there: what it remembered is that it was about to write it.
    const memory = new KeptMemory();
    memory.value = { note: { begunAtMs: 1 } };
    await done(command, {}, memory);
    expect([marks().length, notes().length, shop.written.filter((each) => each.startsWith('PUT')).length]).toEqual([1, 1, 1]);
  });

  it('is told other numbers in the place of the first, and keeps those of others', async () => {
    const settings = { numbers: 'extension' as const };
    shop.orders.get(727)!.meta_data.push({ key: '_wc_shipment_tracking_items', value: [{ tracking_id: 'of somebody else', tracking_number: 'X', tracking_provider: 'fedex' }] });
    const fulfil = outboundCommand('shop.fulfil', fulfilment());
    await done(fulfil, settings);
    const track = outboundCommand('shop.track', { of: fulfil.id, order: '727', tracking: { carrier: 'Kurier', numbers: ['K1'], url: 'https://kurier.example.com/K1' } });
    await done(track, settings);
    await done(track, settings);
    expect(shop.orders.get(727)!.meta_data.find(({ key }) => key === '_wc_shipment_tracking_items')!.value).toEqual([
      expect.objectContaining({ tracking_number: 'X' }), expect.objectContaining({ tracking_number: 'K1', custom_tracking_provider: 'Kurier', custom_tracking_link: 'https://kurier.example.com/K1', date_shipped: '1772805600' }),
    ]);
    expect(JSON.parse(marks()[0]!.value as string)).toMatchObject({ delivery: 'WH/OUT/1', numbers: ['K1'], lines: { 315: '2', 316: '1' } });
    expect(shop.written.filter((each) => each.startsWith('PUT'))).toHaveLength(2);
    await done(outboundCommand('shop.track', { of: fulfil.id, order: '727', tracking: { carrier: 'Kurier', numbers: ['K2'] } }));
    expect(notes()).toEqual(['The tracking numbers of delivery WH/OUT/1 have changed. Kurier. Tracking number: K2.']);
  });

  describe('looked at', () => {
    /** Looks until nothing more is there. @param between what happens after each look */
    async function lookAtAll(cursor: Json | null = { after: '2026-03-01T00:00:00.000Z', exclude: [], page: 1 }, between: (look: number) => void = () => undefined): Promise<{ keys: string[]; facts: ReturnType<typeof stated>; cursor: Json; looks: number }> {
      const [keys, facts] = [[] as string[], [] as Fact[]];
      for (let look = 1, at = cursor; look < 100; look++) {
        const outcome = await woocommerce.poll!.read(access(), at, 20_000);
        if (!outcome.ok) throw new Error(outcome.error.message);
        const page: PollPage = outcome.value;
        keys.push(...page.answers.map(({ key }) => key));
        facts.push(...page.answers.flatMap(({ body }) => decodeMessage(message(Buffer.from(body)), {} as WooCommerceSettings).facts));
        if (!page.more) return { keys, facts: stated(facts), cursor: page.cursor, looks: look };
        at = page.cursor;
        between(look);
      }
      throw new Error('It never ended.');
    }
    const stamp = (second: number) => new Date(Date.UTC(2026, 2, 6, 12, 0, second)).toISOString().slice(0, 19);

    it('gives every order once it changed, however many changed in one second', async () => {
      for (let id = 1; id <= 95; id++) shop.add({ ...paid, id, number: String(id), date_modified_gmt: stamp(id <= 50 ? 7 : id) });
      const { facts, keys, cursor, looks } = await lookAtAll();
      expect([new Set(facts.map(({ key }) => key.id)).size, looks]).toEqual([96, expect.any(Number)]);
      const again = await lookAtAll(cursor);
      expect(again.keys.every((key) => keys.includes(key))).toBe(true);
    });

    it('reads more orders of one second than an address has room to leave out', async () => {
      for (let id = 1; id <= 700; id++) shop.add({ ...paid, id, number: String(id), date_modified_gmt: stamp(7) });
      expect(new Set((await lookAtAll()).facts.map(({ key }) => key.id)).size).toBe(701);
    });

    it('goes on behind orders that it may not read', async () => {
      for (let id = 1; id <= 70; id++) shop.add({ ...paid, id, number: String(id), date_modified_gmt: stamp(id <= 45 ? 7 : id) });
      for (let id = 5; id <= 45; id++) shop.hidden.add(id);
      expect(new Set((await lookAtAll()).facts.map(({ key }) => key.id)).size).toBe(30);
    });

    it.each([['one after the other', (id: number) => stamp(id)], ['in one second', () => stamp(7)]])('skips none that changes while pages are read, of orders that changed %s', async (_how, at) => {
      for (let id = 1; id <= 60; id++) shop.add({ ...paid, id, number: String(id), date_modified_gmt: at(id) });
      const { facts } = await lookAtAll(undefined, (look) => {
        shop.change(look, { status: 'completed' });
        shop.change(look + 20, { status: 'completed' });
      });
      expect(new Set(facts.map(({ key }) => key.id)).size).toBe(61);
      expect(new Set(facts.filter(({ key, payload }) => key.id === '1' && payload.state === 'CLOSED').map(({ version }) => version)).size).toBe(1);
    });

    it('reads what was refunded with the order', async () => {
      shop.refund(727, [{ line: 315, quantity: 1 }]);
      const { facts } = await lookAtAll();
      expect(facts.map(({ payload }) => payload.lines[0]!.quantity)).toEqual(['1']);
    });

    it('begins a day before, or where it is set', async () => {
      expect((await woocommerce.poll!.read(access(), null, 20_000)).ok).toBe(true);
      await woocommerce.poll!.read(access({ since: '2026-01-01' }), null, 20_000);
      expect(new URL(server.asked.at(-1)!.path, url).searchParams.get('modified_after')).toBe('2026-01-01T00:00:00');
    });
  });
});
