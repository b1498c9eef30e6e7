import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, OutboundCommand } from '../../src/connectors/contract.js';
import { project44 } from '../../src/connectors/project44/index.js';
import { publicationPolicy, requestOf } from '../../src/connectors/project44/registering.js';
import type { Project44Settings } from '../../src/connectors/project44/settings.js';
import { decodeMessage, verify } from '../../src/connectors/project44/webhook.js';
import type { Fact } from '../../src/model/facts.js';
import { standing } from '../../src/model/timeline.js';
import type { LoadPublication } from '../../src/model/transport/publication.js';
import { credentials, load } from '../fixtures/project44/outbound.js';
import { history, ltl, truckload } from '../fixtures/project44/sample.js';
import { KeptMemory } from '../support/parcel-sandbox.js';
import { AnsweringServer, type Scripted } from './answering-server.js';
import { milestones, raw } from './raw.js';

type Body = { shipment: { shipmentIdentifiers: Array<{ type: string; value: string }>; shipmentStops: object[] }; latestStatusUpdate: object; statusUpdates?: Array<{ timestamp: string }>; latestStopStatuses: object[] };
const parsed = (): Body => JSON.parse(truckload.toString()) as Body;
const read = (body: unknown) => decodeMessage(raw(JSON.stringify(body)));
const brief = (facts: readonly Fact[]) => milestones(facts).map(({ payload: { code, classifier, occurred, stop } }) => `${code} ${classifier} ${occurred.instant.slice(0, 16)}${stop === undefined ? '' : ` @${stop}`}`);

describe('who a message of project44 is from', () => {
  const message = (authorization: string) => ({ headers: { authorization }, body: truckload, receivedMs: 0 });
  it('is proven by a token, or by the password of basic authentication', () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(verify(message('Bearer the-secret'), ['the-secret'])).toEqual({ ok: true });
    expect(verify(message(basic('anybody:the-secret')), ['old', 'the-secret'])).toEqual({ ok: true });
    for (const wrong of ['anybody:another', 'the-secret', ':', '']) expect(verify(message(basic(wrong)), ['the-secret'])).not.toEqual({ ok: true });
    expect(verify(message(basic('a:')), [''])).toEqual({ ok: false, reason: 'no_secret' });
  });
});

