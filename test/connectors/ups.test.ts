import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ups } from '../../src/connectors/ups/index.js';
import { mapActivity } from '../../src/connectors/ups/codes.js';
import type { Decoded, MilestoneFact } from '../../src/model/facts.js';
import { KeptMemory } from '../support/parcel-sandbox.js';
import { AnsweringServer } from './answering-server.js';
import { alertBody, trackBody } from '../fixtures/ups/sample.js';
import { rawMessage } from './conformance.js';

const settings = { webhookSecret: 'the credential' };
const decode = (body: Uint8Array | object): Decoded => ups.receive!.decode(rawMessage(body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))), settings);
const milestones = ({ facts }: Decoded): MilestoneFact[] => facts.filter((fact) => fact.type === 'milestone.reported');
const short = (decoded: Decoded) => milestones(decoded).map(({ payload: { code, classifier, occurred } }) => [code, classifier, occurred.instant, occurred.zone]);
const alertWith = (change: object) => ({ ...(JSON.parse(alertBody.toString()) as object), ...change });

const published = new URL('../../../shared/fixtures/ups/', import.meta.url);

describe('Track Alert', () => {
  it.skipIf(!existsSync(published)).each([
    ['track-alert-out-for-delivery.json', [['OUT_FOR_DELIVERY', 'ACTUAL', '2024-04-23T13:15:19.000Z', '-04:00'], ['ETA_UPDATED', 'ESTIMATED', '2024-04-23T21:59:59.000Z', 'Europe/Berlin']]],
    // Its scheduled day is five years before the delivery: what was expected of a delivered parcel says nothing.
    ['track-alert-delivered.json', [['DELIVERED', 'ACTUAL', '2024-04-23T13:50:04.000Z', '-04:00'], ['POD_AVAILABLE', 'ACTUAL', '2024-04-23T13:50:04.000Z', '-04:00']]],
  ])('reads the published %s', (name, expected) => {
    const decoded = decode(readFileSync(new URL(name, published)));
    expect(short(decoded)).toEqual(expected);
    expect(decoded.anomalies).toEqual([]);
    expect(JSON.stringify(decoded)).not.toContain('John');
  });

  it('takes the offset from what the clock of the place differs from UTC by', () => {
    expect(short(decode(alertWith({ gmtOffset: undefined })))[0]).toEqual(['DEPARTED_FACILITY', 'ACTUAL', '2026-03-05T13:05:01.000Z', '-06:00']);
    // India is half an hour off, and a day may begin there before it does in UTC.
    expect(short(decode(alertWith({ localActivityDate: '20260306', localActivityTime: '010000', gmtActivityDate: '20260305', gmtActivityTime: '193000' })))[0]!.slice(2)).toEqual(['2026-03-05T19:30:00.000Z', '+05:30']);
  });

  it('takes the offset as it is stated where UTC is not, and assumes the zone of the connection where neither is', () => {
    const without = { gmtActivityDate: '', gmtActivityTime: '' };
    expect(short(decode(alertWith(without)))[0]!.slice(2)).toEqual(['2026-03-05T13:05:01.000Z', '-06:00']);
    expect(milestones(decode(alertWith({ ...without, gmtOffset: '' })))[0]!.payload.occurred).toEqual({ instant: '2026-03-05T06:05:01.000Z', zone: 'Europe/Berlin', zoneAssumed: true });
  });

  it('reads a time whose leading zero was lost', () => {
    expect(short(decode(alertWith({ gmtActivityTime: '70501', localActivityTime: '10501' })))[0]!.slice(2)).toEqual(['2026-03-05T07:05:01.000Z', '-06:00']);
  });

  it('leaves out what has no plausible time, and says so', () => {
    const decoded = decode(alertWith({ localActivityDate: '19700101', gmtActivityDate: '19700101' }));
    expect(milestones(decoded).map(({ payload }) => payload.code)).toEqual(['ETA_UPDATED']);
    expect(decoded.anomalies).toMatchObject([{ kind: 'TIME_INVALID' }]);
  });

  it('takes a new day of delivery for an estimate, and nothing for having happened', () => {
    const decoded = decode(alertWith({ activityStatus: { type: 'U', code: 'UP', description: 'Updated Delivery Date', descriptionCode: '154' }, scheduledDeliveryDate: '20260309' }));
    expect(milestones(decoded).map(({ payload: { code, classifier } }) => [code, classifier])).toEqual([['INFO', 'ACTUAL'], ['ETA_UPDATED', 'ESTIMATED']]);
    expect(decoded.facts.find((fact) => fact.type === 'estimate.reported')).toMatchObject({ payload: { estimated: { instant: '2026-03-09T18:00:00.000Z', zoneAssumed: true } } });
  });

  it('takes the credential with or without the word bearer, and as a bearer token', () => {
    const verify = (headers: Record<string, string>) => ups.receive!.verify({ headers, body: alertBody, receivedMs: 0 }, ['the credential'], settings);
    for (const headers of [{ credential: 'the credential' }, { credential: 'Bearer the credential' }]) expect(verify(headers)).toEqual({ ok: true });
    expect(ups.receive!.verify({ headers: { authorization: 'Bearer one-word' }, body: alertBody, receivedMs: 0 }, ['one-word'], settings)).toEqual({ ok: true });
    expect(verify({ credential: 'another' })).toEqual({ ok: false, reason: 'wrong' });
  });
});

