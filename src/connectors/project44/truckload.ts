import type { Anomaly, Fact } from '../../model/facts.js';
import type { RawMessage } from '../contract.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { stopCodes, truckloadCodes } from './codes.js';
import { identifiersIn, subjectsOf, vehicleOf } from './names.js';
import { statusUpdate, stopStatus, truckloadStop, type StatusUpdate, type StopStatus, type Truckload, type TruckloadStop } from './payloads.js';
import { positionFacts } from './positions.js';
import { FactMaker, placeOf, roleOf, timeOf, type KnownStop } from './stops.js';

type Timed = StatusUpdate & { at: NonNullable<ReturnType<typeof timeOf>> };

const maxStops = 200;
const maxUpdates = 2_000;

/**
 * Facts of a notification of a truckload shipment. Every position comes as one, with the status unchanged: a status is told from
 * where a run of it begins, and what has no history beside it is told under a key without its time. That the truck moves says
 * nothing of the freight before it has left the first stop.
 */
export function truckloadFacts(of: Truckload, message: RawMessage, anomalies: Anomaly[]): Fact[] {
  const { shipment } = of;
  const named = [...identifiersIn(shipment.shipmentIdentifiers), ...(shipment.carrierIdentifier == null ? [] : [shipment.carrierIdentifier])];
  const subjects = subjectsOf(named, shipment.id ?? undefined, message.connection);
  if (subjects.list.length === 0) {
    anomalies.push({ kind: 'SHIPMENT_UNNAMED', message: 'The shipment has no identifier that names one (ORDER, BILL_OF_LADING). It was left out.', severity: 'MEDIUM' });
    return [];
  }
  const make = new FactMaker(subjects);
  const stated = (shipment.shipmentStops ?? []).slice(0, maxStops).flatMap((raw) => parsedOr(truckloadStop.safeParse(raw), 'A stop without its number was left out.', anomalies)).sort((a, b) => a.stopNumber - b.stopNumber);
  const stops = new Map(stated.map((stop, index): [number, KnownStop] => [stop.stopNumber, knownStop(stop, index + 1, stated.length, make)]));
  const statuses = (of.latestStopStatuses ?? []).slice(0, maxStops).flatMap((raw) => parsedOr(stopStatus.safeParse(raw), 'A status of a stop without its number was left out.', anomalies));
  const updates = updatesOf(of, message, anomalies);
  const vehicle = vehicleOf(identifiersIn(shipment.equipmentIdentifiers));
  return [
    ...stated.flatMap((stop) => appointmentFacts(stop, stops.get(stop.stopNumber)!, make, message)),
    ...statuses.flatMap((status) => stopFacts(status, stops, make, message)),
    ...statusFacts(updates, { stops, statuses, make, message, hasHistory: (of.statusUpdates ?? []).length > 0, anomalies }),
    ...positionFacts(updates.flatMap(({ timestamp, at, geoCoordinates }) => (geoCoordinates == null || timestamp == null ? [] : [{ dateTime: at.instant, ...geoCoordinates }])), vehicle, anomalies),
  ];
}

function parsedOr<T>(parsed: { success: true; data: T } | { success: false }, message: string, anomalies: Anomaly[]): T[] {
  if (parsed.success) return [parsed.data];
  anomalies.push({ kind: 'ITEM_INVALID', message, severity: 'MEDIUM' });
  return [];
}

function knownStop(stop: TruckloadStop, sequence: number, count: number, make: FactMaker): KnownStop {
  const place = placeOf(stop.stopName ?? stop.location?.contact?.companyName, stop.location?.address, stop.geoCoordinates);
  return { sequence, role: roleOf(sequence, count, make.areSeveral), ...(place === undefined ? {} : { place }) };
}

