import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statuses } from '../../src/connectors/amazon/codes.js';
import { amazon } from '../../src/connectors/amazon/index.js';
import { packageReference, renumbered, shareOut } from '../../src/connectors/amazon/packages.js';
import type { AmazonSettings } from '../../src/connectors/amazon/settings.js';
import { decodeMessage } from '../../src/connectors/amazon/webhook.js';
import type { Access, OutboundCommand, Performed, RawMessage } from '../../src/connectors/contract.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Json } from '../../src/lib/json.js';
import type { Fact, RecordFact } from '../../src/model/facts.js';
import type { ReportedShopOrder, ShopFulfilment, ShopTracking } from '../../src/model/shop.js';
import { byAmazon, order, partlyShipped } from '../fixtures/amazon/sample.js';
import { KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { AmazonSeller, type AmazonFault, type AmazonOrder } from '../support/shops/amazon.js';
import { AnsweringServer } from './answering-server.js';

const unshipped = (JSON.parse(order.toString()) as { order: AmazonOrder }).order;
const message = (body: Uint8Array): RawMessage => ({ headers: {}, body, receivedAt: '2026-03-10T14:30:00.000Z', connection: 'amazon', zone: 'UTC' });
const decode = (of: object) => decodeMessage(message(Buffer.from(JSON.stringify({ order: of }))), {});
const stated = (facts: readonly Fact[]) => facts.map((fact) => fact as RecordFact<'shop_order.reported', ReportedShopOrder>);

describe('an order at Amazon', () => {
  it.each(Object.entries(statuses))('of the status %s is $state', (fulfillmentStatus, { state, payment }) => {
    const [fact] = stated(decode({ ...unshipped, fulfillment: { ...unshipped.fulfillment, fulfillmentStatus } }).facts);
    expect(fact!.payload).toMatchObject({ state, payment, rawState: fulfillmentStatus });
  });

  it('of a status that nobody knows is told to people', () => {
    expect(decode({ ...unshipped, fulfillment: { fulfillmentStatus: 'ELSEWHERE' } })).toMatchObject({ facts: [{ payload: { state: 'UNKNOWN' } }], anomalies: [{ kind: 'UNKNOWN_CODE', rawCode: 'ELSEWHERE' }] });
  });

  it('that waits for its payment has no amounts and says nothing yet; one that was cancelled then does', () => {
    const { proceeds: _proceeds, ...rest } = unshipped;
    const of = (fulfillmentStatus: string) => ({ ...rest, fulfillment: { fulfillmentStatus, fulfilledBy: 'MERCHANT' }, orderItems: unshipped.orderItems.map(({ orderItemId }) => ({ orderItemId, quantityOrdered: 0, product: {} })) });
    expect(decode(of('PENDING'))).toEqual({ facts: [], anomalies: [] });
    expect(stated(decode(of('CANCELLED')).facts)[0]!.payload).toMatchObject({ state: 'CANCELLED', total: { amount: '0', currency: 'EUR' } });
  });

  it('comes to its total with what is told of articles, taxes and carriage, whether prices include tax or not', () => {
    for (const [body, tax] of [[order, true], [partlyShipped, false]] as const) {
      const { lines, total, shipping, pricesIncludeTax } = stated(decodeMessage(message(body), {}).facts)[0]!.payload;
      const { orderItems } = (JSON.parse(body.toString()) as { order: { orderItems: Array<{ quantityOrdered: number }> } }).order;
      const ofAll = lines.reduce((sum, { unitPrice, discount = '0', tax: own = '0' }, index) => sum + Number(unitPrice) * (orderItems[index]?.quantityOrdered ?? 1) - Number(discount) + (pricesIncludeTax ? 0 : Number(own)), Number(shipping!.price));
      expect([pricesIncludeTax, ofAll.toFixed(2)]).toEqual([tax, tax ? total.amount : (Number(total.amount) - 0.35).toFixed(2)]); // 0.35: the tax of carriage
    }
  });

  it('that Amazon sends itself is told as such, though nobody says to whom', () => {
    const { fulfilledBy, people } = stated(decodeMessage(message(byAmazon), {}).facts)[0]!.payload;
    expect([fulfilledBy, people]).toEqual(['MARKETPLACE', {}]);
  });

  it('is the later of two in one second by what was sent of it', () => {
    const version = (fulfillmentStatus: string, quantityFulfilled: number) => stated(decode({ ...unshipped, fulfillment: { fulfillmentStatus }, orderItems: [{ ...unshipped.orderItems[0]!, fulfillment: { quantityFulfilled, quantityUnfulfilled: 2 - quantityFulfilled } }] }).facts)[0]!.version;
    expect([version('UNSHIPPED', 0) < version('PARTIALLY_SHIPPED', 1), version('PARTIALLY_SHIPPED', 1) < version('SHIPPED', 2), version('PARTIALLY_SHIPPED', 1) < version('PARTIALLY_SHIPPED', 2)]).toEqual([true, true, true]);
  });
});

describe('packages of a delivery', () => {
  const lines = fc.uniqueArray(fc.record({ orderItemId: fc.string({ minLength: 1, maxLength: 5 }), quantity: fc.integer({ min: 1, max: 20 }) }), { minLength: 1, maxLength: 6, selector: ({ orderItemId }) => orderItemId });
  const numbers = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 });
  const countOf = (items: ReadonlyArray<{ orderItemId: string; quantity: number }>, id: string) => items.filter((item) => item.orderItemId === id).reduce((sum, { quantity }) => sum + quantity, 0);

  it('hold every piece once and at least one each, under names that are whole numbers and stay', () => {
    fc.assert(fc.property(fc.uuid(), lines, numbers, (command, of, given) => {
      const packages = shareOut(command, of, given);
      expect(packages).toEqual(shareOut(command, of, given));
      expect(packages).toHaveLength(Math.min(given.length, of.reduce((sum, { quantity }) => sum + quantity, 0)));
      expect(packages.every(({ items, reference }) => items.length > 0 && items.every(({ quantity }) => quantity > 0) && /^[1-9]\d{0,9}$/.test(reference) && Number(reference) < 2 ** 31)).toBe(true);
      expect(new Set(packages.map(({ reference }) => reference)).size).toBe(packages.length);
      for (const { orderItemId, quantity } of of) expect(countOf(packages.flatMap(({ items }) => items), orderItemId)).toBe(quantity);
    }));
  });

  it('keep their pieces and their names under other numbers, however many these are', () => {
    fc.assert(fc.property(fc.uuid(), lines, numbers, numbers, (command, of, first, then) => {
      const [before, after] = [shareOut(command, of, first), renumbered(command, shareOut(command, of, first), then)];
      expect(after.length).toBeGreaterThanOrEqual(before.length);
      expect(after.map(({ reference }) => reference)).toEqual(after.map((_each, index) => packageReference(command, index)));
      for (const { orderItemId, quantity } of of) expect(countOf(after.flatMap(({ items }) => items), orderItemId)).toBe(quantity);
      expect(after.every(({ number }) => then.includes(number))).toBe(true);
    }));
  });
});

