import fc from 'fast-check';
import type { Place } from '../../src/model/facts.js';
import type { Reference } from '../../src/model/references.js';
import type { ZonedInstant } from '../../src/model/time.js';
import { loadStates, type LoadRecord, type LoadStop, type StopTimes } from '../../src/model/transport/records.js';

/** As of when loads of `anyLoad` are stated: what came to pass did so before. */
export const statedAt = '2026-03-10T12:00:00.000Z';

const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: fc.constantFrom(...'abcXYZ019-_/äß|"\\ '.split('')) }).map((value) => value.trim()).filter((value) => value !== '');
const optional = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });
/** Without what is undefined. */
const given = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;

const zone = fc.constantFrom('Z', '+01:00', '-05:00', '+05:30');
const time = (from: string, to: string): fc.Arbitrary<ZonedInstant> => fc.record({ instant: fc.integer({ min: Date.parse(from), max: Date.parse(to) }).map((ms) => new Date(ms).toISOString()), zone });
const times = (from: string, to: string): fc.Arbitrary<StopTimes | undefined> => fc.record({ arrival: optional(time(from, to)), departure: optional(time(from, to)) }).map(given).map((value) => (Object.keys(value).length === 0 ? undefined : value));

const place: fc.Arbitrary<Place> = fc.record({
  name: optional(text(40)), city: optional(text(30)), region: optional(text(10)), postalCode: optional(text(10)), country: optional(fc.constantFrom('DE', 'US', 'NL')),
  point: optional(fc.record({ latitude: fc.integer({ min: -9000, max: 9000 }), longitude: fc.integer({ min: -18_000, max: 18_000 }) }).filter(({ latitude, longitude }) => latitude !== 0 || longitude !== 0)),
}).map(({ point, ...rest }) => ({ ...given(rest), ...(point === undefined ? {} : { latitude: point.latitude / 100 + 0, longitude: point.longitude / 100 + 0 }) }));

/** Names as whoever reads under this connection gives them back. */
const reference = (connection: string): fc.Arbitrary<Reference> => fc.tuple(fc.constantFrom('delivery_order', 'bill_of_lading', 'tracking'), fc.integer({ min: 1, max: 30 }))
  .map(([kind, number]) => ({ kind, issuer: kind === 'tracking' ? '*' : connection, value: `${kind === 'delivery_order' ? 'WH/OUT/' : kind === 'tracking' ? '1Z' : 'BL-'}${number}` }));
const references = (connection: string) => fc.uniqueArray(reference(connection), { maxLength: 4, selector: ({ kind, value }) => `${kind} ${value}` });

const stop = (connection: string): fc.Arbitrary<Omit<LoadStop, 'sequence'>> => fc.record({
  id: fc.oneof(fc.uuid(), text(20)), facilityCode: optional(text(12)), place: optional(place), loaded: references(connection), unloaded: references(connection), isMeant: fc.boolean(),
  window: optional(fc.record({ from: optional(time('2026-03-01T00:00:00Z', '2026-03-20T00:00:00Z')), to: optional(time('2026-03-01T00:00:00Z', '2026-03-20T00:00:00Z')) }).map(given)),
  planned: times('2026-03-01T00:00:00Z', '2026-03-20T00:00:00Z'), estimated: times('2026-03-01T00:00:00Z', '2026-03-20T00:00:00Z'), actual: times('2026-03-01T00:00:00Z', statedAt),
  waits: fc.array(fc.record({ from: optional(time('2026-03-01T00:00:00Z', statedAt)), to: optional(time('2026-03-01T00:00:00Z', statedAt)), reason: optional(text(30)) }).map(given), { minLength: 1, maxLength: 2 }),
}).map(({ isMeant, place: where, window, waits, ...rest }) => ({
  ...given(rest), id: rest.id, loaded: rest.loaded, unloaded: rest.unloaded, kind: rest.loaded.length > 0 ? 'PICKUP' as const : rest.unloaded.length > 0 || isMeant ? 'DELIVERY' as const : 'OTHER' as const,
  ...(where === undefined || Object.keys(where).length === 0 ? {} : { place: where }), ...(window === undefined || Object.keys(window).length === 0 ? {} : { window }), ...(rest.actual === undefined || !isMeant ? {} : { waits }),
}));

const rawStates: Readonly<Record<string, string>> = { UNKNOWN: 'unknown', DRAFT: 'draft', REQUESTED: 'requested', CONFIRMED: 'confirmed', IN_TRANSIT: 'inTransit', COMPLETED: 'completed', CANCELLED: 'cancelled' };

/** A load with anything that Open Trip Model can say of one. */
export const anyLoad = (connection: string): fc.Arbitrary<LoadRecord> => fc.record({
  name: text(30), state: fc.constantFrom(...loadStates), carrier: optional(text(20)), truck: optional(text(12)), trailer: optional(text(12)),
  stops: fc.uniqueArray(stop(connection), { maxLength: 5, selector: ({ id }) => id }),
}).map(({ stops, name, state, ...rest }) => ({ name, state, rawState: rawStates[state]!, ...given(rest), stops: stops.map((each, index) => ({ ...each, sequence: index + 1 })) }));
