import { describe, expect, it } from 'vitest';
import { shippo } from '../../src/connectors/shippo/index.js';
import { shipmentBody } from '../../src/connectors/shippo/requests.js';
import { signature } from '../../src/connectors/shippo/webhook.js';
import { bookingInput } from '../support/parcel-sandbox.js';
import { milestones, raw } from './raw.js';

const settings = { webhookSecret: 'the secret of Shippo' };
const decode = (body: unknown) => shippo.receive!.decode(raw(JSON.stringify(body)), settings);
const item = (status: string, code: string | null, at = '2026-03-05T10:00:00Z') => ({ object_id: 'x', object_created: at, object_updated: at, status, status_details: 'words of the carrier', status_date: at, substatus: code === null ? null : { code, text: '', action_required: false }, location: { city: 'Chicago', state: 'IL', zip: '60611', country: 'US' } });
const update = (given: object) => ({ event: 'track_updated', data: { carrier: 'dhl_express', tracking_number: '42', tracking_history: [], ...given } });

describe('what Shippo says of a parcel', () => {
  it.each([
    ['TRANSIT', 'package_departed', 'DEPARTED_FACILITY'], ['TRANSIT', 'other', 'IN_TRANSIT'], ['TRANSIT', null, 'IN_TRANSIT'], ['DELIVERED', 'delivered', 'DELIVERED'], ['DELIVERED', 'notice_left', 'DELIVERED'], ['RETURNED', 'package_unclaimed', 'RETURNING'],
    ['FAILURE', 'package_lost', 'LOST'], ['FAILURE', null, 'EXCEPTION'], ['TRANSIT', 'package_held', 'EXCEPTION'], ['UNKNOWN', 'out_for_delivery', 'OUT_FOR_DELIVERY'],
  ])('%s with %s is %s', (status, code, expected) => {
    expect(milestones(decode(update({ tracking_history: [item(status, code)] })).facts).map(({ payload }) => payload.code)).toEqual([expected]);
    expect(milestones(decode(update({ tracking_status: item(status, code) })).facts).map(({ payload, reference }) => [payload.code, reference.issuer])).toEqual([[expected, 'DHL_EXPRESS']]);
  });

  it('keeps a code that is in no table, by the status that stands beside it', () => {
    const { facts, anomalies } = decode(update({ tracking_history: [item('TRANSIT', 'teleported')] }));
    expect(milestones(facts).map(({ payload }) => [payload.code, payload.rawCode])).toEqual([['IN_TRANSIT', 'teleported']]);
    expect(anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'teleported' }]);
  });

  it('tells two items of one minute apart by their words where there is no substatus', () => {
    const { facts } = decode(update({ tracking_history: [item('TRANSIT', null), { ...item('TRANSIT', null), status_details: 'other words' }] }));
    expect(new Set(milestones(facts).map((fact) => fact.factKey)).size).toBe(2);
  });

  it('is known by the transaction that bought the label, too', () => {
    expect(milestones(decode(update({ transaction: 'abc', tracking_status: item('TRANSIT', null) })).facts)[0]!.also).toEqual([{ kind: 'tracker', issuer: 'conn-1', value: 'abc' }]);
  });

  it('leaves an item without a time out, and says so', () => {
    expect(decode(update({ tracking_history: [{ ...item('TRANSIT', null), status_date: null }, 7] }))).toMatchObject({ facts: [], anomalies: [{ kind: 'TIME_INVALID' }, { kind: 'ITEM_INVALID' }] });
  });

  it('notes other webhooks and reads nothing from them', () => {
    expect(decode({ event: 'transaction_created', data: { object_id: 'x' } })).toMatchObject({ facts: [], anomalies: [{ kind: 'EVENT_IGNORED', rawCode: 'transaction_created' }] });
    expect(decode({ event: 'batch_created' })).toMatchObject({ facts: [] });
  });
});

describe('the signature of Shippo', () => {
  const body = Buffer.from('{"event":"track_updated"}');
  const verify = (header: string, receivedMs: number) => shippo.receive!.verify({ headers: { 'shippo-auth-signature': header }, body, receivedMs }, [settings.webhookSecret], settings);

  it('is HMAC-SHA256 over time and body, in hexadecimal', () => {
    // Computed apart: printf '1772755200.{"event":"track_updated"}' | openssl dgst -sha256 -hmac 'the secret of Shippo'
    expect(signature(settings.webhookSecret, 1_772_755_200, body)).toBe('t=1772755200,v1=a80a9358bca7014e764836ceb03bfad9ed3bbbc0f54118f408c7164a309fb182');
  });

  it('is refused in any other form, and after five minutes', () => {
    const atMs = 1_772_755_200_000;
    const good = signature(settings.webhookSecret, atMs / 1000, body);
    expect(verify(good, atMs)).toEqual({ ok: true });
    expect(verify(good, atMs + 301_000)).toEqual({ ok: false, reason: 'outdated' });
    for (const header of [good.replace('t=', 't=0'), good.split(',').reverse().join(','), `${good},v1=${'0'.repeat(64)}`, good.toUpperCase()]) expect(verify(header, atMs)).toEqual({ ok: false, reason: 'wrong' });
  });
});

it('a return is told to Shippo as the way there, for it switches the addresses itself', () => {
  const request = bookingInput({ from: { street: '1 Consignee Way', city: 'Boston', country: 'US' }, to: { street: '2 Warehouse Road', city: 'Austin', country: 'US' } });
  const of = { package: request.packages[0]!, request, isQuote: false, format: 'PDF' as const, reference: 'r', key: 'k' };
  expect(shipmentBody({ ...of, isReturn: true })).toMatchObject({ address_from: { city: 'Austin' }, address_to: { city: 'Boston' }, extra: { is_return: true } });
  expect(shipmentBody({ ...of, isReturn: false })).toMatchObject({ address_from: { city: 'Boston' }, address_to: { city: 'Austin' } });
});
