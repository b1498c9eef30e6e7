import { describe, expect, it } from 'vitest';
import { connectorOf } from '../../src/connectors/registry.js';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import type { LoadRecord } from '../../src/model/transport/records.js';
import { exchange, trip as sampleBody } from '../fixtures/otm/sample.js';
import { otmTrip } from '../support/transport.js';
import { milestones, raw } from './raw.js';

const otm = connectorOf('otm')!;
const decode = (body: unknown, settings = {}) => otm.receive!.decode(raw(body instanceof Uint8Array ? body : JSON.stringify(body)), settings);
const loadOf = (body: unknown): LoadRecord => decode(body).facts.find((fact) => fact.type === 'load.reported')!.payload as LoadRecord;
const day = (time: string) => `2026-03-06T${time}:00Z`;
const told = (body: unknown, name: string) => milestones(decode(body).facts).filter((fact) => fact.reference.value === name).map(({ payload }) => [payload.code, payload.classifier, payload.occurred.instant.slice(11, 16), payload.stop]);

describe('a trip of Open Trip Model', () => {
  it('is a load with its stops in order, what all lifecycles say of each put together', () => {
    expect(loadOf(sampleBody)).toMatchObject({
      name: 'TRIP-7001', state: 'IN_TRANSIT', rawState: 'inTransit', carrier: 'Delta Haulage', truck: 'TN-48-PX', trailer: 'TRL-204',
      stops: [
        {
          sequence: 1, kind: 'PICKUP', facilityCode: 'MEM1', place: { name: 'Northwind Memphis', city: 'Memphis', country: 'US', latitude: 35.05 }, window: { from: { instant: '2026-03-06T07:30:00.000Z' }, to: { instant: '2026-03-06T09:30:00.000Z' } },
          planned: { arrival: { instant: '2026-03-06T08:00:00.000Z' } }, actual: { arrival: { instant: '2026-03-06T08:10:00.000Z' }, departure: { instant: '2026-03-06T08:55:00.000Z' } },
          loaded: [{ kind: 'delivery_order', issuer: 'conn-1', value: 'WH/OUT/7001' }, { kind: 'bill_of_lading', issuer: 'conn-1', value: 'BL-7001' }, { kind: 'delivery_order', value: 'WH/OUT/7002' }], unloaded: [],
        },
        { sequence: 2, kind: 'DELIVERY', estimated: { arrival: { instant: '2026-03-06T12:25:00.000Z' } }, loaded: [] },
        { sequence: 3, kind: 'DELIVERY', place: { name: 'Delta yard' } },
      ],
    });
  });

  it('says nothing of the driver, who stays in the raw message', () => {
    expect(JSON.stringify(decode(sampleBody).facts)).not.toMatch(/Jo Driver|\+15550100/);
  });

  it('tells each shipment when the truck comes and goes where it is handled, and nothing of other stops', () => {
    expect(told(sampleBody, 'WH/OUT/7001')).toEqual([
      ['ARRIVED_PICKUP', 'PLANNED', '08:00', 1], ['PICKED_UP', 'PLANNED', '09:00', 1], ['ARRIVED_PICKUP', 'ACTUAL', '08:10', 1], ['PICKED_UP', 'ACTUAL', '08:55', 1], ['LOADED', 'ACTUAL', '08:40', 1],
      ['ARRIVED_DELIVERY', 'PLANNED', '12:00', 2], ['DEPARTED_DELIVERY', 'PLANNED', '12:30', 2], ['ARRIVED_DELIVERY', 'ESTIMATED', '12:25', 2],
    ]);
  });

  it('does not take for delivered what is put down in the yard of a carrier', () => {
    const trip = (type: string) => otmTrip('t', { at: day('18:00'), stops: [{ load: ['D1'], planned: [day('08:00')] }, { unload: ['D1'], type, planned: [day('12:00')], realized: [day('12:10'), day('12:30')], result: 'succeeded' }] });
    expect(told(trip('operationalBase'), 'D1').map(([code]) => code)).toEqual(['ARRIVED_PICKUP', 'ARRIVED_FACILITY', 'ARRIVED_FACILITY', 'DEPARTED_FACILITY', 'INFO']);
    expect(told(trip('customer'), 'D1').map(([code]) => code)).toEqual(['ARRIVED_PICKUP', 'ARRIVED_DELIVERY', 'ARRIVED_DELIVERY', 'DEPARTED_DELIVERY', 'DELIVERED']);
  });

  it.each([['succeeded', 'DELIVERED'], ['partiallySucceeded', 'PARTIALLY_DELIVERED'], ['failed', 'DELIVERY_ATTEMPTED'], ['cancelled', 'INFO'], ['unheard of', 'INFO'], [undefined, 'UNLOADED']])('reads the result %s of unloading as %s', (result, code) => {
    const trip = otmTrip('t', { at: day('18:00'), stops: [{ unload: ['D1'], planned: [day('12:00')], realized: [day('12:10'), day('12:30')], ...(result === undefined ? {} : { result }) }] });
    expect(told(trip, 'D1').at(-1)).toEqual([code, 'ACTUAL', '12:30', 1]);
  });

  it('gives the same key to a time that is planned anew, so that the newer one stands', () => {
    const planned = (at: string, time: string) => milestones(decode(otmTrip('t', { at: day(at), stops: [{ load: ['D1'], planned: [day(time)] }] })).facts)[0]!;
    const [before, after] = [planned('06:00', '08:00'), planned('07:00', '09:00')];
    expect(after.factKey).toBe(before.factKey);
    expect(after.observedAt > before.observedAt).toBe(true);
    expect(after.payload.occurred.instant).toBe('2026-03-06T09:00:00.000Z');
  });

  it('gives an estimate of delivery where one is projected, each statement by itself', () => {
    const estimates = (at: string) => decode(otmTrip('t', { at: day(at), stops: [{ unload: ['D1'], planned: [day('12:00')], projected: [day('12:40')] }] })).facts.filter((fact) => fact.type === 'estimate.reported');
    expect(estimates('07:00')).toMatchObject([{ payload: { of: 'DELIVERY', estimated: { instant: '2026-03-06T12:40:00.000Z' } }, observedAt: '2026-03-06T07:00:00.000Z' }]);
    expect(estimates('08:00')[0]!.factKey).not.toBe(estimates('07:00')[0]!.factKey);
  });

  it('takes back the plans of a cancelled trip, by the keys under which they were stated, and not what happened', () => {
    const of = (status: string) => decode(otmTrip('t', { at: day('18:00'), status, stops: [{ load: ['D1'], planned: [day('08:00')], realized: [day('08:10')] }] })).facts;
    const plans = milestones(of('confirmed')).filter((fact) => fact.payload.classifier === 'PLANNED');
    expect(of('cancelled').filter((fact) => fact.type === 'milestone.retracted').map((fact) => fact.payload.retractsFactKey)).toEqual(plans.map((fact) => fact.factKey));
    expect(milestones(of('cancelled')).map((fact) => fact.payload.classifier)).toEqual(['ACTUAL', 'ACTUAL']);
  });

  it('takes the end of a stop that takes place for expected while it lies ahead', () => {
    const trip = otmTrip('t', { at: day('08:20'), stops: [{ load: ['D1'], planned: [day('08:00')] }] }) as { actions: Array<{ entity: Record<string, unknown> }> };
    trip.actions.push({ entity: { ...trip.actions[0]!.entity, lifecycle: 'actual', startTime: day('08:10'), endTime: day('09:00') } });
    expect(loadOf(trip).stops[0]).toMatchObject({ actual: { arrival: { instant: '2026-03-06T08:10:00.000Z' } }, estimated: { departure: { instant: '2026-03-06T09:00:00.000Z' } } });
    expect(loadOf(trip).stops[0]!.actual!.departure).toBeUndefined();
  });

  it('is ordered by sequence number, wherever its stops stand in the message', () => {
    const trip = otmTrip('t', { at: day('08:20'), stops: [{ load: ['D1'], name: 'first' }, { unload: ['D1'], name: 'second' }, { name: 'third' }] }) as { actions: unknown[] };
    trip.actions.reverse();
    expect(loadOf(trip).stops.map((stop) => [stop.sequence, stop.place?.name, stop.kind])).toEqual([[1, 'first', 'PICKUP'], [2, 'second', 'DELIVERY'], [3, 'third', 'OTHER']]);
  });

  it('reads actions that stand beside the stops and name theirs', () => {
    const trip = otmTrip('t', { at: day('08:20'), stops: [{ name: 'first' }] }) as { actions: unknown[] };
    trip.actions.push({ associationType: 'inline', entity: { actionType: 'load', id: 'x', lifecycle: 'planned', stop: { associationType: 'reference', uuid: 't-0' }, consignment: { associationType: 'inline', entity: { id: 'c', name: 'd 9' } } } });
    expect(loadOf(trip).stops[0]!.loaded).toMatchObject([{ value: 'D9' }]);
  });

  it('reads a time without offset in the zone of the connection, and says so', () => {
    const trip = otmTrip('t', { at: day('06:00'), stops: [{ load: ['D1'], planned: ['2026-03-06T08:00:00'] }] });
    const fact = decode(trip, { zone: 'America/Chicago' }).facts.find((each) => each.type === 'load.reported')!;
    expect((fact.payload as LoadRecord).stops[0]!.planned!.arrival).toEqual({ instant: '2026-03-06T14:00:00.000Z', zone: 'America/Chicago', zoneAssumed: true });
  });

  it('leaves out a time that is none, and says so', () => {
    const { facts, anomalies } = decode(otmTrip('t', { at: day('06:00'), stops: [{ load: ['D1'], planned: ['soon'] }] }));
    expect(anomalies).toMatchObject([{ kind: 'TIME_INVALID' }]);
    expect(facts.map((fact) => fact.type)).toEqual(['load.reported']);
  });

  it('reads the trips of an array and names what else is in it', () => {
    const { facts, anomalies } = decode([otmTrip('t1', { at: day('06:00'), stops: [] }), { entityType: 'location', id: 'l' }, otmTrip('t2', { at: day('06:00'), stops: [] })]);
    expect(facts.map((fact) => 'key' in fact && fact.key.id)).toEqual(['t1', 't2']);
    expect(anomalies).toMatchObject([{ kind: 'ENTITY_IGNORED', rawCode: 'location' }]);
  });

  it('keeps an unknown status as raw state', () => {
    const { facts, anomalies } = decode(otmTrip('t1', { at: day('06:00'), status: 'teleported', stops: [] }));
    expect(facts[0]!.payload).toMatchObject({ state: 'UNKNOWN', rawState: 'teleported' });
    expect(anomalies).toMatchObject([{ kind: 'UNKNOWN_CODE', rawCode: 'teleported' }]);
  });

  it.each([['a text', '"x"'], ['nothing', '[]'], ['an object of another kind', '{"hello":1}']])('refuses %s', (_what, body) => {
    expect(() => otm.receive!.decode(raw(body), {})).toThrow(UnreadableMessage);
  });

  it('reads a bounded number of stops, and says so', () => {
    const { facts, anomalies } = decode(otmTrip('t', { at: day('06:00'), stops: Array.from({ length: 250 }, () => ({})) }));
    expect((facts[0]!.payload as LoadRecord).stops).toHaveLength(200);
    expect(anomalies).toMatchObject([{ kind: 'TOO_MANY' }]);
  });
});

