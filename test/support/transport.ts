import type { TestServer } from './databases.js';
import { json, send, type Answer } from './partners.js';

export const transportSecrets = { tms: 'token-of-the-tms', dock: 'token-of-the-dock' } as const;

/** Adds the connections `tms` (Open Trip Model) and `dock` (Opendock). */
export async function addTransportConnections(server: TestServer): Promise<void> {
  for (const [id, connector] of [['tms', 'otm'], ['dock', 'opendock']] as const) {
    await server.connections.add({ id, connector, company: 'main', settings: {}, secrets: { webhookSecret: transportSecrets[id] } });
  }
}

export function postTransport(server: TestServer, connection: 'tms' | 'dock', body: string): Promise<Answer> {
  return send(`${server.url}/ingest/${connection}`, { method: 'POST', headers: { ...json, authorization: `Bearer ${transportSecrets[connection]}` }, body });
}

export interface TestStop {
  /** Names of consignments. */
  load?: string[];
  unload?: string[];
  code?: string;
  name?: string;
  type?: string;
  planned?: [from: string, to?: string];
  projected?: [from: string, to?: string];
  realized?: [from: string, to?: string];
  result?: string;
}

/** A trip in Open Trip Model 5. */
export function otmTrip(id: string, of: { at: string; name?: string; status?: string; carrier?: string; truck?: string; stops: TestStop[] }): object {
  const actions = of.stops.flatMap((stop, index) => (['planned', 'projected', 'realized'] as const).flatMap((lifecycle) => {
    const times = stop[lifecycle];
    if (times === undefined && lifecycle !== 'planned') return [];
    const handled = (['load', 'unload'] as const).flatMap((actionType) => (stop[actionType] ?? []).map((name) => inline({
      actionType, id: `${id}-${index}-${actionType}-${name}`, lifecycle, consignment: inline({ entityType: 'consignment', id: `c-${name}`, name }),
      ...(lifecycle === 'realized' && stop.result !== undefined ? { result: { status: stop.result } } : {}),
    })));
    return [inline({
      actionType: 'stop', id: `${id}-${index}`, lifecycle, sequenceNr: index, ...(times === undefined ? {} : { startTime: times[0], endTime: times[1] }), actions: handled,
      location: inline({ entityType: 'location', id: `l-${stop.name ?? index}`, name: stop.name ?? `Place ${index}`, type: stop.type ?? 'customer', ...(stop.code === undefined ? {} : { externalAttributes: { facilityCode: stop.code } }) }),
    })];
  }));
  return {
    entityType: 'trip', id, name: of.name ?? id.toUpperCase(), status: of.status ?? 'confirmed', lastModified: of.at, ...(of.truck === undefined ? {} : { vehicle: inline({ entityType: 'vehicle', id: `v-${of.truck}`, name: of.truck }) }),
    actors: of.carrier === undefined ? [] : [{ ...inline({ entityType: 'actor', id: `a-${of.carrier}`, name: of.carrier }), roles: ['carrier'] }], actions,
  };
}

function inline(entity: object) {
  return { associationType: 'inline', entity };
}

export function dockAppointment(id: string, of: { at: string; start: string; end?: string; status?: string; numbers: string[]; warehouse?: string; carrier?: string; direction?: string; dock?: string }): object {
  return {
    entity: 'Appointment', operation: 'Update',
    data: {
      id, lastChangedDateTime: of.at, isActive: true, type: 'Standard', status: of.status ?? 'Scheduled', start: of.start, ...(of.end === undefined ? {} : { end: of.end }), refNumber: of.numbers[0] ?? '', refNumbers: of.numbers,
      confirmationNumber: `C-${id}`, dock: { id: `dock-${id}`, name: of.dock ?? 'Door 4', warehouseId: of.warehouse ?? 'w1' }, loadType: { direction: of.direction ?? 'Outbound' },
      user: { company: { name: of.carrier ?? 'Delta Haulage' } },
    },
  };
}

export function dockVisit(id: string, of: { at: string; appointment?: string; events: Record<string, string>; warehouse?: string; carrier?: string; plate?: string; trailer?: string }): object {
  return {
    entity: 'AssetVisit', operation: 'Update',
    data: {
      id, lastChangedDateTime: of.at, warehouseId: of.warehouse ?? 'w1', ...(of.appointment === undefined ? {} : { appointmentId: of.appointment }), visitType: 'LiveLoad', licensePlate: of.plate ?? 'TN-48-PX', phone: '+15550100', ...(of.trailer === undefined ? {} : { assetContainers: [{ code: of.trailer }] }),
      ...(of.carrier === undefined ? {} : { companyHint: of.carrier }), assetVisitEvents: Object.entries(of.events).map(([eventType, createDateTime]) => ({ eventType, createDateTime })),
    },
  };
}

export function dockWarehouse(id: string, of: { at: string; code: string; name?: string }): object {
  return { entity: 'Warehouse', operation: 'Create', data: { id, lastChangedDateTime: of.at, isActive: true, name: of.name ?? 'Northwind Memphis', facilityNumber: of.code, timezone: 'America/Chicago', city: 'Memphis', country: 'US' } };
}
