import { describe, expect, it } from 'vitest';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { isKnownDetail, mapStatus } from '../../src/connectors/easypost/codes.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { tracker as sampleBody } from '../fixtures/easypost/sample.js';
import { describeWithFixture } from '../support/shared-fixtures.js';
import { milestones, raw } from './raw.js';

const easypost = connectorOf('easypost')!;
const decode = (body: string | Uint8Array) => easypost.receive!.decode(raw(body), {});
const sample = JSON.parse(sampleBody.toString()) as { result: Record<string, unknown> & { tracking_details: Array<Record<string, unknown>> } };
const decodeResult = (result: Record<string, unknown>) => decode(JSON.stringify({ ...sample, result: { ...sample.result, ...result } }));
const detail = (more: Record<string, unknown>) => ({ status: 'in_transit', status_detail: 'unknown', datetime: '2026-03-03T10:00:00Z', message: 'm', carrier_code: null, tracking_location: null, ...more });
const codesOf = (result: Record<string, unknown>) => milestones(decodeResult({ est_delivery_date: null, signed_by: null, status: 'in_transit', ...result }).facts).map((fact) => fact.payload.code);

describeWithFixture('the tracker.updated of the field', 'easypost/tracker-updated.json', (body) => {
  const proof = { 'x-hmac-signature': 'hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db' };
  const verify = (bytes: Uint8Array, secret: string) => easypost.receive!.verify({ headers: proof, body: bytes, receivedMs: 0 }, [secret], {});

  it('is authentic without the line break at the end of the file, which was not signed', () => {
    expect(body.at(-1)).toBe(0x0a);
    expect(verify(body.subarray(0, -1), 's\u00e9cret')).toEqual({ ok: true });
    expect(verify(body, 's\u00e9cret')).toEqual({ ok: false, reason: 'wrong' });
  });
  it('is authentic under the secret in either Unicode form', () => {
    expect(verify(body.subarray(0, -1), 'se\u0301cret')).toEqual({ ok: true });
  });
  it('gives one milestone for each item, the estimate, and no anomaly', () => {
    const { facts, anomalies } = decode(body);
    expect(anomalies).toEqual([]);
    expect(milestones(facts).map((fact) => [fact.payload.code, fact.payload.rawCode, fact.payload.occurred.instant])).toEqual([
      ['INFO_RECEIVED', 'OC', '2024-07-31T15:00:00.000Z'],
      ['PICKED_UP', 'PU', '2024-07-31T19:27:00.000Z'],
      ['ARRIVED_FACILITY', 'AR', '2024-07-31T22:35:00.000Z'],
      ['DEPARTED_FACILITY', 'DP', '2024-08-01T14:42:13.000Z'],
      ['IN_TRANSIT', 'IT', '2024-08-02T02:46:19.000Z'],
      ['IN_TRANSIT', 'IT', '2024-08-02T18:35:20.000Z'],
      ['ARRIVED_FACILITY', 'AR', '2024-08-02T18:50:00.000Z'],
      ['ETA_UPDATED', 'est_delivery_date', '2024-08-05T00:00:00.000Z'],
    ]);
    expect(facts.filter((fact) => fact.type === 'estimate.reported').map((fact) => fact.factKey)).toEqual(['estimate:DELIVERY|2024-08-02T19:26:51.000Z|2024-08-05T00:00:00.000Z']);
    expect(facts.every((fact) => fact.observedAt === '2024-08-02T19:26:51.000Z')).toBe(true);
    expect(milestones(facts)[1]).toMatchObject({
      factKey: 'PU|2024-07-31T19:27:00.000Z|ORLANDO,FL,32809,US|ACTUAL',
      reference: { kind: 'tracking', issuer: 'FEDEX', value: '1' },
      also: [{ kind: 'tracker', issuer: 'conn-1', value: 'trk_1' }],
      carrier: 'FEDEX',
    });
  });
});