describe('what else is done on a trip', () => {
  const parsed = () => JSON.parse(exchange.toString()) as Array<Record<string, never>>;
  const codes = (body: unknown) => milestones(decode(body).facts).map(({ payload: { code, classifier, occurred, stop, rawText } }) => [code, classifier, occurred.instant.slice(11, 16), stop, rawText].filter((each) => each !== undefined).join(' '));

  it('is told of the freight that is aboard: trailers that are attached and left, handing over, waiting, and the proof', () => {
    expect(decode(exchange).anomalies).toEqual([]);
    expect(codes(exchange)).toEqual([
      'ARRIVED_PICKUP ACTUAL 08:00 1', 'PICKED_UP ACTUAL 08:50 1', 'LOADED ACTUAL 08:48 1', 'ARRIVED_DELIVERY ACTUAL 15:00 3', 'DEPARTED_DELIVERY ACTUAL 15:40 3', 'DELIVERED ACTUAL 15:30 3', 'POD_AVAILABLE ACTUAL 15:30 3',
      'INFO ACTUAL 08:02 1 Dock is occupied, 30 min', 'TRAILER_ATTACHED ACTUAL 08:35 1 OX-11-AB', 'TRAILER_DETACHED ACTUAL 11:05 2 OX-11-AB', 'TRAILER_ATTACHED ACTUAL 11:20 2 OX-22-CD', 'HANDED_OVER ACTUAL 11:10 2',
    ]);
  });

  it('leaves the load with the trailer that it has now, the windows that hold together, and how long the driver waited', () => {
    expect(loadOf(exchange)).toMatchObject({
      truck: 'TN-48-PX', trailer: 'OX-22-CD',
      stops: [
        { place: { name: 'Depot', latitude: 52.1938879, longitude: 5.4066468 }, window: { from: { instant: '2026-03-06T07:30:00.000Z' }, to: { instant: '2026-03-06T09:00:00.000Z' } }, waits: [{ from: { instant: '2026-03-06T08:02:00.000Z' }, to: { instant: '2026-03-06T08:32:00.000Z' }, reason: 'Dock is occupied' }] },
        { kind: 'OTHER', facilityCode: 'XD1', place: { name: 'Cross dock' } }, { kind: 'DELIVERY', place: { city: 'Utrecht' } },
      ],
    });
  });

  it('gives the same facts whether entities stand inline or beside the trip, and in whatever order these come', () => {
    const [trip, ...beside] = parsed();
    expect(decode([...beside.reverse(), trip]).facts).toEqual(expect.arrayContaining(decode(exchange).facts));
    const inlined = JSON.parse(JSON.stringify(trip).replaceAll('{"associationType":"reference","entityType":"consignment","uuid":"047cfa4d-fd8b-47ba-b8e9-87067294d2fa"}', '{"associationType":"inline","entity":{"entityType":"consignment","id":"047cfa4d-fd8b-47ba-b8e9-87067294d2fa","name":"WH/OUT/8001"}}')) as object;
    expect(codes(inlined)).toEqual(codes(exchange));
  });

  it('reads a consignment that is known by its external attributes alone', () => {
    const [trip] = parsed();
    const restricted = JSON.stringify(trip).replaceAll('{"associationType":"reference","entityType":"consignment","uuid":"047cfa4d-fd8b-47ba-b8e9-87067294d2fa"}', '{"associationType":"attributeRestriction","restriction":{"externalAttributes":{"deliveryOrder":"WH/OUT/8001"}}}');
    expect(codes(JSON.parse(restricted))).toEqual(codes(exchange));
  });

  it('takes back plans of a cancelled trip, and not what happened', () => {
    const [trip, ...beside] = parsed();
    const planned = JSON.parse(JSON.stringify(trip).replaceAll('"realized"', '"planned"').replace('"completed"', '"cancelled"')) as object;
    const { facts } = decode([planned, ...beside]);
    expect(milestones(facts)).toEqual([]);
    expect(facts.filter(({ type, factKey }) => type === 'milestone.retracted' && factKey.includes('action')).length).toBe(5);
  });

  it('gives positions of its vehicle, in kilometres an hour, and none that is only planned', () => {
    expect(decode(exchange).facts.filter(({ type }) => type === 'vehicle.reported')).toEqual([expect.objectContaining({ key: { kind: 'vehicle', id: 'b9bb914d-845e-46f2-91ff-31fa4bac2fbe' }, payload: { name: 'TN-48-PX', plate: 'TN-48-PX', at: { instant: '2026-03-06T12:33:22.000Z', zone: 'Z' }, latitude: 52.1938879, longitude: 5.4066468, speed: 72, heading: 20 } })]);
    const event = { ...parsed().at(-1)!, lifecycle: 'projected' };
    expect(decode([event]).facts).toEqual([]);
  });

  it('reads the trip of an event that tells of its change, and names events that no table has', () => {
    const [trip, ...beside] = parsed();
    expect(decode([{ id: 'e', eventType: 'updateEvent', entity: { associationType: 'inline', entity: trip } }, ...beside]).facts).toEqual(decode(exchange).facts);
    expect(decode([{ id: 'e', eventType: 'startEngineEvent' }, { id: 'f', eventType: 'teleportEvent' }])).toMatchObject({ facts: [], anomalies: [{ kind: 'UNKNOWN_CODE', rawCode: 'teleportEvent' }] });
  });
});