describe('a notification of a truckload shipment', () => {
  it('tells plans, arrivals, departures and what is expected, each at its stop', () => {
    const { facts, anomalies } = decodeMessage(raw(truckload));
    expect(anomalies).toEqual([]);
    expect(brief(facts).sort()).toEqual([
      'ARRIVED_DELIVERY ESTIMATED 2026-03-06T15:10 @3', 'ARRIVED_FACILITY ACTUAL 2026-03-05T19:00 @2', 'ARRIVED_PICKUP ACTUAL 2026-03-05T13:40 @1', 'DELIVERY_APPOINTMENT PLANNED 2026-03-06T14:00 @3', 'DEPARTED_FACILITY ACTUAL 2026-03-05T20:10 @2',
      'INFO ACTUAL 2026-03-05T12:30', 'INFO_RECEIVED ACTUAL 2026-03-04T21:00', 'IN_TRANSIT ACTUAL 2026-03-05T15:20', 'PICKED_UP ACTUAL 2026-03-05T15:15 @1', 'PICKUP_APPOINTMENT PLANNED 2026-03-05T13:00 @1',
    ]);
    expect(facts.filter(({ type }) => type === 'estimate.reported')).toEqual([expect.objectContaining({ observedAt: '2026-03-06T13:13:00.000Z', payload: { of: 'DELIVERY', estimated: expect.objectContaining({ instant: '2026-03-06T15:10:00.000Z' }) } })]);
  });

  it('is about the order, which the bill of lading and project44’s own id name as well', () => {
    const [{ reference, also, carrier }] = milestones(decodeMessage(raw(truckload)).facts) as [ReturnType<typeof milestones>[0]];
    expect({ reference, also, carrier }).toEqual({
      reference: { kind: 'delivery_order', issuer: 'conn-1', value: 'WH/OUT/00017' }, carrier: 'ABCD',
      also: [{ kind: 'bill_of_lading', issuer: 'conn-1', value: 'LOAD-1' }, { kind: 'tracker', issuer: 'conn-1', value: '900044' }],
    });
  });

  it('says nothing of freight that has not left the first stop while its truck is on the way there', () => {
    const body = parsed();
    delete body.statusUpdates;
    body.latestStopStatuses = [{ stopNumber: 1, statusCode: 'EN_ROUTE' }, { stopNumber: 3, statusCode: 'UNKNOWN' }];
    expect(brief(read(body).facts).filter((each) => each.includes(' ACTUAL '))).toEqual(['INFO ACTUAL 2026-03-06T13:12']);
    body.latestStopStatuses = [{ stopNumber: 1, statusCode: 'DEPARTED' }];
    expect(brief(read(body).facts).filter((each) => each.includes(' ACTUAL '))).toEqual(['IN_TRANSIT ACTUAL 2026-03-06T13:12']);
  });

  it('that repeats a status for another position tells no second arrival, whatever the order of the two', () => {
    const [first, second] = [parsed(), parsed()];
    first.statusUpdates = first.statusUpdates!.filter(({ timestamp }) => timestamp < '2026-03-05T08:50');
    const facts = [...read(first).facts, ...read(second).facts];
    const arrivals = milestones(facts).filter(({ payload }) => payload.code === 'ARRIVED_PICKUP');
    expect(new Set(arrivals.map(({ factKey, payload }) => `${factKey} ${payload.occurred.instant}`)).size).toBe(1);
  });

  it.each([['TIMED_OUT', 'TRACKING_ENDED'], ['CANCELED', 'TRACKING_ENDED'], ['APPROVAL_DENIED', 'TRACKING_ENDED'], ['DEPARTED_FINAL_STOP', 'DEPARTED_DELIVERY'], ['ARRIVED_FINAL_STOP', 'ARRIVED_DELIVERY'], ['A_REASON_OF_TOMORROW', 'TRACKING_ENDED']])('COMPLETED for the reason %s is %s', (code, expected) => {
    const body = parsed();
    delete body.statusUpdates;
    body.latestStatusUpdate = { timestamp: '2026-03-06T12:00:00-0500', statusCode: 'COMPLETED', statusReason: { code } };
    expect(milestones(read(body).facts).find(({ payload }) => payload.rawCode === 'COMPLETED')!.payload).toMatchObject({ code: expected, rawReason: code });
  });

  it('keeps a status that no table has as INFO and says so', () => {
    const body = parsed();
    body.latestStatusUpdate = { timestamp: '2026-03-06T12:00:00-0500', statusCode: 'TELEPORTED' };
    const { facts, anomalies } = read(body);
    expect(milestones(facts).find(({ payload }) => payload.rawCode === 'TELEPORTED')!.payload.code).toBe('INFO');
    expect(anomalies).toEqual([expect.objectContaining({ kind: 'UNKNOWN_CODE', rawCode: 'TELEPORTED' })]);
  });

  it('about several orders moves none of them: which is handled where is not said, and they are not one shipment', () => {
    const body = parsed();
    body.shipment.shipmentIdentifiers.push({ type: 'ORDER', value: 'WH/OUT/00018' });
    const { facts } = read(body);
    const found = milestones(facts);
    expect(new Set(found.map(({ reference }) => reference.value))).toEqual(new Set(['WH/OUT/00017', 'WH/OUT/00018']));
    expect(found.every(({ also }) => also === undefined)).toBe(true);
    expect(new Set(found.map(({ payload }) => payload.code))).toEqual(new Set(['INFO', 'INFO_RECEIVED']));
    expect(facts.filter(({ type }) => type === 'estimate.reported')).toEqual([]);
  });

  it('gives positions under the truck’s plate, and never the driver’s phone', () => {
    const { facts } = decodeMessage(raw(truckload));
    const vehicles = facts.filter((fact) => fact.type === 'vehicle.reported');
    expect(vehicles.length).toBeGreaterThan(2);
    expect(vehicles[0]).toMatchObject({ key: { kind: 'vehicle', id: 'PAH 4711' }, payload: { plate: 'PAH 4711', code: 'PAH 4711' } });
    expect(JSON.stringify(facts)).not.toContain('5550100');
  });
});