describe('a tracker', () => {
  it('gives the same facts whichever way its items are ordered', () => {
    const keyed = (result: Record<string, unknown>) => new Map(decodeResult(result).facts.map((fact) => [fact.factKey, fact]));
    expect(keyed({ tracking_details: sample.result.tracking_details.toReversed() })).toEqual(keyed({}));
  });
  it('repeats earlier facts under the same keys when one more scan is added', () => {
    const before = decodeResult({ tracking_details: sample.result.tracking_details.slice(1) }).facts.map((fact) => fact.factKey);
    const after = decodeResult({}).facts.map((fact) => fact.factKey);
    expect(after).toEqual(expect.arrayContaining(before.filter((key) => key !== 'tracker|delivered')));
  });
  it('has no delivery id of its own, so that the same event id with another body is taken', () => {
    expect(easypost.receive!.deliveryId({ headers: {}, body: sampleBody, receivedMs: 0 })).toBeNull();
  });
  it('says that proof is there once it is delivered, and not who signed', () => {
    const pods = milestones(decodeResult({}).facts).filter((fact) => fact.payload.code === 'POD_AVAILABLE');
    expect(pods.map((fact) => fact.payload)).toEqual([{ code: 'POD_AVAILABLE', classifier: 'ACTUAL', occurred: { instant: '2026-03-06T13:02:00.000Z', zone: 'Z' }, rawCode: 'signed_by' }]);
    expect(JSON.stringify(decodeResult({}))).not.toContain('Person');
    expect(codesOf({ signed_by: 'A. Person' })).not.toContain('POD_AVAILABLE');
  });
  it.each([null, '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z', '2026-02-30T00:00:00Z', 'soon', 1e300, ''])('leaves out an item at %s, notes it, and reads the others', (datetime) => {
    const decoded = decodeResult({ est_delivery_date: null, signed_by: null, status: 'in_transit', tracking_details: [detail({ datetime }), detail({})] });
    expect(milestones(decoded.facts).map((fact) => fact.payload.occurred.instant)).toEqual(['2026-03-03T10:00:00.000Z']);
    expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'TIME_INVALID', severity: 'MEDIUM' })]);
  });
  it('reads an item without offset in the zone of the connection and says so', () => {
    const [fact] = milestones(decodeResult({ tracking_details: [detail({ datetime: '2026-03-03T10:00:00' })] }).facts);
    expect(fact!.payload.occurred).toEqual({ instant: '2026-03-03T09:00:00.000Z', zone: 'Europe/Berlin', zoneAssumed: true });
  });
  it('keeps an unknown status as information with its raw code', () => {
    for (const status of ['teleported', 'constructor', '__proto__']) {
      const decoded = decodeResult({ status, tracking_details: [detail({ status, status_detail: null })] });
      expect(milestones(decoded.facts).filter((fact) => fact.payload.rawCode === status).map((fact) => fact.payload.code)).toEqual(['INFO']);
      expect(decoded.anomalies).toEqual([expect.objectContaining({ kind: 'UNKNOWN_CODE', severity: 'LOW', rawCode: status })]);
    }
  });
  it('tells items of one minute apart by their words where nothing else does', () => {
    expect(codesOf({ tracking_details: [detail({ message: 'Duty paid' }), detail({ message: 'Papers checked' })] })).toEqual(['IN_TRANSIT', 'IN_TRANSIT']);
  });
  it('keeps one of two items that differ in their words alone, the same in either order, and says nothing of a mere repeat', () => {
    const items = [detail({ carrier_code: 'IT', message: 'On the way' }), detail({ carrier_code: 'IT', message: 'In transit' })];
    const of = (tracking_details: unknown[]) => decodeResult({ est_delivery_date: null, signed_by: null, status: 'in_transit', tracking_details });
    expect(of(items.toReversed())).toEqual(of(items));
    expect(of(items)).toMatchObject({ facts: [{ payload: { rawText: 'In transit' } }], anomalies: [{ kind: 'ITEM_REPEATED', severity: 'LOW' }] });
    expect(of([items[0], items[0]])).toEqual(of([items[0]]));
  });
  it('does not lose a failure or a return that no item carries, and does not repeat one that an item does', () => {
    expect(codesOf({ status: 'failure', tracking_details: [detail({})] })).toEqual(['IN_TRANSIT', 'EXCEPTION']);
    expect(codesOf({ status: 'return_to_sender', tracking_details: [] })).toEqual(['RETURNING']);
    expect(codesOf({ status: 'return_to_sender', tracking_details: [detail({ status: 'return_to_sender' })] })).toEqual(['RETURNING']);
    expect(codesOf({ status: 'failure', status_detail: 'lost', tracking_details: [] })).toEqual(['LOST']);
  });
  it('says the same of a delivery without a scan in every update, at the time of its last item', () => {
    const at = (updated_at: string, more = {}) => decodeResult({ updated_at, est_delivery_date: null, status: 'delivered', tracking_details: [detail({}), detail({ datetime: '2026-03-04T10:00:00Z' }), detail({ datetime: null })], ...more }).facts.map(({ observedAt: _, ...fact }) => fact);
    const [first, second] = [at('2026-03-06T13:05:01Z'), at('2026-03-07T08:00:00Z')];
    expect(second).toEqual(first);
    expect(first.slice(-2)).toMatchObject([
      { factKey: 'signed_by', payload: { code: 'POD_AVAILABLE', occurred: { instant: '2026-03-04T10:00:00.000Z' } } },
      { factKey: 'tracker|delivered', payload: { code: 'DELIVERED', occurred: { instant: '2026-03-04T10:00:00.000Z' } } },
    ]);
    for (const updated of ['2026-03-06T13:05:01Z', '2026-03-07T08:00:00Z']) {
      expect(at(updated, { tracking_details: [] })).toMatchObject([{ payload: { occurred: { instant: '2026-03-02T10:00:00.000Z' } } }, { payload: { occurred: { instant: '2026-03-02T10:00:00.000Z' } } }]);
    }
  });
  it('takes its own status back once a scan carries it, so that the scan alone stands, and proof stays one', () => {
    const before = decodeResult({ tracking_details: sample.result.tracking_details.slice(1) }).facts;
    const after = decodeResult({ updated_at: '2026-03-07T08:00:00Z' }).facts;
    const own = before.find((fact) => fact.factKey === 'tracker|delivered')!;
    const retraction = after.find((fact) => fact.type === 'milestone.retracted')!;
    expect(retraction).toMatchObject({ reference: (own as { reference: unknown }).reference, factKey: 'retract|tracker\\|delivered', payload: { retractsFactKey: own.factKey } });
    expect(after.filter((fact) => fact.factKey === own.factKey)).toEqual([]);
    expect(milestones(after).filter((fact) => fact.payload.code === 'DELIVERED')).toHaveLength(1);
    expect([...before, ...after].filter((fact) => fact.factKey === 'signed_by')).toHaveLength(2);
    expect(before.filter((fact) => fact.type === 'milestone.retracted')).toEqual([]);
  });
  it('does not take its own status for scanned where the scan has no plausible time', () => {
    expect(codesOf({ status: 'delivered', tracking_details: [detail({ status: 'delivered', datetime: null })] })).toEqual(['DELIVERED']);
  });
  it('without a carrier is known by its number alone', () => {
    expect(milestones(decodeResult({ carrier: null }).facts)[0]).toMatchObject({ reference: { kind: 'tracking', issuer: '*', value: '794644790138' } });
  });
  it('without its number, or with one of endless length, is unreadable', () => {
    for (const tracking_code of [null, '', '  ', 5, '9'.repeat(5000)]) expect(() => decodeResult({ tracking_code })).toThrow(UnreadableMessage);
  });
  it('keeps text that PostgreSQL can store, and says what it changed', () => {
    const decoded = decode(JSON.stringify({ ...sample, result: { ...sample.result, tracking_details: [detail({ message: 'a\u0000b\ud800c' })] } }));
    expect(milestones(decoded.facts)[0]!.payload.rawText).toBe('a\ufffdb\ufffdc');
    expect(decoded.anomalies.map((one) => one.kind)).toContain('TEXT_REPAIRED');
  });
});

