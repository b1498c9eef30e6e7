import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { parseOffsetTime } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { Entities } from './associations.js';
import { ignoredEvents, tripStates } from './codes.js';
import { positionFacts } from './events.js';
import { carrierOf, loadOf } from './loads.js';
import { otherFacts } from './others.js';
import { event, trip, type Trip } from './payloads.js';
import type { OtmSettings } from './settings.js';
import { readStops } from './stops.js';
import { stopFacts } from './tracking.js';

/** A system sends trips as they change, not its whole history at once. */
const maxEntities = 1_000;
/** More facts than a message of any sense makes; a hostile one could multiply stops and consignments. */
const maxFacts = 20_000;

/**
 * Reads a trip, or an array of entities and events: trips, positions of vehicles, trips that an event says came or changed, and what
 * trips refer to. A trip is taken whole, as of its `lastModified`; without one, as of its `creationDate`, else of its arrival here.
 * @throws UnreadableMessage where there is no OTM entity in it
 */
export function decodeTrips(message: RawMessage, settings: Pick<OtmSettings, 'zone'> = {}): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0 || items.some((item) => item === null || typeof item !== 'object')) throw new UnreadableMessage('The body is no OTM entity, and no array of such.');
  if (items.length > maxEntities) throw new UnreadableMessage(`The body holds more than ${maxEntities} entities. Send fewer at a time.`);
  const context: MessageContext = { message, zone: settings.zone ?? message.zone, entities: new Entities(value), anomalies };
  const facts = new FactSet();
  const add = (found: readonly Fact[]) => {
    for (const fact of found) facts.add(fact);
    if (facts.list().length > maxFacts) throw new UnreadableMessage(`The message makes more than ${maxFacts} facts. Send fewer trips at a time.`);
  };
  // An event that tells of a change has an `entity` as well, and is no association.
  const unread = items.map((item) => ('eventType' in (item as object) ? item : (context.entities.of(item) ?? item))).filter((entity) => {
    const found = entityFacts(entity, context);
    if (found !== null) add(found);
    return found === null;
  });
  for (const entity of unread) if (!context.entities.isReferred(entity)) anomalies.push(notRead(entity));
  if (unread.length === items.length && !items.some((item) => typeof (item as { entityType?: unknown }).entityType === 'string')) throw new UnreadableMessage('The body is no OTM trip: it has no `id` and `actions`, and is no event.');
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

interface MessageContext {
  message: RawMessage;
  zone: string;
  entities: Entities;
  anomalies: Anomaly[];
}

/** Null where it is neither a trip nor an event. */
function entityFacts(entity: unknown, context: MessageContext): Fact[] | null {
  const parsed = trip.safeParse(entity);
  if (parsed.success && (parsed.data.entityType ?? 'trip') === 'trip') return [...tripFacts(parsed.data, context), ...(parsed.data.contextEvents ?? []).flatMap((raw) => eventFacts(raw, context) ?? [])];
  return eventFacts(entity, context);
}

function eventFacts(entity: unknown, context: MessageContext): Fact[] | null {
  const parsed = event.safeParse(entity);
  if (!parsed.success) return null;
  const of = parsed.data;
  if (of.eventType === 'locationUpdateEvent') return positionFacts(of, context);
  if (of.eventType === 'updateEvent' || of.eventType === 'associationCreatedEvent') {
    return [of.entity, of.entity1, of.entity2].flatMap((raw) => {
      const told = trip.safeParse(context.entities.of(raw));
      return told.success && (told.data.entityType ?? 'trip') === 'trip' ? tripFacts(told.data, context) : [];
    });
  }
  if (!ignoredEvents.has(of.eventType)) {
    const rawCode = clip(of.eventType, 60);
    context.anomalies.push({ kind: 'UNKNOWN_CODE', message: `The event ${rawCode} of Open Trip Model is in no table and was not read.`, severity: 'LOW', rawCode });
  }
  return [];
}

function tripFacts(of: Trip, { message, zone, entities, anomalies }: MessageContext): Fact[] {
  if (of.id.length > maxReferenceLength) {
    anomalies.push({ kind: 'FIELD_INVALID', message: `The id of a trip is longer than ${maxReferenceLength} characters. The trip was left out.`, severity: 'HIGH' });
    return [];
  }
  const stated = [of.lastModified, of.creationDate].map((text) => parseOffsetTime(filled(text) ?? '')).find((time) => time !== null);
  const observedAt = stated?.instant ?? message.receivedAt;
  const version = Date.parse(observedAt);
  const status = filled(of.status);
  if (status !== undefined && rowOf(tripStates, status) === undefined && status !== 'modified') {
    anomalies.push({ kind: 'UNKNOWN_CODE', message: `The trip status ${clip(status, 60)} is in no table; it was kept as raw state.`, severity: 'LOW', rawCode: clip(status, 60) });
  }
  const stops = readStops(of, { entities, connection: message.connection, zone, observedAt, anomalies });
  const carrier = carrierOf(of, entities);
  const context = { tripId: of.id, isCancelled: status === 'cancelled', observedAt, ...(carrier === undefined ? {} : { carrier }) };
  return [
    { type: 'load.reported', key: { kind: 'load', id: of.id }, factKey: `v${version}`, version, observedAt, payload: loadOf(of, stops, entities) },
    ...stops.flatMap((stop) => stopFacts(stop, context)),
    ...otherFacts(stops, context),
  ];
}

function notRead(entity: unknown): Anomaly {
  const path = trip.safeParse(entity).error?.issues[0]?.path.join('.') ?? '';
  const type = (entity as { entityType?: unknown }).entityType;
  const name = typeof type === 'string' ? clip(type, 60) : 'without entityType';
  if (name === 'trip' || typeof type !== 'string') return { kind: 'ENTITY_INVALID', message: `A trip cannot be read${path === '' ? '' : ` at ${clip(path, 100)}`} and was left out.`, severity: 'HIGH' };
  return { kind: 'ENTITY_IGNORED', message: `The OTM entity ${name} is not read by this connector; it reads trips with their actions, and positions.`, severity: 'LOW', rawCode: name };
}