/** What was agreed for the first and the last stop. */
function appointmentFacts({ appointmentWindow: window }: TruckloadStop, stop: KnownStop, make: FactMaker, message: RawMessage): Fact[] {
  const occurred = timeOf(window?.startDateTime, window?.localTimeZoneIdentifier, message.zone);
  if (occurred === null || (stop.role !== 'pickup' && stop.role !== 'delivery')) return [];
  const until = timeOf(window?.endDateTime, window?.localTimeZoneIdentifier, message.zone);
  return make.milestone(['appointment', String(stop.sequence)], message.receivedAt, {
    code: stop.role === 'pickup' ? 'PICKUP_APPOINTMENT' : 'DELIVERY_APPOINTMENT', classifier: 'PLANNED', occurred, stop: stop.sequence, rawCode: 'appointmentWindow',
    ...(until === null || until.instant <= occurred.instant ? {} : { rawText: `until ${until.instant}` }), ...placed(stop),
  });
}

/** When the truck came to a stop and left it, and when it is expected there. */
function stopFacts(status: StopStatus, stops: ReadonlyMap<number, KnownStop>, make: FactMaker, message: RawMessage): Fact[] {
  const stop = stops.get(status.stopNumber);
  if (stop === undefined) return [];
  const actual = ([['arrival', status.arrivalDateTime], ['departure', status.departureDateTime]] as const).flatMap(([moment, text]) => {
    const occurred = timeOf(text, null, message.zone);
    const code = stopCodes[`${moment}.${stop.role}`];
    return occurred === null ? [] : make.milestone(['stop', String(stop.sequence), moment, 'ACTUAL'], message.receivedAt, { code, classifier: 'ACTUAL', occurred, stop: stop.sequence, rawCode: `stop ${moment}`, ...placed(stop) });
  });
  // Of where it has been nothing is expected any more.
  const window = status.statusCode === 'ARRIVED' || status.statusCode === 'DEPARTED' ? null : status.arrivalEstimate?.estimatedArrivalWindow;
  const [from, to] = [timeOf(window?.startDateTime, window?.localTimeZoneIdentifier, message.zone), timeOf(window?.endDateTime, window?.localTimeZoneIdentifier, message.zone)];
  const expected = to ?? from;
  if (expected === null) return actual;
  const statedAt = timeOf(status.arrivalEstimate?.lastCalculatedDateTime, null, message.zone)?.instant ?? message.receivedAt;
  const between = from === null || to === null || from.instant >= to.instant ? {} : { rawText: `between ${from.instant} and ${to.instant}` };
  return [
    ...actual, ...make.estimate(stop.role, expected, statedAt),
    ...make.milestone(['stop', String(stop.sequence), 'arrival', 'ESTIMATED'], statedAt, { code: stopCodes[`arrival.${stop.role}`], classifier: 'ESTIMATED', occurred: expected, stop: stop.sequence, rawCode: 'arrivalEstimate', ...between, ...placed(stop) }),
  ];
}

/** All updates of the message in the order of their times, each time and status once. */
function updatesOf(of: Truckload, message: RawMessage, anomalies: Anomaly[]): Timed[] {
  const raw = [...(of.statusUpdates ?? []), ...(Array.isArray(of.latestStatusUpdate) ? of.latestStatusUpdate : of.latestStatusUpdate == null ? [] : [of.latestStatusUpdate])];
  const read = raw.slice(-maxUpdates).flatMap((item) => parsedOr(statusUpdate.safeParse(item), 'A status without its code was left out.', anomalies)).flatMap((update): Timed[] => {
    const at = timeOf(update.timestamp, null, message.zone);
    if (at === null) anomalies.push({ kind: 'TIME_INVALID', message: `${clip(update.statusCode, 60)} has no plausible time. It was left out.`, severity: 'MEDIUM' });
    return at === null ? [] : [{ ...update, at }];
  });
  const once = new Map(read.map((update) => [`${update.at.instant} ${update.statusCode} ${update.statusReason?.code ?? ''} ${update.stopNumber ?? ''}`, update]));
  return [...once.values()].sort((a, b) => (a.at.instant === b.at.instant ? (statusOf(a) < statusOf(b) ? -1 : 1) : a.at.instant < b.at.instant ? -1 : 1));
}

interface StatusContext {
  stops: ReadonlyMap<number, KnownStop>;
  statuses: readonly StopStatus[];
  make: FactMaker;
  message: RawMessage;
  hasHistory: boolean;
  anomalies: Anomaly[];
}