describe('the Track API', () => {
  it('gives the whole history with the offset of each place, and the proof of delivery', () => {
    expect(short(decode(trackBody))).toEqual([
      ['DELIVERED', 'ACTUAL', '2026-03-06T18:15:00.000Z', '-08:00'],
      ['OUT_FOR_DELIVERY', 'ACTUAL', '2026-03-06T16:59:00.000Z', '-08:00'],
      ['DELAYED', 'ACTUAL', '2026-03-06T12:12:00.000Z', '-08:00'],
      ['DEPARTED_FACILITY', 'ACTUAL', '2026-03-05T13:05:01.000Z', '-06:00'],
      ['INFO_RECEIVED', 'ACTUAL', '2026-03-04T21:16:41.000Z', '-06:00'],
      ['POD_AVAILABLE', 'ACTUAL', '2026-03-06T18:15:00.000Z', '-08:00'],
    ]);
    expect(milestones(decode(trackBody))[2]!.payload.exceptionClass).toBe('WEATHER');
  });

  it('gives what was pushed under the same key', () => {
    const pushed = milestones(decode(alertBody))[0]!;
    expect(milestones(decode(trackBody)).filter((fact) => fact.factKey === pushed.factKey && fact.reference.value === pushed.reference.value)).toHaveLength(1);
  });

  it('takes the rescheduled day before the first one', () => {
    const track = JSON.parse(trackBody.toString()) as { trackResponse: { shipment: [{ package: [{ activity: unknown[]; deliveryDate: unknown; deliveryTime: unknown }] }] } };
    const [of] = track.trackResponse.shipment[0].package;
    of.activity = of.activity.slice(3);
    of.deliveryDate = [{ type: 'SDD', date: '20260306' }, { type: 'RDD', date: '20260307' }];
    of.deliveryTime = { type: 'EDW', startTime: '130000', endTime: '170000' };
    expect(decode(track).facts.find((fact) => fact.type === 'estimate.reported')).toMatchObject({ payload: { estimated: { instant: '2026-03-07T16:00:00.000Z' } } });
  });
});

describe('a proof of delivery of UPS', () => {
  it('is kept as a document that can be shown, and not in the answer', async () => {
    const server = new AnsweringServer();
    const url = await server.listen();
    server.answer = ({ path }) => ({ body: path.endsWith('/token') ? '{"access_token":"t","expires_in":"100"}' : trackBody.toString() });
    const access = { connection: 'ups', settings: { ...settings, url }, secrets: { apiKey: ['client'], apiSecret: ['secret'] }, allowedNetworks: ['127.0.0.0/8'] };
    const command = { id: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb', kind: 'tracking.poll' as const, input: { references: [{ kind: 'tracking' as const, issuer: 'UPS', value: '1ZX123456789012345' }] }, attempt: 1, timeoutMs: 5_000 };
    const outcome = await ups.perform!.perform(access, command, new KeptMemory());
    await server.close();
    if (!outcome.ok) throw new Error(outcome.error.message);
    const { files, answers } = outcome.value;
    expect(files.map((file) => [file.mediaType, Buffer.from(file.content).toString('latin1').slice(0, 4)])).toEqual([['image/png', '\x89PNG'], ['application/pdf', '%PDF']]);
    const kept = answers[0]!.body;
    expect(Buffer.from(kept).toString()).not.toContain('R0lGODlh');
    const asAnswer = ups.receive!.decode({ ...rawMessage(kept), headers: { 'x-gatehouse-command': command.id } }, settings);
    expect(asAnswer.facts.flatMap((fact) => (fact.type === 'document.reported' ? [[fact.payload.kind, fact.payload.format]] : []))).toEqual([['POD', 'PNG'], ['POD', 'PDF']]);
    expect(milestones(asAnswer).at(-1)!.payload.code).toBe('POD_AVAILABLE');
    // Whoever sends such a body from outside has sent no document.
    expect(decode(kept).facts.some((fact) => fact.type === 'document.reported')).toBe(false);
  });
});

describe('the codes of UPS', () => {
  it.each([
    ['D', 'FS', '011', 'DELIVERED'], ['D', 'KB', '011', 'DELIVERED'], ['D', 'OT', '021', 'OUT_FOR_DELIVERY'], ['D', '2Q', '161', 'AVAILABLE_FOR_COLLECTION'], ['D', 'B0', undefined, 'RETURNED'],
    // One code, by its type.
    ['I', 'DP', '005', 'DEPARTED_FACILITY'], ['X', 'DP', '013', 'EXCEPTION'], ['M', 'DP', '003', 'INFO_RECEIVED'], ['I', 'IP', undefined, 'IN_TRANSIT'],
    ['MV', 'VP', '007', 'CANCELLED'], ['X', 'SR', '003', 'CUSTOMS_CLEARED'], ['X', '7W', '053', 'DELAYED'], ['X', 'KT', '064', 'REFUSED'], ['X', '05', undefined, 'CUSTOMS_HOLD'],
    // Of a code in no list the description tells; of neither the type, which is firm where it is not D.
    ['D', 'Q?', '011', 'DELIVERED'], ['I', 'Q?', '021', 'OUT_FOR_DELIVERY'], ['I', 'Q?', '999', 'IN_TRANSIT'], ['X', 'Q?', undefined, 'EXCEPTION'], ['D', 'Q?', undefined, 'INFO'],
    [undefined, undefined, '011', 'DELIVERED'],
  ] as const)('are read: %s/%s %s is %s', (type, code, description, expected) => {
    expect(mapActivity(type, code, description)?.code).toBe(expected);
  });

  it('are reported where they are in no list, and where none is known nothing moves', () => {
    const decoded = decode(alertWith({ activityStatus: { type: 'Z', code: 'constructor', descriptionCode: '__proto__', description: 'New' } }));
    expect(milestones(decoded)[0]!.payload).toMatchObject({ code: 'INFO', rawCode: 'Z/constructor' });
    expect(decoded.anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'Z/constructor' }]);
  });
});
