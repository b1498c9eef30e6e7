import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { decimalText } from '../../src/connectors/odoo/fields.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { envelope, odooEventsJsonSchema } from '../../src/connectors/odoo/payloads.js';
import type { Fact } from '../../src/model/facts.js';
import { normalizeReferenceValue } from '../../src/model/references.js';
import { batch, sample } from '../fixtures/odoo/sample.js';
import { raw } from './raw.js';

const odoo = connectorOf('odoo')!;
type Event = Record<string, unknown> & { id: string; record?: Record<string, unknown> };
const envelopeOf = (events: unknown[]) => ({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-02T09:15:30+00:00', events });
const events = (JSON.parse(batch.toString()) as { events: Event[] }).events;
const eventOf = (topic: string) => structuredClone(events.find((one) => one['topic'] === topic)!);
const decode = (...of: unknown[]) => odoo.receive!.decode(raw(JSON.stringify(envelopeOf(of))), {});
const ids = (facts: readonly Fact[]) => facts.map((fact) => 'key' in fact && `${fact.type} ${fact.key.kind}:${fact.key.id} ${fact.factKey}`);

describe('a batch of every topic', () => {
  const decoded = odoo.receive!.decode(raw(batch), {});

  it('gives one fact for each record', () => {
    expect(decoded.anomalies).toEqual([]);
    expect(ids(decoded.facts)).toEqual([
      'party.reported party:7 v101', 'party.reported party:8 v102', 'product.reported product:31 v103', 'order.reported order:42 v104',
      'order.reported order:purchase-42 v105', 'transfer.reported transfer:311 v106', 'transfer.reported transfer:312 v107', 'transfer.reported transfer:310 v108',
      'invoice.reported invoice:88 v109', 'stock.reported stock:31-8-1 v110', 'record.deleted transfer:290 v111',
    ]);
  });
  it('says whose order it is by the commercial entity, and where it goes by the address', () => {
    expect(decoded.facts[3]).toMatchObject({
      version: 104, observedAt: '2026-03-02T08:12:00.000Z',
      payload: { direction: 'SALE', name: 'S00042', partyId: '7', shipToId: '8', customerReference: 'PO-9917', promisedAt: '2026-03-06T16:00:00.000Z', total: { amount: '1189.3', currency: 'EUR' }, lines: [{ id: '421', productId: '31', description: 'Oak desk, 160 cm', quantity: '3', unit: 'Units' }] },
    });
  });
  it('keeps sale and purchase orders of one number apart, and links each transfer to its own', () => {
    expect(decoded.facts[5]).toMatchObject({ payload: { direction: 'OUTGOING', orderId: '42', orderName: 'S00042', backorderOfId: '300', carrier: 'FedEx', trackingNumbers: ['794644790138', '794644790149'], doneAt: '2026-03-02T09:14:00.000Z' } });
    expect(decoded.facts[6]).toMatchObject({ payload: { direction: 'INCOMING', orderId: 'purchase-42', trackingNumbers: [] } });
    expect(decoded.facts[6]).not.toHaveProperty('payload.weight');
  });
  it('says of which order of which shop an order is, and which line a transfer fulfils', () => {
    const order = eventOf('order');
    const delivery = eventOf('delivery');
    Object.assign(order.record!, { shop: { connection: 'webshop', order: '820982911946154500' } });
    for (const line of order.record!['lines'] as Array<Record<string, unknown>>) line['shop_line'] = `shop-${String(line['id'])}`;
    for (const line of delivery.record!['lines'] as Array<Record<string, unknown>>) line['order_line_id'] = 421;
    const [ordered, delivered] = decode(order, delivery).facts;
    expect(ordered).toMatchObject({ payload: { shop: { connection: 'webshop', order: '820982911946154500' }, lines: [{ id: '421', shopLine: 'shop-421' }] } });
    expect((delivered as { payload: { lines: unknown[] } }).payload.lines.every((line) => (line as { orderLineId?: string }).orderLineId === '421')).toBe(true);
  });
  it('is what the published schema describes', () => {
    expect(envelope.safeParse(JSON.parse(batch.toString())).error).toBeUndefined();
  });
});

describe('one bad event of a batch', () => {
  const good = eventOf('product');
  const bad = (change: (event: Event) => unknown) => {
    const event = { ...eventOf('order'), id: 'bad-one' };
    return decode(change(event) ?? event, good);
  };
  it.each<[string, (event: Event) => unknown, string]>([
    ['no version', (event) => { delete event['version']; }, 'version'],
    ['a version beyond what a number holds exactly', (event) => { event['version'] = 2 ** 60; }, 'version'],
    ['a record id that is text', (event) => { event['recordId'] = '42'; }, 'recordId'],
    ['no time', (event) => { event['occurredAt'] = 'yesterday'; }, 'occurredAt'],
    ['a time of 1970', (event) => { event['occurredAt'] = '1970-01-01T00:00:00Z'; }, 'occurredAt'],
    ['no name', (event) => { delete event.record!['name']; }, 'record.name'],
    ['no partner', (event) => { event.record!['partner_id'] = false; }, 'record.partner_id'],
    ['another model', (event) => { event['model'] = 'constructor'; }, 'model'],
    ['a quantity beyond any range', (event) => { event.record!['lines'] = [{ id: 1, name: 'x', quantity: 1e300 }]; }, 'lines.0.quantity'],
    ['no record', (event) => { delete event.record; }, 'record'],
  ])('with %s is named with what is wrong, and the others live', (_name, change, path) => {
    const decoded = bad(change);
    expect(ids(decoded.facts)).toEqual(['product.reported product:31 v103']);
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'EVENT_INVALID', severity: 'HIGH' })]);
    expect(decoded.anomalies[0]!.message).toContain('bad-one');
    expect(decoded.anomalies[0]!.message).toContain(` at ${path}`);
  });
  it.each([null, 5, 'text', [], {}])('that is %j is named by its place', (event) => {
    const decoded = decode(event, good);
    expect(decoded.facts).toHaveLength(1);
    expect(decoded.anomalies[0]!.message).toContain('number 0 of the batch');
  });
  it('with a mistyped year in one field loses that field alone', () => {
    const event = eventOf('order');
    event.record!['commitment_date'] = '20226-03-06 16:00:00';
    const decoded = decode(event);
    expect(decoded.facts[0]).not.toHaveProperty('payload.promisedAt');
    expect(decoded.facts[0]).toMatchObject({ payload: { name: 'S00042', orderedAt: '2026-03-02T08:12:00.000Z' } });
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'FIELD_INVALID', severity: 'MEDIUM', message: expect.stringContaining('commitment_date') })]);
  });
  it('of a topic that this version does not know is noted and passed over', () => {
    expect(decode({ ...good, topic: 'shipment' }).anomalies).toEqual([expect.objectContaining({ kind: 'EVENT_IGNORED', severity: 'LOW', rawCode: 'shipment' })]);
  });
  it('that gives another state under a version already used is kept beside it, as two batches would; a mere repeat is not', () => {
    const other = { ...structuredClone(good), id: 'second' };
    expect(decode(good, { ...structuredClone(good), id: 'again' })).toEqual(decode(good));
    other.record!['name'] = 'Pine desk';
    const together = decode(good, other);
    expect(together.facts).toEqual([...decode(good).facts, ...decode(other).facts]);
    expect(together.facts).toHaveLength(2);
    expect(together.anomalies).toEqual([expect.objectContaining({ kind: 'VERSION_REUSED', severity: 'MEDIUM', message: expect.stringContaining('second') })]);
  });
  it('among thousands is not thousands of matters to look at', () => {
    const { anomalies } = decode(...Array.from({ length: 3000 }, () => ({})));
    expect(anomalies).toHaveLength(101);
    expect(anomalies.at(-1)).toMatchObject({ kind: 'MORE_ANOMALIES', severity: 'HIGH', message: expect.stringContaining('2900') });
  });
});