function statusFacts(updates: readonly Timed[], context: StatusContext): Fact[] {
  const { make, hasHistory, message } = context;
  let before: string | null = null;
  let hasBeenAtStop = false;
  return updates.flatMap((update): Fact[] => {
    const run = `${statusOf(update)} ${update.statusCode === 'AT_STOP' ? (update.stopNumber ?? '') : ''}`;
    const begins = run !== before;
    before = run;
    if (update.statusCode === 'AT_STOP') {
      hasBeenAtStop = true;
      return begins ? atStop(update, context) : [];
    }
    if (!begins) return [];
    const mapped = rowOf(truckloadCodes, statusOf(update)) ?? rowOf(truckloadCodes, update.statusCode);
    const rawCode = clip(update.statusCode, 60);
    if (mapped === undefined) context.anomalies.push({ kind: 'UNKNOWN_CODE', message: `The status ${rawCode} of project44 is in no table; it was kept as INFO.`, severity: 'LOW', rawCode });
    // What a single word adds to the departure that is told already would be said anew with every position.
    if (mapped?.code === 'IN_TRANSIT' && !hasHistory && firstDeparture(context) !== null) return [];
    const isUnderWay = mapped?.code !== 'IN_TRANSIT' || hasBeenAtStop || hasLeftFirstStop(context, update.at.instant);
    const code = mapped === undefined || !isUnderWay ? 'INFO' : mapped.code;
    const reason = filled(update.statusReason?.code);
    const text = filled(update.statusReason?.description);
    const place = placeOf(undefined, update.address, update.geoCoordinates);
    // Without the history beside it the beginning of a run is not known: the newest word on it stands.
    return make.milestone(['status', statusOf(update), ...(hasHistory ? [update.at.instant] : [])], message.receivedAt, {
      code, classifier: 'ACTUAL', occurred: update.at, rawCode, ...(reason === undefined ? {} : { rawReason: clip(reason, 60) }), ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }),
    });
  });
}

/** Where the stop's own status says when the truck came, that stands; where it does not, a history tells it, and a single word only that it is there. */
function atStop(update: Timed, { stops, statuses, make, hasHistory, message }: StatusContext): Fact[] {
  const number = update.stopNumber ?? statuses.find(({ statusCode }) => statusCode === 'ARRIVED')?.stopNumber;
  const stop = number == null ? undefined : stops.get(number);
  const isTold = statuses.some((status) => status.stopNumber === number && timeOf(status.arrivalDateTime, null, message.zone) !== null);
  if (isTold) return [];
  const role = stop?.role ?? (make.areSeveral ? 'unknown' : 'transit');
  const place = stop?.place ?? placeOf(undefined, update.address, update.geoCoordinates);
  const isArrival = hasHistory && stop !== undefined;
  return make.milestone(isArrival ? ['stop', String(stop.sequence), 'arrival', 'ACTUAL'] : ['status', 'AT_STOP', String(number ?? '')], message.receivedAt, {
    code: stopCodes[`${isArrival ? 'arrival' : 'seen'}.${role}`], classifier: 'ACTUAL', occurred: update.at, rawCode: 'AT_STOP', ...(stop === undefined ? {} : { stop: stop.sequence }), ...(place === undefined ? {} : { place }),
  });
}

function hasLeftFirstStop(context: StatusContext, at: string): boolean {
  const left = firstDeparture(context);
  return left === null ? firstStatus(context)?.statusCode === 'DEPARTED' : left <= at;
}

function firstDeparture(context: StatusContext): string | null {
  return timeOf(firstStatus(context)?.departureDateTime, null, context.message.zone)?.instant ?? null;
}

function firstStatus({ stops, statuses }: StatusContext): StopStatus | undefined {
  const first = [...stops].find(([, stop]) => stop.sequence === 1)?.[0];
  return statuses.find((each) => each.stopNumber === first);
}

function statusOf({ statusCode, statusReason }: StatusUpdate): string {
  const reason = filled(statusReason?.code);
  return clip(reason === undefined ? statusCode : `${statusCode}/${reason}`, 120);
}

function placed({ place }: KnownStop) {
  return place === undefined ? {} : { place };
}
