import type { Reference } from '../../model/references.js';
import type { LoadRecord, LoadStop } from '../../model/transport/records.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { Entities } from './associations.js';
import { tripStates } from './codes.js';
import { action, association, named, type Trip } from './payloads.js';
import { labelOf, type ReadStop } from './stops.js';

/** The trip as a load. */
export function loadOf(trip: Trip, stops: readonly ReadStop[], entities: Entities): LoadRecord {
  const status = clip(filled(trip.status) ?? 'unknown', 60);
  const carrier = carrierOf(trip, entities);
  // One that the message only refers to is known by its id, under which its positions come as well.
  const truck = labelOf(entities.of(trip.vehicle)) ?? idLabel(entities.idOf(trip.vehicle));
  const trailer = trailerOf(stops, trip, entities);
  return {
    name: clip(filled(trip.name) ?? trip.id, maxReferenceLength), state: rowOf(tripStates, status) ?? 'UNKNOWN', rawState: status,
    ...(carrier === undefined ? {} : { carrier }), ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }),
    stops: stops.map(loadStop),
  };
}

function loadStop({ id, sequence, facilityCode, place, window, times, handlings, isLoading, isUnloading, others }: ReadStop): LoadStop {
  const planned = times.planned ?? times.requested;
  const names = (action: 'load' | 'unload') => distinct(handlings.filter((handling) => handling.action === action).flatMap((handling) => handling.names));
  const waits = others.filter(({ action, slot }) => action === 'wait' && slot === 'actual').map(({ from, to, reason }) => ({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...(reason === undefined ? {} : { reason }) }));
  return {
    id, sequence, kind: isLoading ? 'PICKUP' : isUnloading ? 'DELIVERY' : 'OTHER',
    ...(facilityCode === undefined ? {} : { facilityCode }), ...(place === undefined ? {} : { place }), ...(window === undefined ? {} : { window }),
    ...(planned === undefined ? {} : { planned }), ...(times.estimated === undefined ? {} : { estimated: times.estimated }), ...(times.actual === undefined ? {} : { actual: times.actual }),
    loaded: names('load'), unloaded: names('unload'), ...(waits.length === 0 ? {} : { waits }),
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

/** The equipment that was attached last, at a stop or beside the stops, and not left since; what only is planned counts where nothing happened yet. */
function trailerOf(stops: readonly ReadStop[], trip: Trip, entities: Entities): string | undefined {
  const beside = trip.actions.map((raw) => action.safeParse(entities.of(raw) ?? raw)).filter((parsed) => parsed.success && parsed.data.actionType === 'attachTransportEquipment').map((parsed) => labelOf(entities.of(parsed.data!.transportEquipment)));
  const changes = stops.flatMap(({ others }) => others.filter((other) => other.action === 'attach' || other.action === 'detach'));
  const happened = changes.filter(({ slot }) => slot === 'actual');
  let trailer = beside.findLast((label) => label !== undefined);
  for (const { action: change, label } of happened.length > 0 ? happened : changes.filter((each) => each.action === 'attach').slice(0, 1)) trailer = change === 'attach' ? (label ?? trailer) : undefined;
  return trailer;
}

function idLabel(id: string | undefined): string | undefined {
  return id === undefined ? undefined : clip(id, 60);
}
