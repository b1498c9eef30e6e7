import type { Anomaly, Fact } from '../../model/facts.js';
import { normalizeReferenceValue, type Reference } from '../../model/references.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { rowOf } from '../kit/table.js';
import { clip, factKeyOf, filled, maxReferenceLength } from '../kit/text.js';
import { estimateEvents, ignoredOperations, routeOperations, stopCodes, type StopRole } from './codes.js';
import { routeChange, routeStop, type RouteStop } from './payloads.js';
import type { SamsaraSettings } from './settings.js';

/** More shipments than any stop is for. */
const maxShipments = 100;

/**
 * What an event of a route's stop means for the shipments that the stop names. Times are those of the stop: `eventTime` of the
 * envelope is 1970 in Samsara's own sample.
 * @throws UnreadableMessage where it is no stop
 */
export function stopFacts(type: string, data: unknown, message: RawMessage, settings: Pick<SamsaraSettings, 'shipmentExternalId'>, anomalies: Anomaly[]): Fact[] {
  const parsed = routeStop.safeParse(data);
  if (!parsed.success) throw new UnreadableMessage('The event has no `data.routeStopDetails` with an id.');
  return factsAt(type, parsed.data, planOf(parsed.data.route, nameOf(settings)), message, settings, anomalies, false);
}

const nameOf = ({ shipmentExternalId = 'shipment' }: Pick<SamsaraSettings, 'shipmentExternalId'>) => shipmentExternalId;

/** @param isCorrected the time of the stop was changed later: it is not that of the event */
function factsAt(type: string, of: RouteStop, plan: Plan, message: RawMessage, settings: Pick<SamsaraSettings, 'shipmentExternalId'>, anomalies: Anomaly[], isCorrected: boolean): Fact[] {
  const name = nameOf(settings);
  const references = shipmentsOf(of, plan, name, message.connection);
  if (references.length === 0) {
    anomalies.push({ kind: 'NO_SHIPMENT', message: `A stop names no shipment in its external id ${name}: what happens there is not read.`, severity: 'LOW', rawCode: 'route stop without shipment' });
    return [];
  }
  const stated = parseOffsetTime(of.time ?? '');
  const observedAt = stated?.instant ?? message.receivedAt;
  if (estimateEvents.has(type)) {
    const estimated = parseOffsetTime(of.routeStopDetails.eta ?? '');
    if (estimated !== null) {
      const known = references.map((reference) => ({ reference, role: roleOf(of, reference, plan) })).filter(({ role }) => role !== 'unknown');
      if (known.length < references.length) anomalies.push({ kind: 'FIELD_INVALID', message: 'For some shipments the route does not say whether the stop loads or unloads them: the expected time there is not read.', severity: 'LOW', rawCode: 'route stop without role' });
      return known.flatMap(({ reference, role }) => estimateOf(reference, role, estimated, observedAt));
    }
    anomalies.push({ kind: 'TIME_INVALID', message: 'The stop has no plausible `eta`. It was left out.', severity: 'LOW' });
    return [];
  }
  const actual = type === 'RouteStopArrival' ? of.routeStopDetails.actualArrivalTime : of.routeStopDetails.actualDepartureTime;
  const occurred = isCorrected ? parseOffsetTime(actual ?? '') : (stated ?? parseOffsetTime(actual ?? ''));
  if (occurred === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `${type} has no plausible time${isCorrected ? '' : ' in `data.time`'}. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  return references.map((reference): Fact => {
    const code = rowOf(stopCodes, `${type}.${roleOf(of, reference, plan)}`) ?? 'INFO';
    return { type: 'milestone.reported', reference, factKey: factKeyOf(type, clip(of.routeStopDetails.id, 60)), observedAt, payload: { code, classifier: 'ACTUAL', occurred, rawCode: type } };
  });
}

/** What the feed of routes says changed: the same facts as the webhooks, which may be lost. */
export function routeChangeFacts(data: readonly unknown[], message: RawMessage, settings: Pick<SamsaraSettings, 'shipmentExternalId'>, anomalies: Anomaly[]): Fact[] {
  return data.flatMap((raw): Fact[] => {
    const parsed = routeChange.safeParse(raw);
    if (!parsed.success) {
      anomalies.push({ kind: 'ITEM_INVALID', message: 'An entry of the feed of routes has no operation and was left out.', severity: 'LOW' });
      return [];
    }
    const { operation, time, route, changes } = parsed.data;
    const known = rowOf(routeOperations, operation);
    if (known === undefined) {
      if (!ignoredOperations.has(operation)) anomalies.push({ kind: 'UNKNOWN_CODE', message: `Samsara's operation ${clip(operation, 60)} of routes is in no table and was not read.`, severity: 'LOW', rawCode: clip(operation, 60) });
      return [];
    }
    const plan = planOf(route, nameOf(settings));
    // Only what changed is there: of a stop whose other fields changed nothing is said. A stop changes once in an entry.
    const changed = new Map((changes?.after?.stops ?? []).map((stop) => [filled(stop?.id), stop]));
    return [...changed].flatMap(([id, stop]) => {
      if (stop == null || id === undefined || filled(stop[known.time]) === undefined) return [];
      const details = { id, eta: stop.eta, actualArrivalTime: stop.arrivalTime, actualDepartureTime: stop.departureTime };
      return factsAt(known.event, { time, route, routeStopDetails: details }, plan, message, settings, anomalies, operation.endsWith('time updated'));
    });
  });
}

