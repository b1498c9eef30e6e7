import { afterAll, describe, expect, it } from 'vitest';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { appointmentStatuses } from '../../src/connectors/ssc/codes.js';
import { identifiersOf, nameOf } from '../../src/connectors/ssc/identifiers.js';
import { durationMs, durationOf, windowOf } from '../../src/connectors/ssc/times.js';
import type { Identifiers } from '../../src/connectors/ssc/payloads.js';
import { cancelled, changed } from '../fixtures/ssc/sample.js';
import { AnsweringServer } from './answering-server.js';
import { KeptMemory } from '../support/parcel-sandbox.js';
import { raw } from './raw.js';

const ssc = connectorOf('ssc')!;
const decode = (body: unknown, settings = {}) => ssc.receive!.decode(raw(body instanceof Uint8Array ? body : JSON.stringify(body)), settings);
const event = (over: object = {}, status = 'CONFIRMED', identifiers: object = { primaryReferenceNumber: 'LOAD1234', stopSequenceNumber: 1 }) => ({
  identifiers, currentAppointment: { appointment: { arrivalWindow: { startDateTime: '2026-03-06T12:00:00.000-06:00', duration: 'PT1H' } }, appointmentStatus: status }, occurredAt: '2026-03-05T08:00:00.000Z', ...over,
});

describe('an event of the SSC standard', () => {
  it('is read with window in the offset as sent, dock, handling, and the numbers of the load', () => {
    expect(decode(changed, { carrier: 'DLTA' }).facts).toMatchObject([{
      type: 'appointment.reported', key: { kind: 'appointment', id: '1234' }, version: Date.parse('2026-03-05T08:02:23.123Z'),
      payload: { state: 'SCHEDULED', rawState: 'CONFIRMED', startsAt: { instant: '2026-03-06T18:00:00.000Z', zone: '-06:00' }, endsAt: { instant: '2026-03-06T19:00:00.000Z' }, dock: 'Door 4', handling: 'LIVE', facilityId: 'MEM1', carrier: 'DLTA', loads: ['LOAD1234'] },
    }]);
  });

  it.each(Object.entries(appointmentStatuses))('has the status %s as %s', (status, state) => {
    const { facts, anomalies } = decode(event({}, status));
    expect(facts[0]!.payload).toMatchObject({ state, rawState: status });
    expect(anomalies.map(({ kind }) => kind)).toEqual(status === 'REJECTED' ? ['APPOINTMENT_REFUSED'] : []);
  });

  it('ends the record where a stop has none any more, and keeps the time of what was cancelled', () => {
    expect(decode(event({}, 'NOT_SCHEDULED')).facts).toMatchObject([{ type: 'record.deleted' }]);
    expect(decode(cancelled).facts).toMatchObject([{ type: 'appointment.reported', key: { id: '1234' }, payload: { state: 'CANCELLED', reason: 'The dock is closed.', startsAt: { instant: '2026-03-06T18:00:00.000Z' } } }]);
  });

  it('ends the record of the id before where a reschedule gave another', () => {
    const { facts } = decode(event({ identifiers: { appointmentId: 'new' }, previousAppointment: { appointment: { id: 'old' }, appointmentStatus: 'CONFIRMED' } }));
    expect(facts).toMatchObject([{ type: 'record.deleted', key: { id: 'old' } }, { type: 'appointment.reported', key: { id: 'new' } }]);
  });

  it('keeps an unknown status as raw state, and what is free gives no fact', () => {
    expect(decode(event({}, 'LOST'))).toMatchObject({ facts: [{ payload: { state: 'UNKNOWN', rawState: 'LOST' } }], anomalies: [{ kind: 'UNKNOWN_CODE' }] });
    expect(decode({ identifiers: { requestIdentifier: 'R1' }, status: 'SUCCESS', appointments: [], occurredAt: '2026-03-05T08:00:00Z' })).toMatchObject({ facts: [], anomalies: [{ kind: 'EVENT_IGNORED' }] });
  });

  it.each([['nothing', {}], ['no time', event({ occurredAt: 'yesterday' })], ['nobody', event({}, 'CONFIRMED', {})]])('is refused where it says %s', (_what, body) => {
    expect(() => decode(body)).toThrow(UnreadableMessage);
  });
});

