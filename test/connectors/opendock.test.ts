import { describe, expect, it } from 'vitest';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { appointmentStates, visitStates } from '../../src/model/yard/records.js';
import { appointmentStatuses, visitEvents } from '../../src/connectors/opendock/codes.js';
import { appointment as appointmentBody, visit as visitBody, warehouse as warehouseBody } from '../fixtures/opendock/sample.js';
import { dockAppointment, dockVisit } from '../support/transport.js';
import { raw } from './raw.js';

const opendock = connectorOf('opendock')!;
const decode = (body: unknown, settings = {}) => opendock.receive!.decode(raw(body instanceof Uint8Array ? body : JSON.stringify(body)), settings);
const day = (time: string) => `2026-03-06T${time}:00Z`;
const withData = (message: object, data: object) => ({ ...message, data: { ...(message as { data: object }).data, ...data } });

describe('an appointment of Opendock', () => {
  it('is read with its window in the offset as sent, its dock, its direction and every name it may be known by', () => {
    const [fact] = decode(appointmentBody).facts;
    expect(fact).toMatchObject({
      type: 'appointment.reported', key: { kind: 'appointment', id: '25523508-e358-4161-8907-5bfba673ce94' }, observedAt: '2026-03-06T08:11:59.545Z', version: Date.parse('2026-03-06T08:11:59.545Z') * 2 + 1,
      payload: {
        facilityId: 'a0e4b1c2-3d4e-4f60-8123-9a0b1c2d3e4f', dock: 'Door 4', direction: 'OUTBOUND', state: 'ARRIVED', rawState: 'Arrived', confirmation: '137510', carrier: 'Delta Haulage',
        startsAt: { instant: '2026-03-06T08:00:00.000Z', zone: '-06:00' }, endsAt: { instant: '2026-03-06T09:00:00.000Z' }, loads: ['WH/OUT/7001', 'TRIP-7001'],
      },
    });
    expect(fact!.payload).toHaveProperty('references', expect.arrayContaining([{ kind: 'delivery_order', issuer: 'conn-1', value: 'WH/OUT/7001' }, { kind: 'bill_of_lading', issuer: 'conn-1', value: 'WH/OUT/7001' }, { kind: 'tracking', issuer: '*', value: 'WH/OUT/7001' }]));
  });

  it('says nothing of the people who booked it', () => {
    expect(JSON.stringify(decode(appointmentBody).facts)).not.toMatch(/jo@delta|"Jo"/);
  });

  it.each(Object.entries(appointmentStatuses))('has the status %s as %s', (status, state) => {
    expect(decode(dockAppointment('a', { at: day('06:00'), start: day('08:00'), status, numbers: [] })).facts[0]!.payload).toMatchObject({ state, rawState: status });
    expect(appointmentStates).toContain(state);
  });

  it('keeps an unknown status as raw state', () => {
    const { facts, anomalies } = decode(dockAppointment('a', { at: day('06:00'), start: day('08:00'), status: 'Lost', numbers: [] }));
    expect(facts[0]!.payload).toMatchObject({ state: 'UNKNOWN', rawState: 'Lost' });
    expect(anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'Lost' }]);
  });

  it('leaves open what its relations would say where they are not sent, and takes the warehouse of the connection', () => {
    const message = withData(dockAppointment('a', { at: day('06:00'), start: day('08:00'), numbers: ['1'] }), { dock: undefined, loadType: undefined, user: undefined });
    expect(decode(message).facts[0]!.payload).toEqual(expect.objectContaining({ direction: 'UNKNOWN' }));
    for (const field of ['facilityId', 'dock', 'carrier']) expect(decode(message).facts[0]!.payload).not.toHaveProperty(field);
    expect(decode(message, { warehouseId: 'w9' }).facts[0]!.payload).toMatchObject({ facilityId: 'w9' });
  });

  it.each([['deleted', { operation: 'Delete' }, {}], ['no longer active', {}, { isActive: false }]])('is gone where it is %s', (_what, envelope, data) => {
    const message = { ...withData(dockAppointment('a', { at: day('06:00'), start: day('08:00'), numbers: [] }), data), ...envelope };
    expect(decode(message).facts).toMatchObject([{ type: 'record.deleted', key: { kind: 'appointment', id: 'a' }, version: Date.parse(day('06:00')) * 2 + 1 }]);
  });

  it('is refused without a plausible start', () => {
    for (const start of ['', '2026-03-06', 'tomorrow', '1970-01-01T00:00:00Z']) expect(() => decode(dockAppointment('a', { at: day('06:00'), start, numbers: [] })), start).toThrow(UnreadableMessage);
  });
});

describe('a visit of Opendock', () => {
  it('has its times from the events, whatever their order in the list', () => {
    expect(decode(visitBody).facts[0]).toMatchObject({
      type: 'visit.reported', key: { kind: 'visit' },
      payload: {
        state: 'CHECKED_OUT', rawState: 'Departed', type: 'LIVE_LOAD', carrier: 'Delta Haulage', truck: 'TN-48-PX', trailer: 'TRL-204', appointmentId: '25523508-e358-4161-8907-5bfba673ce94',
        checkedInAt: { instant: '2026-03-06T08:11:00.000Z' }, atDockAt: { instant: '2026-03-06T08:20:00.000Z' }, checkedOutAt: { instant: '2026-03-06T08:58:00.000Z' },
      },
    });
  });

  it('says nothing of the driver', () => {
    expect(JSON.stringify(decode(visitBody).facts)).not.toMatch(/\+15550100|asked for Jo/);
  });

  it.each(Object.entries(visitEvents))('stands, after the event %s, at %s', (event, state) => {
    expect(decode(dockVisit('v', { at: day('09:00'), events: { [event]: day('08:00') } })).facts[0]!.payload).toMatchObject({ state });
    expect(visitStates).toContain(state);
  });

  it('stands nowhere known without an event that says so', () => {
    expect(decode(dockVisit('v', { at: day('09:00'), events: { Attached: day('08:00') } })).facts[0]!.payload).toMatchObject({ state: 'UNKNOWN' });
  });
});

describe('a message of Opendock', () => {
  it('may tell of a warehouse, without the people who work there', () => {
    expect(decode(warehouseBody).facts).toMatchObject([{ type: 'facility.reported', payload: { name: 'Northwind Memphis', code: 'mem1', zone: 'America/Chicago', place: { city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US' } } }]);
    expect(JSON.stringify(decode(warehouseBody).facts)).not.toMatch(/Sam Keeper|\+15550199/);
  });

  it('of another entity is noted and gives no fact', () => {
    expect(decode({ entity: 'Dock', operation: 'Update', data: { id: 'd' } })).toMatchObject({ facts: [], anomalies: [{ kind: 'ENTITY_IGNORED', rawCode: 'Dock' }] });
  });

  it.each(['entity', 'entityType', 'entityName'])('may name its entity by %s, and in any capitals', (name) => {
    const { entity: _, ...rest } = dockVisit('v', { at: day('09:00'), events: {} }) as { entity: string };
    expect(decode({ ...rest, [name]: 'assetVisit' }).facts).toHaveLength(1);
  });

  it.each([['nothing of it', {}], ['no data', { entity: 'Appointment', operation: 'Update' }], ['no id', { entity: 'Appointment', operation: 'Update', data: {} }]])('is refused with %s', (_what, body) => {
    expect(() => decode(body)).toThrow(UnreadableMessage);
  });
});