function estimateOf(reference: Reference, role: StopRole, estimated: ZonedInstant, observedAt: string): Fact[] {
  const of = role === 'pickup' ? 'PICKUP' : 'DELIVERY';
  return [
    { type: 'estimate.reported', reference, factKey: factKeyOf(`estimate:${of}`, observedAt, estimated.instant), observedAt, payload: { of, estimated } },
    ...(of === 'PICKUP' ? [] : [{ type: 'milestone.reported' as const, reference, factKey: factKeyOf('eta', estimated.instant), observedAt, payload: { code: 'ETA_UPDATED' as const, classifier: 'ESTIMATED' as const, occurred: estimated, rawCode: 'eta' } }]),
  ];
}

/** What a route says of its stops, looked through once: a route may have as many stops as fit in a message, and each may be told of. */
interface Plan {
  /** Place of each stop by its id, the first of a repeated one. */
  places: Map<string, number>;
  /** The names in the external id of the stop at each place. */
  names: string[][];
  /** The places of the stops that name a shipment. */
  naming: Map<string, { first: number; last: number; all: Set<number> }>;
}

function planOf(route: RouteStop['route'], name: string): Plan {
  const plan: Plan = { places: new Map(), names: [], naming: new Map() };
  for (const [place, stop] of (route?.stops ?? []).entries()) {
    const names = namesIn(stop?.externalIds, name);
    plan.names.push(names);
    if (typeof stop?.id === 'string' && !plan.places.has(stop.id)) plan.places.set(stop.id, place);
    for (const value of names) {
      const known = plan.naming.get(value);
      if (known === undefined) plan.naming.set(value, { first: place, last: place, all: new Set([place]) });
      else {
        known.last = place;
        known.all.add(place);
      }
    }
  }
  return plan;
}

/** What the stop is for this shipment: where several stops of the route name it, the first loads and the last unloads; else the route's first loads, any other unloads. */
function roleOf({ routeStopDetails: { id } }: RouteStop, { value }: Reference, { places, naming }: Plan): StopRole {
  const place = places.get(id);
  if (place === undefined) return 'unknown';
  const named = naming.get(value);
  if (named === undefined || named.all.size < 2 || !named.all.has(place)) return place === 0 ? 'pickup' : 'delivery';
  return place === named.first ? 'pickup' : place === named.last ? 'delivery' : 'unknown';
}

/** Names in the stop's external id; the route lists the stops with theirs, too. */
function shipmentsOf({ routeStopDetails: { id, externalIds } }: RouteStop, { places, names }: Plan, name: string, connection: string): Reference[] {
  const own = namesIn(externalIds, name);
  const values = own.length > 0 ? own : (names[places.get(id) ?? -1] ?? []);
  return [...new Set(values)].slice(0, maxShipments).map((value) => ({ kind: 'delivery_order', issuer: connection, value }));
}

function namesIn(externalIds: Readonly<Record<string, unknown>> | null | undefined, name: string): string[] {
  const text = externalIds != null && Object.hasOwn(externalIds, name) ? externalIds[name] : undefined;
  return typeof text !== 'string' ? [] : text.split(',').map(normalizeReferenceValue).filter((value) => value !== '' && value.length <= maxReferenceLength);
}