describe('an appointment without an id', () => {
  it.each<[object, string]>([
    [{ appointmentId: '77', primaryReferenceNumber: 'A' }, '77'], [{ primaryReferenceNumber: 'WH/OUT/1', stopSequenceNumber: 0 }, 'load:WH%2FOUT%2F1/stop:0'], [{ bolNumber: 'B 1', locationId: 'a/b' }, 'bol:B%201/at:a%2Fb'], [{ poNumber: 'P' }, 'po:P'],
  ])('is named by its load and stop, which are read back: %j', (of, name) => {
    expect(nameOf(of as Identifiers)).toBe(name);
    const back = identifiersOf(name);
    expect(back.appointmentId === undefined ? back : { appointmentId: back.appointmentId }).toEqual(name === '77' ? { appointmentId: '77' } : of);
  });

  it('has a name that is an id where it only looks like one of ours', () => {
    for (const name of ['load:', 'load:%E0%A4%A/stop:1', 'load:a/b/c']) expect(identifiersOf(name)).toEqual({ appointmentId: name });
    expect(nameOf({ primaryReferenceNumber: ' ' } as Identifiers)).toBeNull();
  });
});

describe('a duration of ISO 8601', () => {
  it.each<[string, number | null]>([['PT1H', 3_600_000], ['PT90M', 5_400_000], ['P1DT2H', 93_600_000], ['PT0.5S', 0], ['P1W', 604_800_000], ['P', null], ['PT', null], ['P1DT', null], ['1H', null], ['P1Y', null], ['P9999W', null], ['', null]])('%s is %s ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
  it('is written as minutes, and gives no end where it is none', () => {
    expect(durationMs(durationOf(0, 5_400_000))).toBe(5_400_000);
    expect(windowOf({ startDateTime: '2026-03-06T12:00:00Z', duration: 'soon' })).toEqual({ startsAt: { instant: '2026-03-06T12:00:00.000Z', zone: 'Z' } });
    expect(windowOf({ startDateTime: '2026-03-06T12:00:00' })).toBeNull();
  });
});

describe('another time for an appointment', () => {
  const server = new AnsweringServer();
  afterAll(() => server.close());

  it('is asked for once the first one is decided, and once only', async () => {
    let status = 'PENDING';
    server.answer = ({ path }) => (path.endsWith('/reschedule-appointment') ? { cut: true }
      : { body: JSON.stringify({ status: 'SUCCESS', appointmentStatus: status, locationId: 'MEM1', appointment: { id: '1234', arrivalWindow: { startDateTime: '2026-03-06T14:00:00.000Z', duration: 'PT1H' } } }) });
    const access = { connection: 'ssc', settings: { url: await server.listen(), locationId: 'MEM1' }, secrets: { apiKey: ['token-of-the-carrier'] }, allowedNetworks: ['127.0.0.0/8'] };
    const memory = new KeptMemory();
    const move = (attempt: number) => ssc.perform!.perform(access, { id: '01a20042-3fe3-7000-94bd-e2c30e6cd8eb', attempt, timeoutMs: 10_000, kind: 'appointment.move', input: { appointment: '1234', startsAt: { instant: '2026-03-06T16:00:00.000Z', zone: 'Z' } } }, memory);
    const asked = () => server.asked.filter(({ path }) => path.endsWith('/reschedule-appointment')).length;
    expect(await move(1)).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true } });
    expect(asked()).toBe(0);
    status = 'CONFIRMED';
    expect(await move(2)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(asked()).toBe(1);
    status = 'PENDING';
    expect(await move(3)).toMatchObject({ ok: true, value: { further: [{ kind: 'appointment.follow', input: { moves: true } }] } });
    expect(asked()).toBe(1);
  });
});
