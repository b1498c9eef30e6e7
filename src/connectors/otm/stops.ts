import type { Anomaly, Place } from '../../model/facts.js';
import { isPoint } from '../../model/geo.js';
import { normalizeReferenceValue, trackingReference, type Reference } from '../../model/references.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import type { Entities } from './associations.js';
import { lifecycles, nameAttributes, stopAttribute, transitLocations, type Slot } from './codes.js';
import { action, consignment, constraintPart, constraints, location, named, timeWindow, type Action, type GeoReference, type Location, type Trip } from './payloads.js';

/** What a trip says of one stop, in all lifecycles together. */
export interface ReadStop {
  id: string;
  /** Place in the order of the stops, from 1. */
  sequence: number;
  facilityCode?: string;
  place?: Place;
  /** A carrier's own yard. */
  isTransit: boolean;
  window?: { from?: ZonedInstant; to?: ZonedInstant };
  times: Partial<Record<Slot, { arrival?: ZonedInstant; departure?: ZonedInstant }>>;
  /** Whether something is loaded or unloaded there, named or not. */
  isLoading: boolean;
  isUnloading: boolean;
  handlings: Handling[];
  /** What else is done there. */
  others: OtherAction[];
}

/** One consignment that is loaded or unloaded there. */
export interface Handling {
  action: 'load' | 'unload';
  /** Its names, the first of which facts are recorded under. */
  names: Reference[];
  /** Of an action that is over; without a status where the source says no more than that. */
  result?: { status?: string; reason?: string; occurred?: ZonedInstant };
  /** Papers of the handling are there. */
  hasDocuments?: true;
}

/** Trailers that are attached or left, goods that are handed over, and waiting. */
export interface OtherAction {
  id: string;
  action: 'attach' | 'detach' | 'handOver' | 'wait';
  slot: Slot;
  from?: ZonedInstant;
  to?: ZonedInstant;
  /** Of the trailer. */
  label?: string;
  /** Of the consignment that is handed over. */
  names: Reference[];
  /** Why somebody waits. */
  reason?: string;
  hasDocuments: boolean;
}

export interface StopContext {
  entities: Entities;
  connection: string;
  zone: string;
  observedAt: string;
  anomalies: Anomaly[];
}

/** More than any truck visits, and than any stop handles. */
const maxStops = 200;
const maxHandlings = 1_000;

/** The stops of a trip in their order. An action of a stop is given once for each lifecycle, under one id. */
export function readStops(trip: Trip, context: StopContext): ReadStop[] {
  const actions = trip.actions.flatMap((raw) => readAction(raw, context));
  const groups = new Map<string, Action[]>();
  actions.filter((each) => each.actionType === 'stop').forEach((each, index) => {
    const id = filled(each.id) ?? `#${each.sequenceNr ?? index}`;
    groups.set(id, [...(groups.get(id) ?? []), each]);
  });
  if (groups.size > maxStops) context.anomalies.push({ kind: 'TOO_MANY', message: `The trip has ${groups.size} stops; the first ${maxStops} are read.`, severity: 'HIGH' });
  const ordered = [...groups].slice(0, maxStops).map(([id, stops], index) => ({ id, stops, number: numberOf(stops) ?? index }));
  ordered.sort((a, b) => a.number - b.number);
  return ordered.map(({ id, stops }, index) => {
    const handled = stops.flatMap((stop) => (stop.actions ?? []).flatMap((raw) => readAction(raw, context)));
    // An action may also stand beside the stops and say at which it takes place.
    const beside = actions.filter((each) => each.actionType !== 'stop' && context.entities.idOf(each.stop) === id);
    return readStop(id, index + 1, stops, [...handled, ...beside], context);
  });
}

/** The id that the stop has where it was planned, where that is no UUID: what is told of our loads carries it. */
function givenId(stops: readonly Action[]): string | undefined {
  const given = stops.map((stop) => stop.externalAttributes?.[stopAttribute]).find((value) => typeof value === 'string');
  return filled(given as string | undefined);
}

function readAction(raw: unknown, context: StopContext): Action[] {
  const parsed = action.safeParse(context.entities.of(raw) ?? raw);
  return parsed.success ? [parsed.data] : [];
}

