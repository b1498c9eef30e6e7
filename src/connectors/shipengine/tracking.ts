import type { Anomaly, Decoded } from '../../model/facts.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import type { RawMessage } from '../contract.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { parseLocalTime } from '../kit/zone.js';
import { carrierOf, detailCodes, mapStatus, statusCodes } from './codes.js';
import { trackEvent, type TrackEvent, type Tracking } from './payloads.js';

/**
 * Facts of what ShipEngine says of a parcel. Many carriers' events come without ShipEngine's own status: such an item is INFO
 * with the carrier's code, and how the parcel stands follows from the status of the whole.
 * @param carrierCode ShipEngine's name of the carrier, where it is said beside
 */
export function trackingFacts(of: Tracking, carrierCode: string | undefined, message: RawMessage): Decoded {
  const anomalies: Anomaly[] = [];
  const scans: Scan[] = [];
  let signedAt: { rawCode: string; at: ZonedInstant | null } | undefined;
  (of.events ?? []).forEach((raw, index) => {
    const event = trackEvent.safeParse(raw).data;
    const occurred = event === undefined ? null : whenOf(event, message.zone);
    if (event === undefined || occurred === null) {
      const given = event?.occurred_at ?? 'none';
      anomalies.push(event === undefined ? { kind: 'ITEM_INVALID', message: `events[${index}] is no event and was left out.`, severity: 'MEDIUM' } : { kind: 'TIME_INVALID', message: `events[${index}] has no plausible time: ${clip(given, 40)}. It was left out.`, severity: 'MEDIUM' });
      return;
    }
    scans.push(scanOf(event, occurred, anomalies));
    const proof = filled(event.proof_of_delivery_url) !== undefined ? 'proof_of_delivery_url' : filled(event.signer) !== undefined ? 'signer' : undefined;
    if (proof !== undefined) signedAt = signedAt === undefined || proof === 'proof_of_delivery_url' ? { rawCode: proof, at: occurred } : signedAt;
  });
  const [status, detail] = [filled(of.status_code), filled(of.status_detail_code)];
  if (status !== undefined && rowOf(statusCodes, status) === undefined) anomalies.push(unknownCode('ShipEngine', 'status_code', status, clip(status, 60)));
  if (detail !== undefined && rowOf(detailCodes, detail) === undefined) anomalies.push(unknownCode('ShipEngine', 'status_detail_code', detail, clip(detail, 60)));
  const mapped = mapStatus(status, detail);
  const [delivered, estimated] = [timeOf(of.actual_delivery_date, message.zone), timeOf(of.estimated_delivery_date, message.zone)];
  const carrier = filled(of.carrier_code) ?? filled(carrierCode);
  const decoded = trackedFacts({
    carrier: carrier === undefined ? null : carrierOf(clip(carrier, 60)), number: of.tracking_number, observedAt: message.receivedAt, scans,
    ...(mapped === null ? {} : { status: { mapped, rawCode: clip(detail ?? status!, 60), at: mapped.code === 'DELIVERED' ? delivered : null } }),
    ...(estimated === null || mapped?.code === 'DELIVERED' ? {} : { estimated }),
    ...(signedAt === undefined ? {} : { proof: signedAt }),
  });
  return { facts: decoded.facts, anomalies: [...anomalies, ...decoded.anomalies] };
}

function scanOf(event: TrackEvent, occurred: ZonedInstant, anomalies: Anomaly[]): Scan {
  const [status, detail] = [filled(event.status_code), filled(event.status_detail_code)];
  const own = filled(event.carrier_detail_code) ?? filled(event.event_code) ?? filled(event.carrier_status_code);
  const rawCode = clip(own ?? detail ?? status ?? 'none', 60);
  if (status !== undefined && rowOf(statusCodes, status) === undefined) anomalies.push(unknownCode('ShipEngine', 'status_code', status, rawCode));
  if (detail !== undefined && rowOf(detailCodes, detail) === undefined) anomalies.push(unknownCode('ShipEngine', 'status_detail_code', detail, rawCode));
  const place = placeOf({ city: event.city_locality, region: event.state_province, postalCode: event.postal_code, country: event.country_code, latitude: event.latitude, longitude: event.longitude });
  const [text, reason] = [filled(event.description), [status, detail].filter((part) => part !== undefined).join('/')];
  return {
    occurred, mapped: mapStatus(status, detail) ?? { code: 'INFO' }, rawCode,
    ...(reason === '' ? {} : { rawReason: clip(reason, 120) }),
    ...(text === undefined ? {} : { rawText: clip(text, 500) }),
    ...(place === undefined ? {} : { place }),
    // Without a code of the carrier only the words tell two items of one minute apart.
    ...(own === undefined && text !== undefined ? { key: clip(text, 100) } : {}),
  };
}

/** The instant in UTC; the clock of the place, given beside it without an offset, tells the offset. */
function whenOf({ occurred_at: utc, carrier_occurred_at: local }: TrackEvent, zone: string): ZonedInstant | null {
  const stated = parseOffsetTime((filled(utc) ?? '').replace(/(\.\d{3})\d+/, '$1'));
  if (stated === null) return timeOf(local, zone) ?? timeOf(utc, zone);
  const clock = parseLocalTime(filled(local) ?? '');
  if (clock === null) return stated;
  const minutes = (Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second) - Date.parse(stated.instant)) / 60_000;
  if (!Number.isInteger(minutes / 15) || Math.abs(minutes) > 14 * 60) return stated;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
  return { instant: stated.instant, zone: minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${hours}:${rest}` };
}
