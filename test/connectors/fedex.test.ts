import { describe, expect, it } from 'vitest';
import type { FedexApi } from '../../src/connectors/fedex/api.js';
import { closeGround, dayAt } from '../../src/connectors/fedex/closing.js';
import { eventTypes, mapEvent } from '../../src/connectors/fedex/codes.js';
import { fedex } from '../../src/connectors/fedex/index.js';
import { hmacSha256 } from '../../src/connectors/kit/signatures.js';
import type { Decoded, MilestoneFact } from '../../src/model/facts.js';
import { trackBody } from '../fixtures/fedex/sample.js';
import { rawMessage } from './conformance.js';

const settings = { webhookSecret: 'the security token' };
const decode = (body: Uint8Array | object): Decoded => fedex.receive!.decode(rawMessage(body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))), settings);
const milestones = ({ facts }: Decoded): MilestoneFact[] => facts.filter((fact) => fact.type === 'milestone.reported');
const short = (decoded: Decoded) => milestones(decoded).map(({ payload: { code, occurred } }) => [code, occurred.instant, occurred.zone]);

type Result = { [name: string]: unknown; scanEvents: Array<Record<string, unknown>> };
interface Answer {
  output: { completeTrackResults: [{ trackingNumber: string; trackResults: Result[] }] };
}
function answerWith(change: (result: Result, answer: Answer) => void): Answer {
  const answer = JSON.parse(trackBody.toString()) as Answer;
  change(answer.output.completeTrackResults[0].trackResults[0]!, answer);
  return answer;
}

describe('what FedEx tells of a parcel', () => {
  it('gives each scan with the offset of its place, and the proof of delivery', () => {
    expect(short(decode(trackBody))).toEqual([
      ['DELIVERED', '2026-03-10T17:15:00.000Z', '-07:00'],
      ['OUT_FOR_DELIVERY', '2026-03-10T14:02:00.000Z', '-07:00'],
      ['DELIVERY_ATTEMPTED', '2026-03-09T22:40:00.000Z', '-07:00'],
      ['DELAYED', '2026-03-08T10:11:00.000Z', '-06:00'],
      ['DEPARTED_FACILITY', '2026-03-07T07:20:00.000Z', '-06:00'],
      ['PICKED_UP', '2026-03-07T00:30:00.000Z', '-06:00'],
      ['INFO_RECEIVED', '2026-03-06T16:05:00.000Z', '-06:00'],
      ['POD_AVAILABLE', '2026-03-10T17:15:00.000Z', '-07:00'],
    ]);
    expect(milestones(decode(trackBody)).map(({ payload }) => payload.exceptionClass).filter((each) => each !== undefined)).toEqual(['CONSIGNEE', 'WEATHER']);
    expect(JSON.stringify(decode(trackBody))).not.toContain('E.XAMPLE');
  });

  it('is the same with and without the envelope, and for one number alone', () => {
    const { output } = JSON.parse(trackBody.toString()) as Answer;
    expect(decode(output)).toEqual(decode(trackBody));
    expect(decode(output.completeTrackResults[0])).toEqual(decode(trackBody));
  });

  it('is of the parcel that has the number now, where FedEx gave it a second time', () => {
    const decoded = decode(answerWith((result, answer) => {
      const old = structuredClone(result);
      for (const scan of old.scanEvents) scan['date'] = (scan['date'] as string).replace('2026', '2025');
      result.scanEvents = result.scanEvents.slice(4);
      result['latestStatusDetail'] = { code: 'IT', derivedCode: 'IT', description: 'On the way' };
      answer.output.completeTrackResults[0].trackResults.unshift(old);
    }));
    expect(milestones(decoded).map(({ payload }) => payload.code)).toEqual(['DEPARTED_FACILITY', 'PICKED_UP', 'INFO_RECEIVED']);
  });

  it('counts as delivered by its status where no scan says so, until one does', () => {
    const stated = decode(answerWith((result) => void (result.scanEvents = result.scanEvents.slice(1))));
    const [delivered] = milestones(stated).filter(({ payload }) => payload.code === 'DELIVERED');
    expect(delivered!.payload.occurred).toEqual({ instant: '2026-03-10T17:15:00.000Z', zone: '-07:00' });
    expect(decode(trackBody).facts).toContainEqual(expect.objectContaining({ type: 'milestone.retracted', payload: expect.objectContaining({ retractsFactKey: delivered!.factKey }) as object }));
  });

  it('gives the end of the window in which it is expected, and of a day the end', () => {
    const open = (change: object) => decode(answerWith((result) => {
      result.scanEvents = result.scanEvents.slice(4);
      Object.assign(result, { latestStatusDetail: { code: 'IT', derivedCode: 'IT' }, dateAndTimes: [] }, change);
    })).facts.find((fact) => fact.type === 'estimate.reported')?.payload.estimated;
    expect(open({ estimatedDeliveryTimeWindow: { window: { begins: '2026-03-10T10:00:00-07:00', ends: '2026-03-10T14:00:00-07:00' } } })).toEqual({ instant: '2026-03-10T21:00:00.000Z', zone: '-07:00' });
    expect(open({ dateAndTimes: [{ type: 'ESTIMATED_DELIVERY', dateTime: '2026-03-10T00:00:00-07:00' }] })).toEqual({ instant: '2026-03-11T06:59:59.000Z', zone: '-07:00' });
    expect(open({ dateAndTimes: [{ type: 'COMMITMENT', dateTime: '2026-03-10' }] })).toEqual({ instant: '2026-03-10T22:59:59.000Z', zone: 'Europe/Berlin', zoneAssumed: true });
  });

  it('leaves out a scan without a plausible time, and says so', () => {
    const decoded = decode(answerWith((result) => void (result.scanEvents[6]!['date'] = '1970-01-01T00:00:00Z')));
    expect(milestones(decoded).some(({ payload }) => payload.code === 'INFO_RECEIVED')).toBe(false);
    expect(decoded.anomalies).toMatchObject([{ kind: 'TIME_INVALID' }]);
  });
});

