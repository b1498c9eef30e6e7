import { z } from 'zod';
import type { Anomaly, Fact, MilestonePayload } from '../../model/facts.js';
import type { Classifier } from '../../model/milestones.js';
import type { RawMessage } from '../contract.js';
import { rowOf, type Mapped } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { eventCodes, proofDocuments, stopCodes, stopEvents, type StopRole } from './codes.js';
import { identifiersIn, subjectsOf, vehicleOf } from './names.js';
import { event, historyStop, identifier, type History, type HistoryEvent } from './payloads.js';
import { positionFacts } from './positions.js';
import { FactMaker, placeOf, roleOf, timeOf, type KnownStop } from './stops.js';

const maxStops = 200;
const maxEvents = 5_000;
const segment = z.looseObject({ identifiers: z.array(identifier.catch({ type: 'UNKNOWN', value: '-' })).nullish().catch(null) });

/** Facts of a tracking history: its events with what was planned, is expected and came to pass, and where the truck was. */
export function historyFacts({ shipment, events, positions }: History, message: RawMessage, anomalies: Anomaly[]): Fact[] {
  const identifiers = identifiersIn(shipment.identifiers);
  const subjects = subjectsOf(identifiers, shipment.id ?? undefined, message.connection);
  if (subjects.list.length === 0) {
    anomalies.push({ kind: 'SHIPMENT_UNNAMED', message: 'The shipment has no identifier that names one (ORDER, BILL_OF_LADING, PRO). It was left out.', severity: 'MEDIUM' });
    return [];
  }
  const make = new FactMaker(subjects);
  const stops = stopsOf(shipment, make);
  const read = (events ?? []).slice(-maxEvents).flatMap((raw): HistoryEvent[] => {
    const parsed = event.safeParse(raw);
    if (!parsed.success) anomalies.push({ kind: 'ITEM_INVALID', message: 'An event without its type was left out.', severity: 'MEDIUM' });
    return parsed.success ? [parsed.data] : [];
  });
  // The truck of the last segment is the one that drives now.
  const segments = (shipment.routeInfo?.routeSegments ?? []).slice(-maxStops).flatMap((raw) => segment.safeParse(raw).data?.identifiers ?? []);
  return [...read.flatMap((each) => eventFacts(each, stops, make, message, anomalies)), ...positionFacts(positions ?? [], vehicleOf([...identifiers, ...segments.reverse()]), anomalies)];
}

function stopsOf({ routeInfo }: History['shipment'], make: FactMaker): Map<string, KnownStop> {
  const stated = (routeInfo?.stops ?? []).slice(0, maxStops).flatMap((raw) => {
    const parsed = historyStop.safeParse(raw);
    return parsed.success ? [parsed.data] : [];
  });
  return new Map(stated.map(({ id, type, location }, index): [string, KnownStop] => {
    const place = placeOf(location?.name, location?.address, location?.coordinates);
    return [id, { sequence: index + 1, role: roleByType(type, index + 1, stated.length, make.areSeveral), ...(place === undefined ? {} : { place }) }];
  }));
}

/** Histories type their stops; what is neither where it begins nor where it ends is on the way. */
function roleByType(type: string | null | undefined, sequence: number, count: number, areSeveral: boolean): StopRole {
  if (areSeveral) return 'unknown';
  if (type === 'ORIGIN') return 'pickup';
  if (type === 'DESTINATION') return 'delivery';
  return roleOf(sequence, count, areSeveral);
}

function eventFacts(of: HistoryEvent, stops: ReadonlyMap<string, KnownStop>, make: FactMaker, message: RawMessage, anomalies: Anomaly[]): Fact[] {
  const stop = of.stopId == null ? undefined : stops.get(of.stopId);
  const type = clip(of.type.trim().toUpperCase(), 60);
  const role = stop?.role ?? (make.areSeveral ? 'unknown' : 'transit');
  const mapped = codeOf(type, of, role);
  if (mapped === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `The event ${type} of project44 is in no table; it was kept as INFO.`, severity: 'LOW', rawCode: type });
  const [actual, expected, planned] = [of.dateTime, of.estimateDateTime, of.plannedDateTime].map((text) => timeOf(text, null, message.zone));
  if (actual == null && expected == null && planned == null) {
    if (filled(of.dateTime) !== undefined) anomalies.push({ kind: 'TIME_INVALID', message: `${type} has no plausible time. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const receivedAt = timeOf(of.receivedDateTime, null, message.zone)?.instant ?? message.receivedAt;
  const text = filled(of.description);
  const payload = (classifier: Classifier, occurred: MilestonePayload['occurred'], rawText = text): MilestonePayload => ({
    code: mapped?.code ?? 'INFO', classifier, occurred, rawCode: type, ...(stop === undefined ? {} : { stop: stop.sequence }), ...(rawText === undefined ? {} : { rawText: clip(rawText, 500) }),
    ...(mapped?.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }), ...(stop?.place === undefined ? {} : { place: stop.place }),
  });
  const at = clip(of.stopId ?? '', 100);
  // A truck comes once to a stop of a shipment: another time of the same is a correction. All else may happen again.
  const isOnce = stop !== undefined && Object.hasOwn(stopEvents, type);
  const facts: Fact[] = actual == null ? [] : make.milestone(['event', type, at, 'ACTUAL', ...(isOnce ? [] : [actual.instant])], receivedAt, payload('ACTUAL', actual));
  // What happened is expected no more.
  if (actual == null && expected != null) {
    const statedAt = timeOf(of.estimateLastCalculatedDateTime, null, message.zone)?.instant ?? receivedAt;
    facts.push(...make.milestone(['event', type, at, 'ESTIMATED'], statedAt, payload('ESTIMATED', expected)), ...(type === 'ARRIVAL_AT_STOP' ? make.estimate(role, expected, statedAt) : []));
  }
  if (planned != null) {
    const until = timeOf(of.plannedEndDateTime, null, message.zone);
    facts.push(...make.milestone(['event', type, at, 'PLANNED'], receivedAt, payload('PLANNED', planned, until === null || until.instant <= planned.instant ? text : `until ${until.instant}`)));
  }
  return facts;
}

function codeOf(type: string, { details }: HistoryEvent, role: StopRole): Mapped | undefined {
  const moment = rowOf(stopEvents, type);
  if (moment !== undefined) return { code: stopCodes[`${moment}.${role}`] };
  if (type === 'DOCUMENT_ADD' && proofDocuments.has(filled(details?.documentType)?.toUpperCase() ?? '')) return { code: 'POD_AVAILABLE' };
  return rowOf(eventCodes, type);
}