it('ignores events that are not of trackers, and says so', () => {
  expect(decode('{"description":"batch.updated","result":{}}')).toEqual({ facts: [], anomalies: [expect.objectContaining({ kind: 'EVENT_IGNORED', severity: 'LOW', rawCode: 'batch.updated' })] });
});

describe('the code of a status and its detail', () => {
  it.each([
    ['delivered', 'arrived_at_destination', 'DELIVERED'],
    ['delivered', 'delayed', 'DELIVERED'],
    ['in_transit', 'arrived_at_destination', 'ARRIVED_FACILITY'],
    ['in_transit', 'received_at_origin_facility', 'PICKED_UP'],
    ['in_transit', 'delivery_exception', 'DELIVERY_ATTEMPTED'],
    ['in_transit', 'weather_delay', 'DELAYED'],
    ['in_transit', 'held', 'CUSTOMS_HOLD'],
    ['in_transit', 'lost', 'EXCEPTION'],
    ['failure', 'lost', 'LOST'],
    ['failure', 'failure', 'EXCEPTION'],
    ['failure', 'refused', 'REFUSED'],
    ['return_to_sender', 'delivery_exception', 'RETURNING'],
    ['return_to_sender', 'return', 'RETURNING'],
    ['unknown', 'expired', 'TRACKING_ENDED'],
    ['unknown', 'unknown', 'INFO'],
    ['pre_transit', 'label_created', 'INFO_RECEIVED'],
    ['available_for_pickup', 'arrived_at_pickup_location', 'AVAILABLE_FOR_COLLECTION'],
    ['in_transit', 'a_new_word', 'IN_TRANSIT'],
  ])('%s/%s is %s', (status, fine, code) => {
    expect(mapStatus(status, fine, null, undefined)?.code).toBe(code);
  });
  it('takes a scan code of FedEx for FedEx alone, and never against a firm status', () => {
    expect(mapStatus('in_transit', 'arrived_at_facility', 'FEDEX', 'PU')?.code).toBe('PICKED_UP');
    expect(mapStatus('in_transit', 'arrived_at_facility', 'UPS', 'PU')?.code).toBe('ARRIVED_FACILITY');
    expect(mapStatus('delivered', 'arrived_at_destination', 'FEDEX', 'PU')?.code).toBe('DELIVERED');
    expect(mapStatus('in_transit', 'arrived_at_facility', 'FEDEX', 'constructor')?.code).toBe('ARRIVED_FACILITY');
  });
  it('knows a detail by the tables and not by what objects inherit', () => {
    expect(isKnownDetail('held')).toBe(true);
    expect(isKnownDetail('toString')).toBe(false);
  });
});