function numberOf(stops: readonly Action[]): number | undefined {
  const numbers = stops.map((stop) => stop.sequenceNr).filter((number) => number != null && Number.isFinite(number)) as number[];
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

function readStop(id: string, sequence: number, stops: readonly Action[], actions: readonly Action[], context: StopContext): ReadStop {
  const place = stops.map((stop) => location.safeParse(context.entities.of(stop.location))).find((parsed) => parsed.success)?.data;
  const code = place === undefined ? undefined : facilityCodeOf(place);
  const where = place === undefined ? undefined : placeOf(place);
  const window = stops.map((stop) => windowOf(stop, context)).find((found) => found !== undefined);
  return {
    id: clip(givenId(stops) ?? id, maxReferenceLength), sequence, isTransit: transitLocations.has(place?.type ?? ''), times: timesOf(stops, context), handlings: handlingsOf(actions, context), others: othersOf(actions, context),
    isLoading: actions.some((each) => each.actionType === 'load'), isUnloading: actions.some((each) => each.actionType === 'unload'),
    ...(code === undefined ? {} : { facilityCode: code }), ...(where === undefined ? {} : { place: where }), ...(window === undefined ? {} : { window }),
  };
}

function timesOf(stops: readonly Action[], context: StopContext): ReadStop['times'] {
  const times: ReadStop['times'] = {};
  for (const { lifecycle, startTime, endTime } of byRank(stops)) {
    const { slot } = lifecycleOf(lifecycle);
    for (const [moment, stated] of [['arrival', startTime], ['departure', endTime]] as const) {
      const time = timeOf(stated, context);
      if (time === undefined) continue;
      // While a stop takes place, its end is only expected.
      const isAhead = lifecycle === 'actual' && time.instant > context.observedAt;
      const target = isAhead ? 'estimated' : slot;
      times[target] = { ...times[target], [moment]: time };
    }
  }
  return times;
}

function lifecycleOf(lifecycle: string | null | undefined): { slot: Slot; rank: number } {
  return rowOf(lifecycles, lifecycle ?? 'planned') ?? lifecycles['planned']!;
}

/** The weightier lifecycle last, so that it stands. */
function byRank(actions: readonly Action[]): Action[] {
  return [...actions].sort((a, b) => lifecycleOf(a.lifecycle).rank - lifecycleOf(b.lifecycle).rank);
}

function handlingsOf(actions: readonly Action[], context: StopContext): Handling[] {
  const found = new Map<string, Handling>();
  for (const each of byRank(actions)) {
    if (each.actionType !== 'load' && each.actionType !== 'unload') continue;
    const names = namesOf(each, context);
    if (names.length === 0) continue;
    const key = `${each.actionType} ${names.map((name) => `${name.kind}:${name.value}`).join(' ')}`;
    const status = filled(each.result?.status);
    const reason = filled(each.result?.reason);
    const occurred = timeOf(each.endTime ?? each.startTime, context);
    const isOver = each.lifecycle === 'realized' || (each.lifecycle === 'actual' && status !== undefined);
    const result = { ...(status === undefined ? {} : { status: clip(status, 60) }), ...(reason === undefined ? {} : { reason: clip(reason, 60) }), ...(occurred === undefined ? {} : { occurred }) };
    found.set(key, { ...found.get(key), action: each.actionType, names, ...(isOver ? { result } : {}), ...(isOver && (each.documents ?? []).length > 0 ? { hasDocuments: true as const } : {}) });
  }
  if (found.size <= maxHandlings) return [...found.values()];
  context.anomalies.push({ kind: 'TOO_MANY', message: `A stop handles ${found.size} consignments; the first ${maxHandlings} are read.`, severity: 'HIGH' });
  return [...found.values()].slice(0, maxHandlings);
}

const otherActions = { attachTransportEquipment: 'attach', detachTransportEquipment: 'detach', handOver: 'handOver', wait: 'wait' } as const;

function othersOf(actions: readonly Action[], context: StopContext): OtherAction[] {
  return actions.slice(0, maxHandlings).flatMap((each, index): OtherAction[] => {
    const action = rowOf(otherActions, each.actionType);
    if (action === undefined) return [];
    const [from, to] = [timeOf(each.startTime, context), timeOf(each.endTime, context)];
    const label = labelOf(context.entities.of(each.transportEquipment));
    const reason = filled(each.reason);
    return [{
      id: clip(filled(each.id) ?? `#${each.sequenceNr ?? index}`, maxReferenceLength), action, slot: lifecycleOf(each.lifecycle).slot, names: action === 'handOver' ? namesOf(each, context) : [], hasDocuments: (each.documents ?? []).length > 0,
      ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...(label === undefined ? {} : { label }), ...(reason === undefined ? {} : { reason: clip(reason, 200) }),
    }];
  });
}

/** How people call a vehicle or a trailer. */
export function labelOf(entity: unknown): string | undefined {
  const parsed = named.safeParse(entity);
  const label = parsed.success ? (filled(parsed.data.licensePlate) ?? filled(parsed.data.name)) : undefined;
  return label === undefined ? undefined : clip(label, 60);
}

/** How the consignment is called: its name, and what its external attributes say. */
function namesOf(each: Action, { entities, connection, anomalies }: StopContext): Reference[] {
  const parsed = consignment.safeParse(entities.of(each.consignment));
  if (!parsed.success) return [];
  const stated = [['delivery_order', parsed.data.name] as const, ...Object.entries(nameAttributes).map(([key, kind]) => [kind, parsed.data.externalAttributes?.[key]] as const)];
  const names = stated.flatMap(([kind, value]): Reference[] => {
    const known = typeof value === 'string' ? normalizeReferenceValue(value) : '';
    if (known === '') return [];
    if (known.length > maxReferenceLength) {
      anomalies.push({ kind: 'FIELD_INVALID', message: `A name of a consignment is longer than ${maxReferenceLength} characters and was left out.`, severity: 'MEDIUM' });
      return [];
    }
    return [kind === 'tracking' ? trackingReference(null, known) : { kind, issuer: connection, value: known }];
  });
  return [...new Map(names.map((name) => [`${name.kind} ${name.value}`, name])).values()];
}

function windowOf(stop: Action, context: StopContext): ReadStop['window'] {
  const entity = context.entities.of(stop.constraint);
  const alone = timeWindow.safeParse(entity);
  const several = constraints.safeParse(entity);
  const value = alone.success ? alone.data.value : several.success && several.data.value.type === 'andConstraint' ? (several.data.value.and ?? []).map((part) => constraintPart.safeParse(part).data).find((part) => part !== undefined) : undefined;
  if (value === undefined) return undefined;
  const [from, to] = [timeOf(value.startTime, context), timeOf(value.endTime, context)];
  return from === undefined && to === undefined ? undefined : { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export function timeOf(text: string | null | undefined, { zone, anomalies }: Pick<StopContext, 'zone' | 'anomalies'>): ZonedInstant | undefined {
  const known = filled(text);
  if (known === undefined) return undefined;
  const local = parseLocalTime(known);
  const time = local === null ? parseOffsetTime(known) : instantOfLocal(local, zone, true);
  if (time === null) anomalies.push({ kind: 'TIME_INVALID', message: `${clip(known, 40)} is no plausible time. It was left out.`, severity: 'MEDIUM' });
  return time ?? undefined;
}

/** The code that others know the place by: one of our own attribute, else its GLN. */
function facilityCodeOf(place: Location): string | undefined {
  const code = place.externalAttributes?.['facilityCode'];
  const known = filled(typeof code === 'string' ? code : null) ?? filled(place.gln);
  return known === undefined || known.length > maxReferenceLength ? undefined : known;
}

function placeOf(of: Location): Place | undefined {
  const at = of.administrativeReference ?? of.geoReference;
  const name = filled(of.name);
  const city = filled(at?.city);
  const postalCode = filled(at?.postalCode);
  const country = filled(at?.country)?.toUpperCase();
  const point = pointOf(of.geoReference);
  const region = filled(at?.region);
  const place: Place = {
    ...(name === undefined ? {} : { name: clip(name, 200) }), ...(city === undefined ? {} : { city: clip(city, 100) }), ...(region === undefined ? {} : { region: clip(region, 100) }), ...(postalCode === undefined ? {} : { postalCode: clip(postalCode, 20) }),
    ...(country !== undefined && /^[A-Z]{2}$/.test(country) ? { country } : {}),
    ...point,
  };
  return Object.keys(place).length === 0 ? undefined : place;
}

/** Nothing where it is no point on earth. */
export function pointOf(of: GeoReference | null | undefined): { latitude: number; longitude: number } | undefined {
  const [longitude, latitude] = of?.geometry?.coordinates ?? [of?.lon, of?.lat];
  const point = { latitude: latitude ?? NaN, longitude: longitude ?? NaN };
  return isPoint(point) ? point : undefined;
}