describe('a tracking history', () => {
  it('tells for each event what was planned, what is expected and what came to pass', () => {
    const { facts, anomalies } = decodeMessage(raw(history));
    expect(anomalies).toEqual([]);
    expect(brief(facts).sort()).toEqual([
      'ARRIVED_DELIVERY ESTIMATED 2026-03-06T15:10 @2', 'ARRIVED_DELIVERY PLANNED 2026-03-06T14:00 @2', 'ARRIVED_PICKUP ACTUAL 2026-03-05T13:40 @1', 'ARRIVED_PICKUP PLANNED 2026-03-05T13:00 @1', 'INFO ACTUAL 2026-03-04T21:00',
      'INFO_RECEIVED ACTUAL 2026-03-05T11:30', 'LOADING ACTUAL 2026-03-05T14:05 @1', 'PICKED_UP ACTUAL 2026-03-05T15:15 @1',
    ]);
    expect(facts.filter(({ type }) => type === 'estimate.reported')).toEqual([expect.objectContaining({ payload: { of: 'DELIVERY', estimated: expect.objectContaining({ instant: '2026-03-06T15:10:00.000Z' }) } })]);
    expect(facts.filter(({ type }) => type === 'vehicle.reported')).toHaveLength(2);
  });

  it('of a groupage shipment has its delivery with an exception, and its proof', () => {
    const { facts, anomalies } = decodeMessage(raw(ltl));
    expect(anomalies).toEqual([]);
    expect(milestones(facts).map(({ payload }) => payload.code).sort()).toEqual(['DELIVERED', 'EXCEPTION', 'OUT_FOR_DELIVERY', 'PICKED_UP', 'POD_AVAILABLE']);
    expect(milestones(facts)[0]!.also).toContainEqual({ kind: 'pro_number', issuer: 'EFGH', value: '123456789' });
  });

  it('that corrects the time of an arrival replaces it, also where the older one comes last', () => {
    const corrected = JSON.parse(history.toString()) as { events: Array<{ type: string; stopId?: string; dateTime?: string; receivedDateTime: string }> };
    Object.assign(corrected.events.find(({ type, stopId, dateTime }) => type === 'ARRIVAL_AT_STOP' && stopId === 's1' && dateTime !== undefined)!, { dateTime: '2026-03-05T08:50:00-0500', receivedDateTime: '2026-03-06T15:00:00Z' });
    const facts = [...read(corrected).facts, ...decodeMessage(raw(history)).facts];
    const arrivals = milestones(facts).filter(({ payload }) => payload.code === 'ARRIVED_PICKUP' && payload.classifier === 'ACTUAL');
    const entries = arrivals.map(({ factKey, observedAt, payload }, index) => ({ id: String(index), factGroup: factKey, contentHash: String(index), code: payload.code, classifier: payload.classifier, occurredAt: payload.occurred.instant, observedAt, package: null, pieces: null, retracts: null, retractsFactGroup: null }));
    for (const order of [entries, [...entries].reverse()]) {
      const stands = standing(order);
      expect(order.filter(({ id }) => stands.has(id)).map(({ occurredAt }) => occurredAt)).toEqual(['2026-03-05T13:50:00.000Z']);
    }
  });
});

