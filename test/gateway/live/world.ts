import fc from 'fast-check';
import { uuidOfName } from '../../../src/lib/ids.js';
import { messagesOf as journeyMessages, partyIds, type Message, type Names } from '../../projections/journey-messages.js';
import { journey, type Journey } from '../../projections/journeys.js';
import { dockAppointment, dockVisit, otmTrip } from '../../support/transport.js';

/** What happens in one run: told by small numbers that are made unlike any other run's. */
export interface World {
  journeys: Journey[];
  trips: Array<{ trip: number; version: number; carrier: number; day: number; carries: number; cancelled: boolean }>;
  appointments: Array<{ appointment: number; version: number; carrier: number; day: number; deleted: boolean }>;
  visits: Array<{ visit: number; version: number; appointment: number; carrier: number; came: boolean }>;
  stock: Array<{ product: number; location: number; version: number; quantity: number; deleted: boolean }>;
}

export const carriers = ['FedEx', 'UPS'];
const small = fc.nat(1);
const version = fc.integer({ min: 1, max: 4 });
const day = fc.integer({ min: 1, max: 9 });
const distinct = <T>(arbitrary: fc.Arbitrary<T>, name: (value: T) => string, maxLength: number) => fc.uniqueArray(arbitrary, { selector: name, minLength: 1, maxLength });

export const worlds: fc.Arbitrary<World> = fc.record({
  journeys: fc.array(journey, { minLength: 2, maxLength: 2 }),
  trips: distinct(fc.record({ trip: small, version, carrier: small, day, carries: small, cancelled: fc.boolean() }), (each) => `${each.trip} ${each.version}`, 6),
  appointments: distinct(fc.record({ appointment: small, version, carrier: small, day, deleted: fc.boolean() }), (each) => `${each.appointment} ${each.version}`, 6),
  visits: distinct(fc.record({ visit: small, version, appointment: small, carrier: small, came: fc.boolean() }), (each) => `${each.visit} ${each.version}`, 6),
  stock: distinct(fc.record({ product: small, location: small, version, quantity: fc.nat(9), deleted: fc.boolean() }), (each) => `${each.product} ${each.location} ${each.version}`, 6),
});

export const namesOf = (run: number, group: number): Names => ({ prefix: `R${run}V0C${group}`, base: (run * 100 + group) * 10 + 10 });
export const customerOf = (run: number, group: number) => uuidOfName(`party:erp:${partyIds(namesOf(run, group)).customer}`);

const hour = (at: number) => `2026-03-0${at}T12:00:00Z`;
const stated = (at: number) => `2026-03-01T0${at}:00:00Z`;

/** Every message of a run, source by source. */
export function messagesOf(world: World, run: number): Message[] {
  const name = `R${run}`;
  const delivery = (group: number) => `WH/OUT/${namesOf(run, group).prefix}D0`;
  return [
    ...world.journeys.flatMap((each, group) => journeyMessages(each, namesOf(run, group))),
    ...world.trips.map((trip): Message => ({
      connection: 'tms',
      body: JSON.stringify(otmTrip(`${name}-${trip.trip}`, { at: stated(trip.version), name: `${name}L${trip.trip}`, carrier: carriers[trip.carrier]!, status: trip.cancelled ? 'cancelled' : 'confirmed', stops: [{ load: [delivery(trip.carries)], unload: [], planned: [hour(trip.day)] }, { load: [], unload: [delivery(trip.carries)] }] })),
    })),
    ...world.appointments.map((each): Message => {
      const message = dockAppointment(`${name}-${each.appointment}`, { at: stated(each.version), start: hour(each.day), carrier: carriers[each.carrier]!, numbers: [`${name}L0`, delivery(0)] });
      return { connection: 'dock', body: JSON.stringify(each.deleted ? { ...message, operation: 'Delete' } : message) };
    }),
    ...world.visits.map((each): Message => ({
      connection: 'dock',
      body: JSON.stringify(dockVisit(`${name}-${each.visit}`, { at: stated(each.version), appointment: `${name}-${each.appointment}`, carrier: carriers[each.carrier]!, events: each.came ? { Arrived: hour(each.version) } : {} })),
    })),
    ...world.stock.map((each) => stockMessage(each, run)),
  ];
}

function stockMessage({ product, location, version: number, quantity, deleted }: World['stock'][number], run: number): Message {
  const recordId = run * 100 + product * 10 + location;
  const record = { product_id: { id: run * 10 + product, name: 'P' }, location_id: { id: location + 1, name: `WH/Stock/${location}` }, quantity, reserved_quantity: 0, uom_id: { id: 1, name: 'Units' } };
  const event = { id: `stock-${recordId}-${number}-${deleted}`, topic: 'stock', action: deleted ? 'deleted' : 'updated', model: 'stock.quant', recordId, version: number, occurredAt: stated(number), ...(deleted ? {} : { record }) };
  return { connection: 'erp', body: JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: stated(number), events: [event] }) };
}
