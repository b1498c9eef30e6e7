import type { Anomaly, Decoded } from '../../model/facts.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import type { RawMessage } from '../contract.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { instantOfLocal, parseLocalTime, type LocalTime } from '../kit/zone.js';
import { mapStatus, reasonCodes, statusCodes } from './codes.js';
import { carrierNameOf, trackingEvent, type Tracker, type TrackingEvent } from './payloads.js';

/** Facts of what Karrio says of a parcel: its events, in any order, how it stands, and that there is a proof of delivery. */
export function trackerFacts(of: Tracker, message: RawMessage): Decoded {
  const anomalies: Anomaly[] = [];
  const scans: Scan[] = [];
  const unknown = new Set<string>();
  (of.events ?? []).forEach((raw, index) => {
    const item = trackingEvent.safeParse(raw).data;
    const occurred = item === undefined ? null : timeOfEvent(item, message.zone);
    if (item === undefined || (filled(item.status) === undefined && filled(item.code) === undefined && filled(item.description) === undefined)) anomalies.push({ kind: 'ITEM_INVALID', message: `events[${index}] says nothing and was left out.`, severity: 'MEDIUM' });
    else if (occurred === null) anomalies.push({ kind: 'TIME_INVALID', message: `events[${index}] has no plausible time: ${clip([item.timestamp, item.date, item.time].join(' '), 60)}. It was left out.`, severity: 'MEDIUM' });
    else scans.push(scanOf(item, occurred, anomalies, unknown));
  });
  const status = filled(of.status) ?? (of.delivered === true ? 'delivered' : undefined);
  const mapped = status === undefined ? null : mapStatus(status, undefined);
  if (status !== undefined && mapped === null) anomalies.push(unknownCode('Karrio', 'status', status, clip(status, 60)));
  const day = parseLocalTime(filled(of.estimated_delivery) ?? '');
  const estimated = day !== null && (of.estimated_delivery ?? '').trim().length === 10 ? instantOfLocal({ ...day, hour: 23, minute: 59, second: 59 }, message.zone, true) : timeOf(of.estimated_delivery, message.zone);
  const isProven = [of.info?.signed_by, of.delivery_image_url, of.signature_image_url].some((each) => filled(each) !== undefined);
  const id = filled(of.id);
  const decoded = trackedFacts({
    carrier: carrierNameOf(of), number: of.tracking_number, observedAt: timeOf(of.updated_at, 'UTC')?.instant ?? message.receivedAt, scans,
    ...(id === undefined || id.length > maxReferenceLength ? {} : { also: [{ kind: 'tracker', issuer: message.connection, value: id }] }),
    ...(mapped === null ? {} : { status: { mapped, rawCode: clip(status!, 60), at: null } }),
    ...(estimated === null || status === 'delivered' ? {} : { estimated }),
    ...(isProven ? { proof: { rawCode: 'proof_of_delivery', at: scans.find((scan) => scan.mapped.code === 'DELIVERED')?.occurred ?? null } } : {}),
  });
  return { facts: decoded.facts, anomalies: [...anomalies, ...decoded.anomalies] };
}

function scanOf(item: TrackingEvent, occurred: ZonedInstant, anomalies: Anomaly[], unknown: Set<string>): Scan {
  const [code, reason, text] = [filled(item.code), filled(item.reason), filled(item.description)];
  // Versions before 2025 state a carrier's own code alone, and say for some carriers their own word for the status as that.
  const status = filled(item.status) ?? (code !== undefined && rowOf(statusCodes, code.toLowerCase()) !== undefined ? code.toLowerCase() : '');
  const mapped = mapStatus(status, reason);
  const rawCode = clip(code ?? (status === '' ? 'event' : status), 60);
  const tell = (field: string, value: string) => {
    if (unknown.has(`${field} ${value}`)) return;
    unknown.add(`${field} ${value}`);
    anomalies.push(unknownCode('Karrio', field, value, rawCode));
  };
  if (status !== '' && rowOf(statusCodes, status) === undefined) tell('status', status);
  else if (mapped === null && code !== undefined) tell('code', code);
  if (reason !== undefined && rowOf(reasonCodes, reason) === undefined) tell('reason', reason);
  const rawReason = [status, reason].filter((part) => part !== undefined && part !== '').join('/');
  const place = placeOf({ city: item.location, latitude: item.latitude, longitude: item.longitude });
  return {
    occurred, mapped: mapped ?? { code: 'INFO' }, rawCode,
    ...(rawReason === '' ? {} : { rawReason: clip(rawReason, 120) }), ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }),
    // Where a carrier gives no code only the words tell two events of one minute apart.
    ...(code === undefined && text !== undefined ? { key: clip(text, 100) } : {}),
  };
}

/**
 * `timestamp` has an offset, which most carriers' connectors of Karrio put to a time of the place: where it shows the very time of `date` and
 * `time`, nothing is known but that, and it is read in the connection's zone.
 */
function timeOfEvent({ timestamp, date, time, status }: TrackingEvent, zone: string): ZonedInstant | null {
  // Karrio's own event, which is in UTC.
  if (status === 'created' && filled(timestamp) !== undefined) return parseOffsetTime(timestamp!);
  const local = localOf(filled(date) ?? '', filled(time) ?? '');
  const stamped = parseOffsetTime(filled(timestamp) ?? '');
  const shown = parseLocalTime((filled(timestamp) ?? '').slice(0, 16));
  if (stamped !== null && (local === null || shown === null || !sameMinute(local, shown))) return stamped;
  return local === null ? timeOf(timestamp, zone) : instantOfLocal(local, zone, true);
}

/** `HH:MM`, with seconds or without, `AM` or `PM` behind it: of twenty-four hours as of twelve. */
function localOf(date: string, time: string): LocalTime | null {
  const day = parseLocalTime(date);
  if (day === null || time === '') return day;
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))? ?(AM|PM)?$/i.exec(time);
  if (match === null) return day;
  const [stated, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  const half = match[4]?.toUpperCase();
  const hour = half === 'PM' && stated < 12 ? stated + 12 : half === 'AM' && stated === 12 ? 0 : stated;
  return { ...day, hour, minute, second };
}

function sameMinute(a: LocalTime, b: LocalTime): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day && a.hour === b.hour && a.minute === b.minute;
}
