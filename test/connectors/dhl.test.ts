import { describe, expect, it } from 'vitest';
import { expressCodes, mapStatus } from '../../src/connectors/dhl/codes.js';
import { dhl } from '../../src/connectors/dhl/index.js';
import { shipmentBody } from '../fixtures/dhl/sample.js';
import { rawMessage } from './conformance.js';

const settings = { webhookSecret: 'the-token-of-ours' };
const decode = (body: Uint8Array | object) => dhl.receive!.decode(rawMessage(body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))), settings);
const milestones = (body: Uint8Array | object) => decode(body).facts.flatMap((fact) => (fact.type === 'milestone.reported' ? [[fact.payload.code, fact.payload.occurred.instant, fact.payload.occurred.zone]] : []));
interface Answer {
  shipments: [{ service: string; status: object; events: Array<Record<string, unknown>>; estimatedTimeOfDelivery?: string }];
}
const given = () => JSON.parse(shipmentBody.toString()) as Answer;

describe('what DHL tells of a parcel', () => {
  it('gives each event at its time, by the exact code of Express, and the proof', () => {
    expect(milestones(shipmentBody)).toEqual([
      ['DELIVERED', '2026-03-06T09:41:00.000Z', '+01:00'], ['OUT_FOR_DELIVERY', '2026-03-06T07:12:00.000Z', '+01:00'], ['CUSTOMS_CLEARED', '2026-03-05T20:50:00.000Z', '+01:00'],
      ['EXCEPTION', '2026-03-05T16:30:00.000Z', '+01:00'], ['PICKED_UP', '2026-03-05T14:04:00.000Z', 'Europe/Berlin'], ['POD_AVAILABLE', '2026-03-06T09:41:00.000Z', '+01:00'],
    ]);
  });
  it('is the same for an answer, a push of one shipment, and the shipment alone', () => {
    const [shipment] = given().shipments;
    expect([decode({ shipment }), decode(shipment)]).toEqual([decode(shipmentBody), decode(shipmentBody)]);
  });
  it('reads other parts of DHL by the five words alone', () => {
    const answer = given();
    answer.shipments[0].service = 'parcel-de';
    expect(milestones(answer).map(([code]) => code)).toEqual(['DELIVERED', 'IN_TRANSIT', 'IN_TRANSIT', 'EXCEPTION', 'IN_TRANSIT', 'POD_AVAILABLE']);
    expect(decode(answer).anomalies).toEqual([]);
  });
  it('is that it was delivered, and is damaged, where it was delivered damaged', () => {
    const answer = given();
    answer.shipments[0].events[0]!['status'] = 'DD';
    answer.shipments[0].status = answer.shipments[0].events[0]!;
    expect(milestones(answer).slice(0, 2).map(([code, at]) => [code, at])).toEqual([['DELIVERED', '2026-03-06T09:41:00.000Z'], ['DAMAGED', '2026-03-06T09:41:00.000Z']]);
  });
  it('gives what is expected until it is delivered', () => {
    const answer = given();
    const [shipment] = answer.shipments;
    shipment.events = shipment.events.slice(2);
    shipment.status = shipment.events[0]!;
    shipment.estimatedTimeOfDelivery = '2026-03-06T18:00:00+01:00';
    expect(decode(answer).facts.find((fact) => fact.type === 'estimate.reported')).toMatchObject({ payload: { estimated: { instant: '2026-03-06T17:00:00.000Z', zone: '+01:00' } } });
  });
});

describe('the codes of DHL', () => {
  it('are all known of Express', () => {
    const published = '101 102 103 104 AD AF AR BA BN BR CA CC CD CM CR CS DD DF DS FD HP IC MC MD MS ND NH OH OK PD PL PU RD RR RT SA SC SS TP TR UD WC PY SM'.split(' ');
    expect(published.filter((code) => !Object.hasOwn(expressCodes, code))).toEqual([]);
  });
  it.each([
    ['express', 'transit', 'RD', 'REFUSED'], ['express', 'delivered', 'DD', 'DELIVERED'], ['express', 'failure', undefined, 'EXCEPTION'], ['parcel-nl', 'transit', 'OK', 'IN_TRANSIT'], [undefined, 'Delivered', undefined, 'DELIVERED'],
  ] as const)('are read: %s %s/%s is %s', (service, statusCode, status, expected) => {
    expect(mapStatus(service, statusCode, status)?.code).toBe(expected);
  });
  it('are reported where they are in no list', () => {
    const answer = given();
    Object.assign(answer.shipments[0].events[1]!, { status: 'QQ' });
    Object.assign(answer.shipments[0].events[2]!, { statusCode: 'constructor', status: '' });
    expect(decode(answer).anomalies.map(({ rawCode }) => rawCode)).toEqual(['transit/QQ', 'constructor']);
    expect(milestones(answer)[2]![0]).toBe('INFO');
  });
});
