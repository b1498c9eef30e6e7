import { hubs, warehouse, type CarrierName } from '../parcel/places.js';
import { warehouseSite } from '../telematics/geography.js';

/** A collection run: from the warehouse to the yard of the parcel carrier. */
export interface Trip {
  id: string;
  name: string;
  status: 'requested' | 'confirmed' | 'inTransit' | 'completed' | 'cancelled';
  hub: CarrierName;
  haulier: string;
  licensePlate: string;
  /** Names of the deliveries on it. */
  deliveries: string[];
  pickup: StopTimes;
  dropOff: StopTimes;
  createdMs: number;
  changedMs: number;
}

/** Milliseconds UTC. */
export interface StopTimes {
  planned: [arrivalMs: number, departureMs: number];
  /** When it is expected, where that is known better than planned. */
  projectedMs?: number;
  arrivedMs?: number;
  departedMs?: number;
}

/** The trip in Open Trip Model 5: one stop action for each lifecycle, under one id. */
export function tripObject(trip: Trip): Record<string, unknown> {
  const site = { entityType: 'location', id: idOf(trip, 'site'), name: 'Harbor Supply Memphis', type: 'warehouse', externalAttributes: { facilityCode: warehouseSite.code }, administrativeReference: address(warehouse) };
  const hub = hubs[trip.hub].origin;
  const yard = { entityType: 'location', id: idOf(trip, 'yard'), name: `${trip.hub} ${hub.city}`, type: 'operationalBase', administrativeReference: address(hub) };
  return {
    entityType: 'trip', id: trip.id, name: trip.name, status: trip.status, transportMode: 'road', creationDate: iso(trip.createdMs), lastModified: iso(trip.changedMs),
    vehicle: inline({ entityType: 'vehicle', id: idOf(trip, 'truck'), vehicleType: 'truck', licensePlate: trip.licensePlate }),
    actors: [
      { ...inline({ entityType: 'actor', id: idOf(trip, 'shipper'), name: 'Harbor Supply' }), roles: ['shipper'] },
      { ...inline({ entityType: 'actor', id: idOf(trip, 'carrier'), name: trip.haulier }), roles: ['carrier'] },
    ],
    actions: [...stopActions(trip, 0, trip.pickup, site, 'load'), ...stopActions(trip, 1, trip.dropOff, yard, 'unload')],
  };
}

function stopActions(trip: Trip, sequenceNr: number, times: StopTimes, location: { id: string }, handling: 'load' | 'unload'): object[] {
  const stop = { actionType: 'stop', id: idOf(trip, `stop${sequenceNr}`), sequenceNr };
  const handled = (lifecycle: string, more: object = {}) => trip.deliveries.map((name, index) => inline({
    actionType: handling, id: idOf(trip, `${handling}${name}`), lifecycle,
    // Given whole where it is loaded first, referred to afterwards.
    consignment: sequenceNr === 0 && lifecycle === 'planned' ? inline({ entityType: 'consignment', id: idOf(trip, name), name, goods: [] }) : reference('consignment', idOf(trip, name)),
    ...more, sequenceNr: index,
  }));
  const { planned, projectedMs, arrivedMs, departedMs } = times;
  const known = reference('location', location.id);
  return [
    inline({ ...stop, lifecycle: 'planned', location: inline(location), startTime: iso(planned[0]), endTime: iso(planned[1]), actions: handled('planned') }),
    ...(projectedMs === undefined || arrivedMs !== undefined ? [] : [inline({ ...stop, lifecycle: 'projected', location: known, startTime: iso(projectedMs) })]),
    ...(arrivedMs === undefined ? [] : [inline({
      ...stop, lifecycle: departedMs === undefined ? 'actual' : 'realized', location: known, startTime: iso(arrivedMs), ...(departedMs === undefined ? {} : { endTime: iso(departedMs) }),
      actions: departedMs === undefined ? [] : handled('realized', { endTime: iso(departedMs), result: { status: 'succeeded' } }),
    })]),
  ];
}

function address(place: { city: string; country: string; zip: string }) {
  return { city: place.city, country: place.country, postalCode: place.zip };
}

function inline(entity: object): { associationType: string; entity: object } {
  return { associationType: 'inline', entity };
}

function reference(entityType: string, uuid: string): object {
  return { associationType: 'reference', entityType, uuid };
}

/** Unique within the trip and the same in every message. */
function idOf(trip: Trip, part: string): string {
  return `${trip.id}:${part}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
