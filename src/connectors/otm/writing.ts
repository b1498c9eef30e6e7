import { DateTime } from 'luxon';
import { isUuid, uuidOfName } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Reference } from '../../model/references.js';
import type { ZonedInstant } from '../../model/time.js';
import type { LoadPublication } from '../../model/transport/publication.js';
import type { LoadState, LoadStop, StopTimes } from '../../model/transport/records.js';
import { nameAttributes, stopAttribute } from './codes.js';

type Entity = { [name: string]: Json };

/** `status` of a trip; of one whose state is not known none is told. */
const statuses: Readonly<Record<LoadState, string | null>> = { UNKNOWN: null, DRAFT: 'draft', REQUESTED: 'requested', CONFIRMED: 'confirmed', IN_TRANSIT: 'inTransit', COMPLETED: 'completed', CANCELLED: 'cancelled' };

/**
 * A load as a trip. Every entity has an id that follows from the load and its own name, so that what is told again takes the place of
 * what was told before. A stop is told once for each lifecycle in which its times are known, always under one id.
 */
export function tripOf({ load, action, statedAt, record }: LoadPublication): Entity {
  const { name, carrier, truck, trailer, stops } = record;
  const status = statuses[action === 'CANCEL' ? 'CANCELLED' : record.state];
  const id = (...parts: readonly string[]) => uuidOfName(`otm:${load}:${parts.join(':')}`);
  const ordered = [...stops].sort((a, b) => a.sequence - b.sequence);
  return {
    entityType: 'trip', id: load, name, lastModified: statedAt, transportMode: 'road', ...(status === null ? {} : { status }),
    ...(truck === undefined ? {} : { vehicle: inline({ entityType: 'vehicle', id: id('vehicle', truck), name: truck, licensePlate: truck }) }),
    ...(carrier === undefined ? {} : { actors: [{ ...inline({ entityType: 'actor', id: id('actor', carrier), name: carrier }), roles: ['carrier'] }] }),
    actions: ordered.flatMap((stop, index) => stopActions(stop, index, id, index === 0 ? trailer : undefined)),
    ...(stops.length === 0 && trailer !== undefined ? { actions: [inline(attachment(trailer, id))] } : {}),
  };
}

type IdOf = (...parts: readonly string[]) => string;

/** The plan of a stop always, what is expected and what came to pass where that is known. What is done there stands in each of them. */
function stopActions(stop: LoadStop, index: number, id: IdOf, trailer: string | undefined): Json[] {
  const stopId = isUuid(stop.id) ? stop.id : id('stop', stop.id);
  const actual = stop.actual;
  const told: Array<[lifecycle: string, times: StopTimes | undefined]> = [
    ['planned', stop.planned ?? {}], ['projected', stop.estimated], [actual?.departure === undefined ? 'actual' : 'realized', actual],
  ];
  return told.flatMap(([lifecycle, times]) => (times === undefined ? [] : [inline({
    actionType: 'stop', id: stopId, lifecycle, sequenceNr: index, ...timesOf(times.arrival, times.departure), location: inline(locationOf(stop, id)), ...windowOf(stop, id),
    ...(stopId === stop.id ? {} : { externalAttributes: { [stopAttribute]: stop.id } }),
    actions: [
      ...(trailer === undefined ? [] : [inline({ ...attachment(trailer, id), lifecycle })]), ...handlings(stop, 'load', lifecycle, id), ...handlings(stop, 'unload', lifecycle, id),
      ...(lifecycle === 'actual' || lifecycle === 'realized' ? waits(stop, lifecycle, id) : []),
    ],
  })]));
}

/** At a stop of which is known what is done and not yet with what, an action without a consignment says so. */
function handlings(stop: LoadStop, actionType: 'load' | 'unload', lifecycle: string, id: IdOf): Json[] {
  const names = actionType === 'load' ? stop.loaded : stop.unloaded;
  const isMeant = actionType === 'load' ? stop.kind === 'PICKUP' : stop.kind === 'DELIVERY';
  if (names.length === 0) return isMeant ? [inline({ actionType, id: id(actionType, stop.id), lifecycle })] : [];
  return names.map((name) => inline({ actionType, id: id(actionType, stop.id, name.kind, name.issuer, name.value), lifecycle, consignment: inline(consignmentOf(name, id)) }));
}

/** Named as papers name it: what is a delivery's own name is the consignment's, other numbers stand beside it. */
function consignmentOf({ kind, issuer, value }: Reference, id: IdOf): Entity {
  const attribute = Object.entries(nameAttributes).find(([, known]) => known === kind && kind !== 'delivery_order')?.[0];
  return { entityType: 'consignment', id: id('consignment', kind, issuer, value), ...(attribute === undefined ? { name: value } : { externalAttributes: { [attribute]: value } }) };
}

function waits({ id: stop, waits: told = [] }: LoadStop, lifecycle: string, id: IdOf): Json[] {
  return told.map(({ from, to, reason }, index) => inline({ actionType: 'wait', id: id('wait', stop, String(index)), lifecycle, ...timesOf(from, to), ...(reason === undefined ? {} : { reason }) }));
}

function attachment(trailer: string, id: IdOf): Entity {
  return { actionType: 'attachTransportEquipment', id: id('attach', trailer), lifecycle: 'planned', transportEquipment: inline({ entityType: 'transportEquipment', id: id('trailer', trailer), name: trailer, licensePlate: trailer }) };
}

function locationOf({ id: stop, place = {}, facilityCode }: LoadStop, id: IdOf): Entity {
  const { name, city, region, postalCode, country, latitude, longitude } = place;
  const address = { ...(city === undefined ? {} : { city }), ...(region === undefined ? {} : { region }), ...(postalCode === undefined ? {} : { postalCode }), ...(country === undefined ? {} : { country }) };
  return {
    entityType: 'location', id: id('location', stop), ...(name === undefined ? {} : { name }), ...(Object.keys(address).length === 0 ? {} : { administrativeReference: address }),
    ...(latitude === undefined || longitude === undefined ? {} : { geoReference: { type: 'latLonPointGeoReference', lat: latitude, lon: longitude } }), ...(facilityCode === undefined ? {} : { externalAttributes: { facilityCode } }),
  };
}

function windowOf({ id: stop, window }: LoadStop, id: IdOf): Entity {
  return window === undefined ? {} : { constraint: inline({ entityType: 'constraint', id: id('window', stop), value: { type: 'timeWindowConstraint', ...timesOf(window.from, window.to) } }) };
}

function timesOf(start: ZonedInstant | undefined, end: ZonedInstant | undefined): Entity {
  return { ...(start === undefined ? {} : { startTime: textOf(start) }), ...(end === undefined ? {} : { endTime: textOf(end) }) };
}

/** With the offset of the place's clock at that time, where it is known. */
function textOf({ instant, zone }: ZonedInstant): string {
  const time = DateTime.fromISO(instant, { zone: zone === 'Z' ? 'UTC' : /^[+-]/.test(zone) ? `UTC${zone}` : zone });
  return zone === 'Z' || !time.isValid ? instant : time.toISO({ includeOffset: true })!;
}

function inline(entity: Entity): { [name: string]: Json } {
  return { associationType: 'inline', entity };
}
