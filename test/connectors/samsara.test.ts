import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access, PollPage } from '../../src/connectors/contract.js';
import { routeOperations } from '../../src/connectors/samsara/codes.js';
import { samsara } from '../../src/connectors/samsara/index.js';
import type { SamsaraSettings } from '../../src/connectors/samsara/settings.js';
import { decodeMessage, verifySignature } from '../../src/connectors/samsara/webhook.js';
import { arrival, eta, feed } from '../fixtures/samsara/sample.js';
import { AnsweringServer } from './answering-server.js';
import { milestones, raw } from './raw.js';

describe('messages of Samsara', () => {
  it('are proven by HMAC-SHA256 over v1, timestamp and body under the secret decoded from base64, within five minutes', () => {
    const [secret, timestamp, receivedMs] = [Buffer.from('0123456789abcdef').toString('base64'), '1772805600', 1772805600_000];
    const proof = `v1=${createHmac('sha256', '0123456789abcdef').update(`v1:${timestamp}:`).update(arrival).digest('hex')}`;
    const message = (at: number, header = timestamp) => ({ headers: { 'x-samsara-signature': proof, 'x-samsara-timestamp': header }, body: arrival, receivedMs: at });
    expect(verifySignature(message(receivedMs), [secret])).toEqual({ ok: true });
    expect(verifySignature(message(receivedMs + 301_000), [secret])).toEqual({ ok: false, reason: 'outdated' });
    expect(verifySignature(message(receivedMs, '1772805601'), [secret])).toEqual({ ok: false, reason: 'wrong' });
    expect(verifySignature(message(receivedMs), [Buffer.from('another').toString('base64')])).toEqual({ ok: false, reason: 'wrong' });
  });

  it('say at which stop a truck arrived for each shipment that the stop names, at the time of the stop and not of the envelope', () => {
    const { facts, anomalies } = decodeMessage(raw(arrival));
    expect(anomalies).toEqual([]);
    expect(milestones(facts).map(({ reference, payload }) => [reference.value, reference.kind, payload.code, payload.occurred.instant])).toEqual([
      ['WH/OUT/00017', 'delivery_order', 'ARRIVED_DELIVERY', '2026-03-06T14:00:12.000Z'], ['WH/OUT/00018', 'delivery_order', 'ARRIVED_DELIVERY', '2026-03-06T14:00:12.000Z'],
    ]);
  });

  it.each([['8818201', 'RouteStopArrival', 'ARRIVED_PICKUP'], ['8818201', 'RouteStopDeparture', 'DEPARTED_FACILITY'], ['8818202', 'RouteStopDeparture', 'DEPARTED_DELIVERY'], ['unlisted', 'RouteStopArrival', 'ARRIVED_FACILITY']])('take stop %s of %s as %s', (id, eventType, code) => {
    const body = JSON.parse(arrival.toString()) as { eventType: string; data: { routeStopDetails: { id: string } } };
    body.eventType = eventType;
    body.data.routeStopDetails.id = id;
    expect(milestones(decodeMessage(raw(JSON.stringify(body))).facts)[0]!.payload.code).toBe(code);
  });

  it('are, of a shipment that several stops name, for loading at the first and for unloading at the last', () => {
    const body = JSON.parse(arrival.toString()) as { data: { route: object; routeStopDetails: { id: string } } };
    const stop = (id: string, shipment: string) => ({ id, externalIds: { shipment } });
    body.data.route = { id: '1', stops: [stop('a', 'A'), stop('b', 'A,B'), stop('c', 'A,B')] };
    const codes = (id: string) => {
      body.data.routeStopDetails = { id };
      return milestones(decodeMessage(raw(JSON.stringify(body))).facts).map(({ reference, payload }) => `${reference.value} ${payload.code}`);
    };
    expect([codes('a'), codes('b'), codes('c')]).toEqual([['A ARRIVED_PICKUP'], ['A ARRIVED_FACILITY', 'B ARRIVED_PICKUP'], ['A ARRIVED_DELIVERY', 'B ARRIVED_DELIVERY']]);
  });

  it('state no expected time of delivery for a stop of which the route does not say what it is for', () => {
    const body = JSON.parse(eta.toString()) as { data: { route?: object } };
    delete body.data.route;
    expect(decodeMessage(raw(JSON.stringify(body)))).toMatchObject({ facts: [], anomalies: [{ rawCode: 'route stop without role' }] });
  });

  it('of a route of very many stops are read to their end, and a stop that is told of twice in one entry once', () => {
    const count = 20_000;
    const stops = Array.from({ length: count }, (_, index) => ({ id: String(index), externalIds: { shipment: index === 0 || index === count - 1 ? 'FIRST,LAST' : `S${index}` } }));
    const changed = [...stops, ...stops].map(({ id }) => ({ id, arrivalTime: '2026-03-06T13:40:00Z' }));
    const { facts } = decodeMessage(raw(JSON.stringify({ gatehouse: 'routes', data: [{ time: '2026-03-06T13:40:00Z', operation: 'stop arrived', route: { id: 'r', stops }, changes: { after: { stops: changed } } }] })));
    expect(facts).toHaveLength(count + 2);
    const told = facts.flatMap((fact) => (fact.type === 'milestone.reported' ? [[fact.reference.value, fact.payload.code]] : []));
    expect([...told.slice(0, 3), ...told.slice(-2)]).toEqual([['FIRST', 'ARRIVED_PICKUP'], ['LAST', 'ARRIVED_PICKUP'], ['S1', 'ARRIVED_DELIVERY'], ['FIRST', 'ARRIVED_DELIVERY'], ['LAST', 'ARRIVED_DELIVERY']]);
  });

  it.each(Object.entries(routeOperations))('say the same as the feed of routes: %s', (operation, { event, time }) => {
    const at = '2026-03-06T14:00:12Z';
    const route = { id: '4291022', stops: [{ id: '1' }, { id: '2', externalIds: { shipment: 'WH/OUT/00017' } }] };
    const page = { gatehouse: 'routes', data: [{ time: at, operation, type: 'route tracking', source: 'automatic', route, changes: { after: { stops: [{ id: '2', state: 'arrived', [time]: at }] } } }] };
    const webhook = { eventType: event, data: { time: at, route, routeStopDetails: { id: '2', [{ arrivalTime: 'actualArrivalTime', departureTime: 'actualDepartureTime', eta: 'eta' }[time]]: at } } };
    const facts = decodeMessage(raw(JSON.stringify(page))).facts;
    expect(facts.length).toBeGreaterThan(0);
    expect(facts).toEqual(decodeMessage(raw(JSON.stringify(webhook))).facts);
  });

  it('correct an arrival whose time was changed later, under the same key', () => {
    const route = { id: '1', stops: [{ id: '1', externalIds: { shipment: 'A' } }] };
    const of = (operation: string, time: string) => decodeMessage(raw(JSON.stringify({ gatehouse: 'routes', data: [{ time, operation, route, changes: { after: { stops: [{ id: '1', arrivalTime: '2026-03-06T13:40:00Z' }] } } }, { time, operation: 'stop resequenced', route }, { time, operation: 'stop en route', route }] })));
    const { facts, anomalies } = of('stop arrival time updated', '2026-03-06T15:00:00Z');
    expect(milestones(facts)).toMatchObject([{ factKey: milestones(of('stop arrived', '2026-03-06T14:00:00Z').facts)[0]!.factKey, observedAt: '2026-03-06T15:00:00.000Z', payload: { occurred: { instant: '2026-03-06T13:40:00.000Z' } } }]);
    expect(anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'stop resequenced' }]);
  });

  it('leave out what has no plausible time, and say so where a stop names no shipment', () => {
    const untimed = arrival.toString().replace('2026-03-06T14:00:12Z', '1970-01-20T13:00:00Z').replace('2026-03-06T13:59:30Z', '');
    expect(decodeMessage(raw(untimed))).toMatchObject({ facts: [], anomalies: [{ kind: 'TIME_INVALID' }] });
    expect(decodeMessage(raw(arrival), { shipmentExternalId: 'other' })).toMatchObject({ facts: [], anomalies: [{ kind: 'NO_SHIPMENT' }] });
  });

  it('give a new expected time as estimate and milestone', () => {
    const { facts } = decodeMessage(raw(eta));
    expect(facts.map((fact) => fact.type === 'estimate.reported' ? ['estimate', fact.payload.of, fact.payload.estimated.instant] : fact.type === 'milestone.reported' ? [fact.payload.code, fact.payload.classifier] : fact.type)).toEqual([['estimate', 'DELIVERY', '2026-03-06T14:05:00.000Z'], ['ETA_UPDATED', 'ESTIMATED']]);
  });

  it('that say nothing of freight are read without a word, and those of no published type with one', () => {
    const of = (eventType: string) => decodeMessage(raw(JSON.stringify({ eventType, data: {} })));
    expect(of('DriverCreated')).toEqual({ facts: [], anomalies: [] });
    expect(of('SomethingNew')).toMatchObject({ facts: [], anomalies: [{ kind: 'UNKNOWN_CODE', rawCode: 'SomethingNew' }] });
  });

  it('give each position with name, plate, speed in kilometres an hour, and no heading of what stands', () => {
    const facts = decodeMessage(raw(feed)).facts.map((fact) => (fact.type === 'vehicle.reported' ? { id: fact.key.id, version: fact.version, ...fact.payload } : null));
    expect(facts).toEqual([
      { id: '281474977075805', version: Date.UTC(2026, 2, 6, 13, 58), name: 'Truck 7', plate: 'B-GH 77', latitude: 52.52, longitude: 13.405, heading: 90, speed: 49.9, place: 'Alexanderplatz, Berlin, DE', at: { instant: '2026-03-06T13:58:00.000Z', zone: 'Z' } },
      { id: '281474977075805', version: Date.UTC(2026, 2, 6, 13, 59), name: 'Truck 7', plate: 'B-GH 77', latitude: 52.521, longitude: 13.416, speed: 0, at: { instant: '2026-03-06T13:59:00.000Z', zone: 'Z' } },
      { id: '281474977075806', version: Date.UTC(2026, 2, 6, 13, 57, 11), name: 'Trailer 3', latitude: 48.1371, longitude: 11.5754, speed: 0, at: { instant: '2026-03-06T13:57:11.000Z', zone: 'Z' } },
    ]);
  });
});