describe('a seller at Amazon', () => {
  const server = new AnsweringServer();
  let seller: AmazonSeller;
  let url: string;
  let connection: string;
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());
  beforeEach(() => {
    seller = new AmazonSeller();
    seller.add(unshipped);
    server.answer = (asked) => seller.answer(asked);
    // Tokens are kept by connection.
    connection = uuidv7();
  });

  const { id, secret, refreshToken } = AmazonSeller.client;
  const access = (settings: Partial<AmazonSettings> = {}): Access<AmazonSettings> => ({
    connection, settings: { region: 'eu', url, tokenUrl: `${url}/auth/o2/token`, ...settings } as AmazonSettings, secrets: { clientId: [id], clientSecret: [secret], refreshToken: [refreshToken] }, allowedNetworks: ['127.0.0.0/8'],
  });
  const tracking: ShopTracking = { carrier: 'DHL', carrierCode: 'DHL', service: 'Paket', numbers: ['JJD1', 'JJD2'] };
  const orderId = unshipped.orderId;
  const fulfilment = (change: Partial<ShopFulfilment> = {}): ShopFulfilment => ({ order: orderId, delivery: 'WH/OUT/1', lines: [{ id: '20212345678901', sku: 'LAMP-1', quantity: '2' }, { id: '20212345678902', sku: 'DESK-2', quantity: '1' }], shippedAt: '2026-03-06T11:00:00.000Z', tracking, ...change });
  type Command = OutboundCommand<'shop.fulfil'> | OutboundCommand<'shop.track'>;
  const perform = (command: Command, memory = new KeptMemory(), settings: Partial<AmazonSettings> = {}) => amazon.perform!.perform(access(settings), command as OutboundCommand<'shop.fulfil'>, memory);
  async function done(command: Command, memory = new KeptMemory(), settings: Partial<AmazonSettings> = {}): Promise<Performed> {
    const outcome = await perform(command, memory, settings);
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  }
  const packages = () => [...(seller.confirmed.get(orderId)?.values() ?? [])];

  it('is told of each parcel, with the carrier as Amazon knows it and pieces in each', async () => {
    const { result } = await done(outboundCommand('shop.fulfil', fulfilment()));
    expect(packages()).toEqual([
      { packageReferenceId: expect.stringMatching(/^\d+$/), trackingNumber: 'JJD1', carrier: 'DHL', packageItems: [{ orderItemId: '20212345678901', quantity: 2 }] },
      { packageReferenceId: expect.stringMatching(/^\d+$/), trackingNumber: 'JJD2', carrier: 'DHL', packageItems: [{ orderItemId: '20212345678902', quantity: 1 }] },
    ]);
    expect(result).toMatchObject({ order: orderId, packages: [{ number: 'JJD1' }, { number: 'JJD2' }] });
    const sent = JSON.parse(server.asked.findLast(({ method, path }) => method === 'POST' && path.includes('shipmentConfirmation'))!.body) as Json;
    expect(sent).toMatchObject({ marketplaceId: 'A1PA6795UKMFR9', packageDetail: { carrierCode: 'DHL', carrierName: 'DHL', shippingMethod: 'Paket', shipDate: '2026-03-06T11:00:00.000Z' } });
  });

  it('is told of a carrier that Amazon does not know by its name', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment({ tracking: { carrier: 'Radkurier', numbers: ['R1'] } })));
    expect(JSON.parse(server.asked.at(-1)!.body)).toMatchObject({ packageDetail: { carrierCode: 'Other', carrierName: 'Radkurier', trackingNumber: 'R1' } });
  });

  it('is told of two deliveries of one order as of packages that are not the same', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '20212345678901', sku: 'LAMP-1', quantity: '2' }], tracking: { ...tracking, numbers: ['JJD1'] } })));
    await done(outboundCommand('shop.fulfil', fulfilment({ delivery: 'WH/OUT/2', lines: [{ id: '20212345678902', sku: 'DESK-2', quantity: '1' }], tracking: { ...tracking, numbers: ['JJD2'] } })));
    expect([packages().map(({ trackingNumber }) => trackingNumber), seller.orders.get(orderId)!.fulfillment.fulfillmentStatus]).toEqual([['JJD1', 'JJD2'], 'SHIPPED']);
  });

  describe.each([['shows it at once', {}], ['shows it later', { isPrompt: false }], ['shows packages by names of its own', { showsReferences: false }], ['takes no change of what was sent', { refusesChanges: true }]] as const)('where Amazon %s', (_what, manners) => {
    it.each(['lost', 'silent', 'late', 'throttled'] as const)('has each parcel once though a confirmation was %s', async (kind: AmazonFault['kind']) => {
      Object.assign(seller, manners);
      const [command, memory] = [outboundCommand('shop.fulfil', fulfilment()), new KeptMemory()];
      seller.fault = { method: 'POST', path: /shipmentConfirmation/, kind };
      expect(await perform(command, memory)).toMatchObject({ ok: false, error: { kind: kind === 'throttled' ? 'rate_limited' : 'unavailable' } });
      seller.carryOutLate();
      for (let attempt = 2; attempt <= 3; attempt++) await done({ ...command, attempt }, memory);
      expect(packages().map(({ trackingNumber }) => trackingNumber)).toEqual(['JJD1', 'JJD2']);
      seller.show();
      expect(seller.orders.get(orderId)!.fulfillment.fulfillmentStatus).toBe('SHIPPED');
    });
  });

  it('is asked again, and then a person, where it refuses what was begun and shows nothing of it', async () => {
    Object.assign(seller, { isPrompt: false, refusesChanges: true });
    const [command, memory] = [outboundCommand('shop.fulfil', fulfilment()), new KeptMemory()];
    seller.fault = { method: 'POST', path: /shipmentConfirmation/, kind: 'lost' };
    expect((await perform(command, memory)).ok).toBe(false);
    expect(await perform(command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, retryAfter: 60 } });
    expect(await perform(command, memory, { settleSeconds: 0 })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('somebody may have confirmed it') } });
    seller.show();
    await done(command, memory);
    expect(packages().map(({ trackingNumber }) => trackingNumber)).toEqual(['JJD1', 'JJD2']);
  });

  it('refuses at once what somebody confirmed before, and pieces that are none', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment()));
    expect(await perform(outboundCommand('shop.fulfil', fulfilment({ tracking: { ...tracking, numbers: ['OTHER'] } })))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('PackageToUpdateNotFound') } });
    expect(await perform(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '20212345678901', sku: 'LAMP-1', quantity: '0.5' }] })))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('whole pieces') } });
  });

  it('is told nothing of an order of Ship+, and refuses one that was cancelled', async () => {
    seller.orders.get(orderId)!['programs'] = ['FBM_SHIP_PLUS'];
    expect((await done(outboundCommand('shop.fulfil', fulfilment()))).result).toMatchObject({ remark: expect.stringContaining('Ship+') });
    seller.orders.get(orderId)!['programs'] = [];
    seller.orders.get(orderId)!.fulfillment.fulfillmentStatus = 'CANCELLED';
    expect(await perform(outboundCommand('shop.fulfil', fulfilment()))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('was cancelled') } });
    expect(packages()).toEqual([]);
  });

  it.each([[['N1'], ['N1', 'N1']], [['N1', 'N2'], ['N1', 'N2']], [['N1', 'N2', 'N3'], ['N1', 'N2', 'N3']]])('has the numbers %j in the place of the two that it had', async (numbers, expected) => {
    const [fulfil, memory] = [outboundCommand('shop.fulfil', fulfilment()), new KeptMemory()];
    await done(fulfil, memory);
    for (const follows of [{ id: fulfil.id, memory: memory.value }, undefined]) {
      await done(outboundCommand('shop.track', { of: fulfil.id, order: orderId, tracking: { ...tracking, numbers } }, follows === undefined ? {} : { follows }));
      expect(packages().map(({ trackingNumber }) => trackingNumber)).toEqual(expected);
    }
    // What stood there was not told again.
    expect(seller.confirmations.length).toBe(2 + numbers.length - (numbers.length === 1 ? -1 : 0));
  });

  it('is told of a delivery without a number once it has one', async () => {
    const { tracking: _tracking, ...without } = fulfilment();
    const [fulfil, memory] = [outboundCommand('shop.fulfil', without as ShopFulfilment), new KeptMemory()];
    expect(await perform(fulfil, memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('without a tracking number') } });
    await done(outboundCommand('shop.track', { of: fulfil.id, order: orderId, tracking: { ...tracking, numbers: ['JJD1'] } }, { follows: { id: fulfil.id, memory: memory.value } }));
    expect(packages()).toEqual([expect.objectContaining({ trackingNumber: 'JJD1', packageItems: [{ orderItemId: '20212345678901', quantity: 2 }, { orderItemId: '20212345678902', quantity: 1 }] })]);
  });

  it('gives another token where one has ended, once', async () => {
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '20212345678901', sku: 'LAMP-1', quantity: '1' }], tracking: { ...tracking, numbers: ['JJD1'] } })));
    seller.tokens++;
    await done(outboundCommand('shop.fulfil', fulfilment({ lines: [{ id: '20212345678901', sku: 'LAMP-1', quantity: '1' }], tracking: { ...tracking, numbers: ['JJD2'] } })));
    expect(server.asked.filter(({ path }) => path === '/auth/o2/token').length).toBeGreaterThanOrEqual(2);
    expect(packages()).toHaveLength(2);
  });

  describe('looked at', () => {
    async function lookAtAll(cursor: Json | null = { after: '2026-03-01T00:00:00.000Z', token: null }, settings: Partial<AmazonSettings> = {}, between: () => void = () => undefined): Promise<{ ids: string[]; keys: string[]; cursor: Json }> {
      const [ids, keys] = [[] as string[], [] as string[]];
      for (let look = 1, at = cursor; look < 30; look++) {
        const outcome = await amazon.poll!.read(access(settings), at, 20_000);
        if (!outcome.ok) throw new Error(outcome.error.message);
        keys.push(...outcome.value.answers.map(({ key }) => key));
        ids.push(...outcome.value.answers.flatMap(({ body }) => stated(decodeMessage(message(body), {}).facts).map(({ key }) => key.id)));
        if (!outcome.value.more) return { ids, keys, cursor: outcome.value.cursor };
        at = outcome.value.cursor;
        between();
      }
      throw new Error('It never ended.');
    }
    const many = () => {
      for (let index = 1; index <= 25; index++) seller.add({ ...unshipped, orderId: `302-0000000-${String(index).padStart(7, '0')}` });
      seller.pageSize = 10;
    };

    it('gives every order, page by page, and goes on where the round ended', async () => {
      many();
      const { ids, cursor } = await lookAtAll();
      expect([ids.length, new Set(ids).size, cursor]).toEqual([26, 26, { after: '2026-03-06T11:56:00.000Z', token: null }]);
      expect((await lookAtAll(cursor)).ids).toEqual([]);
      seller.orders.get(orderId)!.lastUpdatedTime = '2026-03-06T11:58:00Z';
      const again = await lookAtAll(cursor);
      expect([again.ids, (await lookAtAll(cursor)).keys]).toEqual([[orderId], again.keys]);
    });

    it('begins its round anew where the token of its pages has ended', async () => {
      many();
      let ended = false;
      const { ids } = await lookAtAll(undefined, {}, () => {
        if (!ended) seller.pageSize = 7;
        ended = true;
      });
      expect(new Set(ids).size).toBe(26);
      const first = await amazon.poll!.read(access(), { after: '2026-03-01T00:00:00.000Z', token: 'gone' }, 20_000);
      expect(first).toMatchObject({ ok: true, value: { answers: [], cursor: { after: '2026-03-01T00:00:00.000Z', token: null }, more: true } });
    });

    it('asks for what is set: marketplaces, who sends, and people', async () => {
      await lookAtAll(undefined, { marketplaces: 'A1PA6795UKMFR9,APJ6JRA9NG5V4', amazonFulfilled: 'leave', people: 'leave' });
      const query = new URL(server.asked.at(-1)!.path, url).searchParams;
      expect(Object.fromEntries(query)).toMatchObject({ marketplaceIds: 'A1PA6795UKMFR9,APJ6JRA9NG5V4', fulfilledBy: 'MERCHANT', includedData: 'PROCEEDS,FULFILLMENT,PACKAGES', lastUpdatedAfter: '2026-03-01T00:00:00.000Z' });
      await lookAtAll(undefined);
      expect(new URL(server.asked.at(-1)!.path, url).searchParams.get('includedData')).toBe('BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,PACKAGES');
    });

    it('that was too much says after how long, and stops nothing else', async () => {
      seller.fault = { method: 'GET', path: /orders\?/, kind: 'throttled' };
      expect(await amazon.poll!.read(access(), null, 20_000)).toMatchObject({ ok: false, error: { kind: 'rate_limited', retryAfter: 60, onlyThisCommand: true } });
    });
  });
});