describe('a record', () => {
  it('may carry keys that this version does not know', () => {
    const event = eventOf('product');
    event['future'] = { a: 1 };
    event.record!['x_studio_field'] = [1, 2];
    expect(decode(event)).toEqual(decode(eventOf('product')));
  });
  it('that was deleted needs no content, except stock, which has no id of its own', () => {
    const stock = { ...eventOf('stock'), action: 'deleted' };
    expect(ids(decode(stock, { ...eventOf('order'), action: 'deleted', record: undefined }).facts)).toEqual(['record.deleted stock:31-8-1 v110', 'record.deleted order:42 v104']);
    expect(decode({ ...stock, record: null }).anomalies).toEqual([expect.objectContaining({ kind: 'EVENT_INVALID' })]);
  });
  it.each([['outgoing', 'OUTGOING'], ['incoming', 'INCOMING'], ['dropship', 'OUTGOING'], ['internal', 'INTERNAL'], ['repair_operation', undefined], ['mrp_operation', undefined], ['constructor', undefined]])('of a transfer of kind %s goes %s', (code, direction) => {
    const event = eventOf('delivery');
    event.record!['picking_type_code'] = code;
    const { facts, anomalies } = decode(event);
    expect(facts.map((fact) => 'direction' in fact.payload && fact.payload.direction)).toEqual(direction === undefined ? [] : [direction]);
    expect(anomalies).toEqual([]);
  });
  it('does not take the word False, which Odoo prints for nothing, for a tracking number', () => {
    const event = eventOf('delivery');
    event.record!['carrier_tracking_ref'] = 'False';
    expect(decode(event).facts[0]).toMatchObject({ payload: { trackingNumbers: [] } });
  });
  it.each([2 ** 31, 2 ** 53, 1e300, -1, 0.5, 'many', {}])('with a package count of %j, which no column holds, loses that field alone', (count) => {
    const event = eventOf('delivery');
    event.record!['package_count'] = count;
    const { facts, anomalies } = decode(event, eventOf('product'));
    expect(facts).toHaveLength(2);
    expect(facts[0]).toMatchObject({ type: 'transfer.reported', payload: { name: expect.any(String) } });
    expect(facts[0]).not.toHaveProperty('payload.packageCount');
    expect(anomalies).toEqual([expect.objectContaining({ kind: 'FIELD_INVALID', message: expect.stringContaining('package_count') })]);
  });
  it('keeps the greatest package count that a column holds', () => {
    const event = eventOf('delivery');
    event.record!['package_count'] = 2 ** 31 - 1;
    expect(decode(event)).toMatchObject({ facts: [{ payload: { packageCount: 2 ** 31 - 1 } }], anomalies: [] });
  });
  it('loses a tracking number too long to be indexed, and keeps the others', () => {
    const event = eventOf('delivery');
    for (const long of ['9'.repeat(121), '9'.repeat(5_000), '\ufdfa'.repeat(10)]) {
      event.record!['carrier_tracking_ref'] = `A1,${long};${'8'.repeat(120)}`;
      const { facts, anomalies } = decode(event);
      expect(facts[0]).toMatchObject({ payload: { trackingNumbers: ['A1', '8'.repeat(120)] } });
      expect(anomalies).toEqual([expect.objectContaining({ kind: 'FIELD_INVALID', message: expect.stringContaining('carrier_tracking_ref') })]);
    }
  });
  it('has the name of a delivery cut where it is too long to be indexed', () => {
    const event = eventOf('delivery');
    for (const name of ['N'.repeat(121), '\ufdfa'.repeat(300)]) {
      event.record!['name'] = name;
      const { facts, anomalies } = decode(event);
      expect(normalizeReferenceValue((facts[0] as { payload: { name: string } }).payload.name).length).toBeLessThanOrEqual(120);
      expect(anomalies).toEqual([expect.objectContaining({ kind: 'FIELD_INVALID', message: expect.stringContaining('record.name') })]);
    }
  });
  it('of stock beyond any quantity loses the reserve alone, and is none without what is on hand', () => {
    const event = eventOf('stock');
    event.record!['reserved_quantity'] = 1e300;
    expect(decode(event)).toMatchObject({ facts: [{ payload: { reserved: '0' } }], anomalies: [{ kind: 'FIELD_INVALID' }] });
    event.record!['quantity'] = 1e300;
    expect(decode(event, eventOf('product'))).toMatchObject({ facts: [{ type: 'product.reported' }], anomalies: expect.arrayContaining([expect.objectContaining({ kind: 'EVENT_INVALID' })]) });
  });
  it('that is a journal entry is no invoice', () => {
    const event = eventOf('invoice');
    event.record!['move_type'] = 'entry';
    expect(decode(event)).toEqual({ facts: [], anomalies: [] });
  });
  it('keeps its prototype whatever its keys are called', () => {
    const text = JSON.stringify(envelopeOf([eventOf('product')])).replace('"record":{', '"record":{"__proto__":{"name":"evil"},"constructor":{"prototype":{"x":1}},');
    const decoded = odoo.receive!.decode(raw(text), {});
    expect(decoded.facts[0]).toMatchObject({ payload: { name: 'Oak desk' } });
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

it('a batch of more events than the addon ever sends is unreadable', () => {
  expect(() => decode(...Array.from({ length: 5_001 }, () => ({})))).toThrow(/more than 5000 events/);
});

it.each(['[]', '{}', 'null', '{"specversion":"2","events":[]}', '{"specversion":"1"}', '{"specversion":"1","events":{}}'])('an envelope that is %s is unreadable', (body) => {
  expect(() => odoo.receive!.decode(raw(body), {})).toThrow(UnreadableMessage);
});

describe('decimals', () => {
  it.each([[0.1 + 0.2, '0.3'], [17.000000000000004, '17'], [-0, '0'], [-2.5, '-2.5'], ['007.500', '7.5'], ['-0.00', '0'], [1e-9, '0'], [100, '100'], ['100', '100'], [999999999999999, '999999999999999']])('%s is %s', (value, expected) => {
    expect(decimalText(value)).toBe(expected);
  });
  it.each([1e15, -1e300, Infinity, NaN, '9'.repeat(18), `1.${'1'.repeat(13)}`, '1e3', ''])('%s is none', (value) => {
    expect(decimalText(value)).toBeUndefined();
  });
});

describe('the proof', () => {
  const at = Date.UTC(2026, 2, 2, 9, 16);
  const verify = (headers: Record<string, string>, receivedMs = at) => odoo.receive!.verify({ headers, body: batch, receivedMs }, [sample.secret], {});
  const headers = sample.sign(batch, sample.secret, at);

  it('is outdated more than five minutes before or after its time', () => {
    for (const minutes of [-5, 5]) expect(verify(headers, at + minutes * 60_000)).toEqual({ ok: true });
    for (const seconds of [-302, 302]) expect(verify(headers, at + seconds * 1000)).toEqual({ ok: false, reason: 'outdated' });
  });
  it('may be one of several signatures parted by blanks', () => {
    const own = headers['webhook-signature'];
    expect(verify({ ...headers, 'webhook-signature': `v1,${'A'.repeat(43)}= v1a,abc ${own}` })).toEqual({ ok: true });
    expect(verify({ ...headers, 'webhook-signature': own!.replace('v1,', 'v2,') })).toEqual({ ok: false, reason: 'wrong' });
  });
  it('agrees with the example of the Standard Webhooks specification', () => {
    const example = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' };
    const body = Buffer.from('{"test": 2432232314}');
    expect(odoo.receive!.verify({ headers: example, body, receivedMs: 1614265330_000 }, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {})).toEqual({ ok: true });
  });
  it('covers the id and the time', () => {
    expect(verify({ ...headers, 'webhook-id': 'msg_2' })).toEqual({ ok: false, reason: 'wrong' });
    expect(verify({ ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) })).toEqual({ ok: false, reason: 'wrong' });
  });
  it('has the id of the delivery beside it', () => {
    expect(odoo.receive!.deliveryId({ headers, body: batch, receivedMs: at })).toBe('msg_1');
  });
});

describe('the published schema', () => {
  it('is JSON Schema 2020-12 that names every topic and is read back by zod', () => {
    const schema = odooEventsJsonSchema();
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    for (const name of ['Order', 'Picking', 'Invoice', 'Product', 'Partner', 'StockLevel']) expect(schema['$defs']).toHaveProperty(name);
    const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(read.safeParse(JSON.parse(batch.toString())).success).toBe(true);
    expect(read.safeParse(envelopeOf([{ ...eventOf('order'), version: 'x' }])).success).toBe(false);
  });
});
