import type { Reference } from '../../model/references.js';
import type { LoadRecord, LoadStop } from '../../model/transport/records.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { Entities } from './associations.js';
import { tripStates } from './codes.js';
import { action, association, named, type Trip } from './payloads.js';
import type { ReadStop } from './stops.js';

/** The trip as a load. */
export function loadOf(trip: Trip, stops: readonly ReadStop[], entities: Entities): LoadRecord {
  const status = clip(filled(trip.status) ?? 'unknown', 60);
  const carrier = carrierOf(trip, entities);
  const truck = labelOf(entities.of(trip.vehicle));
  const trailer = trailerOf(trip, entities);
  return {
    name: clip(filled(trip.name) ?? trip.id, maxReferenceLength), state: rowOf(tripStates, status) ?? 'UNKNOWN', rawState: status,
    ...(carrier === undefined ? {} : { carrier }), ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }),
    stops: stops.map(loadStop),
  };
}

function loadStop({ id, sequence, facilityCode, place, window, times, handlings }: ReadStop): LoadStop {
  const planned = times.planned ?? times.requested;
  const names = (action: 'load' | 'unload') => distinct(handlings.filter((handling) => handling.action === action).flatMap((handling) => handling.names));
  const [loaded, unloaded] = [names('load'), names('unload')];
  return {
    id, sequence, kind: loaded.length > 0 ? 'PICKUP' : unloaded.length > 0 ? 'DELIVERY' : 'OTHER',
    ...(facilityCode === undefined ? {} : { facilityCode }), ...(place === undefined ? {} : { place }), ...(window === undefined ? {} : { window }),
    ...(planned === undefined ? {} : { planned }), ...(times.estimated === undefined ? {} : { estimated: times.estimated }), ...(times.actual === undefined ? {} : { actual: times.actual }),
    loaded, unloaded,
  };
}

function distinct(names: readonly Reference[]): Reference[] {
  return [...new Map(names.map((name) => [`${name.kind}:${name.issuer}:${name.value}`, name])).values()];
}

/** Name of the carrier; undefined where the trip names none. Who drives is left in the raw message. */
export function carrierOf(trip: Trip, entities: Entities): string | undefined {
  for (const actor of trip.actors ?? []) {
    const parsed = association.safeParse(actor);
    if (!parsed.success || !(parsed.data.roles ?? []).some((role) => role.toLowerCase() === 'carrier')) continue;
    const name = filled(named.safeParse(entities.of(actor)).data?.name);
    if (name !== undefined) return clip(name, 60);
  }
  return undefined;
}

/** The equipment that was attached last. */
function trailerOf(trip: Trip, entities: Entities): string | undefined {
  const attached = trip.actions.map((raw) => action.safeParse(entities.of(raw) ?? raw)).filter((parsed) => parsed.success && parsed.data.actionType === 'attachTransportEquipment');
  return attached.map((parsed) => labelOf(entities.of(parsed.data!.transportEquipment))).findLast((label) => label !== undefined);
}

function labelOf(entity: unknown): string | undefined {
  const parsed = named.safeParse(entity);
  const label = parsed.success ? (filled(parsed.data.licensePlate) ?? filled(parsed.data.name)) : undefined;
  return label === undefined ? undefined : clip(label, 60);
}
