import type { Anomaly, Decoded, Place } from '../../model/facts.js';
import type { ZonedInstant } from '../../model/time.js';
import type { RawMessage } from '../contract.js';
import { clip, filled } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { mapEvent } from './codes.js';
import { event, shipment, type ExpressEvent } from './payloads.js';

/** Under this name its numbers are recorded. */
export const carrierName = 'DHL_EXPRESS';

/** Facts of one shipment: a milestone for each event, the day on which it is expected, the proof. */
export function shipmentFacts(raw: unknown, message: RawMessage): Decoded {
  const parsed = shipment.safeParse(raw);
  if (!parsed.success) return { facts: [], anomalies: [{ kind: 'ITEM_INVALID', message: 'A shipment without its number was left out.', severity: 'MEDIUM' }] };
  const { shipmentTrackingNumber: number, estimatedDeliveryDate, events } = parsed.data;
  const anomalies: Anomaly[] = [];
  const scans: Scan[] = [];
  let signedAt: ZonedInstant | undefined;
  for (const [index, each] of (events ?? []).entries()) {
    const read = readEvent(each, `events[${index}]`, message, anomalies);
    scans.push(...read);
    if (filled(event.safeParse(each).data?.signedBy) !== undefined) signedAt = read.find((scan) => scan.mapped.code === 'DELIVERED')?.occurred ?? signedAt;
  }
  const isDelivered = scans.some((scan) => scan.mapped.code === 'DELIVERED');
  const estimated = isDelivered ? null : endOfDay(estimatedDeliveryDate, message.zone);
  const decoded = trackedFacts({
    carrier: carrierName, number, observedAt: message.receivedAt, scans,
    ...(estimated === null ? {} : { estimated }), ...(signedAt === undefined ? {} : { proof: { rawCode: 'signedBy', at: signedAt } }),
  });
  return { facts: decoded.facts, anomalies: [...anomalies, ...decoded.anomalies] };
}

function readEvent(raw: unknown, name: string, message: RawMessage, anomalies: Anomaly[]): Scan[] {
  const parsed = event.safeParse(raw);
  if (!parsed.success) {
    anomalies.push({ kind: 'ITEM_INVALID', message: `${name} has no typeCode and was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const of = parsed.data;
  const occurred = timeOfEvent(of, message.zone);
  if (occurred === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `${name} (${clip(of.typeCode, 60)}) has no plausible time. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const rawCode = clip(of.typeCode, 60);
  const mapped = mapEvent(of.typeCode);
  if (mapped.length === 0) anomalies.push(unknownCode('DHL Express', 'typeCode', of.typeCode, rawCode));
  const text = filled(of.description);
  const place = placeOfEvent(of);
  return (mapped.length === 0 ? [{ code: 'INFO' as const }] : mapped).map((meaning, which): Scan => ({
    occurred, rawCode, mapped: meaning, ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }), ...(which === 0 ? {} : { key: meaning.code }),
  }));
}

/** Date and time by the clock of the place, with its offset where that is said. */
function timeOfEvent({ date, time, GMTOffset }: ExpressEvent, zone: string): ZonedInstant | null {
  const local = `${filled(date) ?? ''}T${filled(time) ?? '00:00:00'}`;
  const offset = /^([+-]\d{2}):?(\d{2})$/.exec(filled(GMTOffset) ?? '');
  return timeOf(offset === null ? local : `${local}${offset[1]}:${offset[2]}`, zone);
}

/** `Brisbane-AU`, and `PRAGUE-CZECH REPUBLIC, THE`. */
function placeOfEvent({ serviceArea }: ExpressEvent): Place | undefined {
  const named = filled(serviceArea?.[0]?.description) ?? filled(serviceArea?.[0]?.code);
  const parted = named?.lastIndexOf('-') ?? -1;
  if (named === undefined || parted < 1) return placeOf({ city: named });
  return placeOf({ city: named.slice(0, parted), country: named.slice(parted + 1) });
}

/** A day is meant as a whole. */
function endOfDay(stated: string | null | undefined, zone: string): ZonedInstant | null {
  return timeOf(filled(stated)?.replace(/^(\d{4}-\d{2}-\d{2})$/, '$1T23:59:59'), zone);
}