describe('the feed of Samsara', () => {
  const server = new AnsweringServer();
  let url = '';
  beforeAll(async () => void (url = await server.listen()));
  afterAll(() => server.close());

  const access = (settings: Partial<SamsaraSettings> = {}): Access<SamsaraSettings> => ({ connection: 'trucks', settings: { webhookSecret: 'unused', url, ...settings }, secrets: { apiKey: ['token-0123456789'] }, allowedNetworks: ['127.0.0.0/8'] });
  const reading = (minute: number, metres: number) => ({ time: new Date(Date.UTC(2026, 2, 6, 12, minute)).toISOString(), latitude: 50 + metres / 111_195, longitude: 8, speedMilesPerHour: 1 });
  const answer = (gps: object[], endCursor: string, hasNextPage = false) => void (server.answer = () => ({ body: JSON.stringify({ data: [{ id: '1', name: 'Truck', gps }], pagination: { endCursor, hasNextPage } }) }));
  const read = async (cursor: PollPage['cursor'] | null, settings?: Partial<SamsaraSettings>): Promise<PollPage> => {
    const outcome = await samsara.poll!.read(access(settings), cursor, 20_000);
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value;
  };
  const kept = ({ answers }: PollPage) => answers.flatMap(({ body, headers }) => decodeMessage(raw(body, { headers })).facts).map((fact) => (fact.type === 'vehicle.reported' ? fact.payload.at.instant.slice(14, 16) : ''));

  it('is asked for what is new since the cursor, with the token, for the wanted tags', async () => {
    answer([reading(0, 0)], 'c1', true);
    const first = await read(null, { tagIds: '7,8' });
    expect(first.more).toBe(true);
    answer([], 'c2');
    const second = await read(first.cursor, { tagIds: '7,8' });
    expect(second).toMatchObject({ answers: [], more: false });
    expect(server.asked.map(({ path }) => path)).toEqual(['/fleet/vehicles/stats/feed?types=gps&tagIds=7%2C8', '/fleet/vehicles/stats/feed?types=gps&after=c1&tagIds=7%2C8']);
    expect(server.asked.every(({ headers }) => headers.authorization === 'Bearer token-0123456789')).toBe(true);
  });

  it('is thinned by distance and time, across looks too, whatever order readings come in', async () => {
    const settings = { thinMetres: 200, thinSeconds: 600, freshMetres: 60 };
    answer([reading(3, 90), reading(0, 0), reading(1, 50), reading(4, 250), reading(5, 300)], 'c1');
    const first = await read(null, settings);
    expect(kept(first)).toEqual(['00', '04']);
    answer([reading(6, 380), reading(7, 460), reading(20, 461)], 'c2');
    const second = await read(first.cursor, settings);
    expect(kept(second)).toEqual(['07', '20']);
    // Read again from the same cursor: the same answer under the same key.
    expect((await read(first.cursor, settings)).answers.map(({ key }) => key)).toEqual(second.answers.map(({ key }) => key));
    // A late one is kept by the same measure and is not the last one then.
    answer([reading(15, 5_000)], 'c3');
    const third = await read(second.cursor, settings);
    expect(kept(third)).toEqual(['15']);
    expect((third.cursor as { kept: Record<string, number[]> }).kept['1']![0]).toBe(Date.UTC(2026, 2, 6, 12, 20));
  });

  it('keeps the last reading of a look where the vehicle is elsewhere than it was last said to be, and none in between', async () => {
    const settings = { thinMetres: 1_000, thinSeconds: 600, freshMetres: 50 };
    answer([reading(0, 0), reading(1, 200), reading(2, 300)], 'c1');
    const first = await read(null, settings);
    expect(kept(first)).toEqual(['00', '02']);
    // It stands: within the 50 metres nothing new is said.
    answer([reading(3, 340)], 'c2');
    const second = await read(first.cursor, settings);
    expect(kept(second)).toEqual([]);
    answer([reading(4, 351)], 'c3');
    expect(kept(await read(second.cursor, settings))).toEqual(['04']);
    // Where more of the same look is to come the last reading is not known yet.
    answer([reading(5, 500)], 'c4', true);
    expect(kept(await read(second.cursor, settings))).toEqual([]);
  });

  it('is followed by that of routes where it is wanted, from where that ended, and a failure there repeats no positions', async () => {
    const paths = () => server.asked.splice(0).map(({ path }) => path);
    paths();
    const change = { time: '2026-03-06T14:00:12Z', operation: 'stop arrived', route: { id: '4291022', stops: [{ id: '1' }, { id: '2', externalIds: { shipment: 'WH/OUT/00017' } }] }, changes: { after: { stops: [{ id: '2', arrivalTime: '2026-03-06T14:00:12Z' }] } } };
    server.answer = ({ path }) => ({ body: JSON.stringify(path.startsWith('/fleet/routes') ? { data: [change], pagination: { endCursor: 'r1', hasNextPage: false } } : { data: [{ id: '1', gps: [reading(0, 0)] }], pagination: { endCursor: 'c1', hasNextPage: false } }) });
    const first = await read(null, { routes: 'feed' });
    expect([first.more, kept(first)]).toEqual([true, ['00']]);
    server.answer = () => ({ status: 503 });
    expect((await samsara.poll!.read(access({ routes: 'feed' }), first.cursor, 20_000)).ok).toBe(false);
    server.answer = () => ({ body: JSON.stringify({ data: [change], pagination: { endCursor: 'r1', hasNextPage: false } }) });
    const second = await read(first.cursor, { routes: 'feed' });
    expect(second.more).toBe(false);
    expect(second.answers.flatMap(({ body, headers }) => milestones(decodeMessage(raw(body, { headers })).facts)).map(({ reference, payload }) => [reference.value, payload.code])).toEqual([['WH/OUT/00017', 'ARRIVED_DELIVERY']]);
    server.answer = () => ({ body: JSON.stringify({ data: [], pagination: { endCursor: 'c2', hasNextPage: false } }) });
    const third = await read(second.cursor, { routes: 'feed' });
    await read(third.cursor, { routes: 'feed' });
    expect(paths()).toEqual(['/fleet/vehicles/stats/feed?types=gps', '/fleet/routes/audit-logs/feed?expand=route', '/fleet/routes/audit-logs/feed?expand=route', '/fleet/vehicles/stats/feed?types=gps&after=c1', '/fleet/routes/audit-logs/feed?expand=route&after=r1']);
  });
});