describe('the codes of FedEx', () => {
  // Tracking Status Codes, all three sections, and the list for webhooks.
  const published = 'AA AC AD AF AO AP AR AX CA CH DD DE DL DP DR DS DY EA ED EO EP FD HL HP IT IX LO OC OD OF Ow OX PD PF PL PM PU PX RR RM RC RS RP LP RG RD SE SF SP TR CC CD CP SH CU BR TP DO LC US IP IN MD AE HA RT RA PR AS'.split(' ');
  it('are all known', () => {
    expect(published.filter((code) => !Object.hasOwn(eventTypes, code))).toEqual([]);
  });
  it.each([
    ['DE', { exception: '07' }, 'REFUSED'], ['DE', { exception: '03' }, 'DELIVERY_ATTEMPTED'], ['SE', { exception: '37' }, 'DAMAGED'], ['SE', { delay: 'CLEARANCE' }, 'EXCEPTION'], ['DY', { delay: 'WEATHER' }, 'DELAYED'],
    // A reason on a scan of goods that move says nothing against it.
    ['AR', { exception: '67' }, 'ARRIVED_FACILITY'], ['PU', { exception: '08' }, 'PICKED_UP'],
    // One code for two things: only the words make it certain.
    ['CA', { description: 'Shipment cancelled by sender' }, 'CANCELLED'], ['CA', { description: 'Carrier' }, 'INFO'], ['RC', {}, 'INFO'], ['SP', {}, 'INFO'],
    ['Q?', { derived: 'IT' }, 'IN_TRANSIT'], ['Q?', {}, 'INFO'], ['constructor', { derived: '__proto__' }, 'INFO'],
  ] as const)('are read: %s %o is %s', (type, with_, expected) => {
    expect(mapEvent(type, with_).code).toBe(expected);
  });
  it('are reported where they are in no list', () => {
    const decoded = decode(answerWith((result) => void (result.scanEvents[3]!['eventType'] = 'Q?')));
    expect(decoded.anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'Q?' }]);
  });
});

describe('the signature of FedEx', () => {
  const verify = (signature: string) => fedex.receive!.verify({ headers: { 'fdx-signature': signature }, body: trackBody, receivedMs: 0 }, ['the security token'], settings);
  it('is taken in base64 and in hex', () => {
    const expected = hmacSha256('the security token', trackBody);
    expect([verify(expected.toString('base64')), verify(expected.toString('hex')), verify(hmacSha256('another', trackBody).toString('base64'))]).toEqual([{ ok: true }, { ok: true }, { ok: false, reason: 'wrong' }]);
  });
});

describe('FedEx Ground’s end of day', () => {
  it('closes the day of the place that ships, which is over later than that of UTC', async () => {
    // Five in the evening of the 6th in Los Angeles.
    const evening = Date.parse('2026-03-07T01:00:00Z');
    const days: unknown[] = [];
    const api = { accountNumber: '123456789', put: async (_path: string, body: { closeDate: string }) => {
      days.push(body.closeDate);
      return { ok: true, value: { output: { closeDocuments: [], alerts: [] } } };
    } } as unknown as FedexApi;
    const wish = { input: { carrier: 'FEDEX', bookings: [], parts: [{ externalId: '1', trackingNumber: '1' }] }, known: null, isRepeated: false };
    for (const zone of ['America/Los_Angeles', undefined]) expect(await closeGround(api, wish, dayAt(zone, evening))).toMatchObject({ ok: true, value: { state: 'FAILED' } });
    expect(days).toEqual(['2026-03-06', '2026-03-07']);
  });
});