describe('registering a load', () => {
  const server = new AnsweringServer();
  let access: Access<Project44Settings>;
  beforeAll(async () => void (access = { connection: 'p44', settings: { webhookSecret: 'whsec_test', url: await server.listen(), publish: 'loads' }, secrets: credentials, allowedNetworks: ['127.0.0.0/8'] }));
  afterAll(() => server.close());
  const publish = (memory: KeptMemory, input: Partial<LoadPublication> = {}, attempt = 1, follows?: OutboundCommand['follows']) => project44.perform!.perform(access, {
    id: '01a20042-3fe3-7000-94bd-e2c30e6cd8e1', attempt, timeoutMs: 10_000, kind: 'load.publish', input: { load: 'l', revision: 1, action: 'NEW', statedAt: '2026-03-04T20:00:00.000Z', record: load, ...input }, ...(follows === undefined ? {} : { follows }),
  }, memory);
  const answering = (answer: (path: string, method: string, count: number) => Scripted) => {
    server.asked.length = 0;
    server.answer = ({ path, method }, count) => (path.endsWith('/oauth2/token') ? { body: JSON.stringify({ access_token: 'token', expires_in: 600 }) } : answer(path, method, count));
  };
  const asked = () => server.asked.filter(({ path }) => !path.endsWith('/oauth2/token')).map(({ method, path }) => `${method} ${path.split('?')[0]}`);

  it('says each stop with its window in the time of the place, and every shipment by name', () => {
    expect(requestOf(load, {}).request).toMatchObject({
      carrierIdentifier: { type: 'SCAC', value: 'ABCD' }, shipmentIdentifiers: [{ type: 'BILL_OF_LADING', value: 'LOAD-1' }, { type: 'ORDER', value: 'WH/OUT/00017' }], equipmentIdentifiers: [{ type: 'LICENSE_PLATE', value: 'PAH 4711' }],
      shipmentStops: [
        { stopNumber: 1, stopType: 'PICKUP', appointmentWindow: { startDateTime: '2026-03-05T08:00:00', endDateTime: '2026-03-05T10:00:00', localTimeZoneIdentifier: 'America/New_York' }, location: { address: { postalCode: '45402', state: 'OH' } } },
        { stopNumber: 2, stopType: 'DELIVERY', geoCoordinates: { latitude: 40.4748, longitude: -79.9554 } },
      ],
    });
  });

  it.each([
    ['a carrier', { ...load, carrier: undefined }, /no carrier/], ['a known carrier', { ...load, carrier: 'Müller Transporte' }, /set carriers/], ['a second stop', { ...load, stops: load.stops.slice(0, 1) }, /less than two/],
    ['shipments with names', { ...load, stops: load.stops.map((stop) => ({ ...stop, loaded: [], unloaded: [] })) }, /No shipment/], ['places', { ...load, stops: load.stops.map(({ place: _, ...stop }) => stop) }, /Stop 1/],
  ])('waits for %s', (_what, record, lack) => {
    expect(publicationPolicy({ webhookSecret: 'x', publish: 'loads' })!.lacks(record as typeof load)).toMatch(lack);
  });

  it('knows carriers by other codes where the settings say so', () => {
    expect(requestOf({ ...load, carrier: 'Müller Transporte' }, { carriers: 'ACME=ABCD, Müller Transporte=VAT:DE123' }).request).toMatchObject({ carrierIdentifier: { type: 'VAT', value: 'DE123' } });
  });

  it('is done once although the answer was lost: what may be there is looked for before it is asked for again', async () => {
    const memory = new KeptMemory();
    answering(() => ({ cut: true }));
    expect(await publish(memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    answering(() => ({ body: JSON.stringify({ shipment: { id: 900044 } }) }));
    expect(await publish(memory, {}, 2)).toMatchObject({ ok: true, value: { result: { id: '900044' } } });
    expect(asked()).toEqual(['GET /api/v4/tl/shipments/statuses']);
    expect(await publish(memory, {}, 3)).toMatchObject({ ok: true, value: { result: { id: '900044' } } });
    expect(asked()).toEqual(['GET /api/v4/tl/shipments/statuses']);
  });

  const none: Scripted = { status: 404, body: JSON.stringify({ httpStatusCode: 404, errorMessage: 'Not found' }) };
  const settling = async (settings: Partial<Project44Settings>) => {
    const memory = new KeptMemory();
    const before = access;
    access = { ...access, settings: { ...access.settings, ...settings } };
    try {
      answering(() => ({ status: 503 }));
      await publish(memory);
      answering((_path, method) => (method === 'GET' ? none : { body: JSON.stringify({ id: 7 }) }));
      return await publish(memory, {}, 2);
    } finally {
      access = before;
    }
  };

  it('is not done again within the time in which project44 may not show it yet', async () => {
    expect(await settling({ afterSettling: 'register' })).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true } });
    expect(asked()).toEqual(['GET /api/v4/tl/shipments/statuses']);
  });

  it('is left to a person where project44 does not show it later, unless the settings believe that', async () => {
    expect(await settling({ settleSeconds: 0 })).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('LOAD-1') } });
    expect(asked()).toEqual(['GET /api/v4/tl/shipments/statuses']);
    expect(await settling({ settleSeconds: 0, afterSettling: 'register' })).toMatchObject({ ok: true, value: { result: { id: '7' } } });
    expect(asked()).toEqual(['GET /api/v4/tl/shipments/statuses', 'POST /api/v4/tl/shipments']);
  });

  it.each([
    ['by its id', { shipment: { id: '900044' } }], ['by its status', { shipment: { id: '900045' }, latestStatusUpdate: { statusCode: 'COMPLETED', statusReason: { code: 'CANCELED' } } }],
  ])('takes none for its own that was ended before, known %s', async (_how, shown) => {
    const follows = { id: 'first', memory: { id: '900044', ended: [] } };
    const memory = new KeptMemory();
    answering(() => ({ cut: true }));
    await publish(memory, { revision: 3 }, 1, follows);
    answering(() => ({ body: JSON.stringify(shown) }));
    expect(await publish(memory, { revision: 3 }, 2, follows)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    answering(() => ({ body: JSON.stringify({ shipment: { id: 900046 } }) }));
    expect(await publish(memory, { revision: 3 }, 3, follows)).toMatchObject({ ok: true, value: { result: { id: '900046' } } });
  });

  it('is changed and ended under the id that the first command remembered', async () => {
    const follows = { id: 'first', memory: { id: '900044' } };
    answering(() => ({ body: '{}' }));
    expect(await publish(new KeptMemory(), { action: 'CHANGE', revision: 2 }, 1, follows)).toMatchObject({ ok: true });
    expect(await publish(new KeptMemory(), { action: 'CANCEL', revision: 3 }, 1, follows)).toMatchObject({ ok: true });
    expect(asked()).toEqual(['PUT /api/v4/tl/shipments/900044', 'POST /api/v4/tl/shipments/900044/actions']);
  });

  it('that never came about needs no end', async () => {
    answering(() => ({ status: 404, body: JSON.stringify({ httpStatusCode: 404, errorMessage: 'Not found' }) }));
    expect(await publish(new KeptMemory(), { action: 'CANCEL', revision: 2 })).toMatchObject({ ok: true, value: { result: { id: null } } });
  });

  it('needs credentials', () => {
    expect(project44.settingsLack!({ webhookSecret: 'x', publish: 'loads' } as never)).toMatch(/apiKey/);
    expect(project44.settingsLack!({ webhookSecret: 'x' } as never)).toBeNull();
  });
});
