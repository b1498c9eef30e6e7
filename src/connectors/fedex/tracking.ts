import type { Anomaly, Decoded } from '../../model/facts.js';
import type { ZonedInstant } from '../../model/time.js';
import type { RawMessage } from '../contract.js';
import { clip, filled } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan, type TrackedParcel } from '../kit/tracked-parcel.js';
import { mapEvent } from './codes.js';
import { scanEvent, trackResult, type ScanEvent, type TrackResult } from './payloads.js';

interface Read {
  of: TrackResult;
  scans: Scan[];
  anomalies: Anomaly[];
  latest: string;
}

/**
 * Facts of what FedEx says of one number: one milestone for each scan, with the offset that it carries, the estimate, the proof.
 * FedEx gives numbers a second time after some months: of several results the one with the newest scan is meant.
 */
export function numberFacts(trackingNumber: string | null | undefined, results: readonly unknown[], message: RawMessage): Decoded {
  const read = results.flatMap((raw) => {
    const parsed = trackResult.safeParse(raw);
    return parsed.success ? [readResult(parsed.data, message)] : [];
  });
  const [newest] = [...read].sort((a, b) => b.latest.localeCompare(a.latest));
  const number = filled(newest?.of.trackingNumberInfo?.trackingNumber) ?? filled(trackingNumber);
  if (newest === undefined || number === undefined) return { facts: [], anomalies: [{ kind: 'ITEM_INVALID', message: 'A result without a tracking number was left out.', severity: 'MEDIUM' }] };
  const decoded = trackedFacts(parcelOf(newest, number, message));
  return { facts: decoded.facts, anomalies: [...newest.anomalies, ...decoded.anomalies] };
}

function readResult(of: TrackResult, message: RawMessage): Read {
  const anomalies: Anomaly[] = [];
  const scans = (of.scanEvents ?? []).flatMap((raw, index): Scan[] => {
    const parsed = scanEvent.safeParse(raw);
    if (!parsed.success) {
      anomalies.push({ kind: 'ITEM_INVALID', message: `scanEvents[${index}] has no event type and was left out.`, severity: 'MEDIUM' });
      return [];
    }
    const occurred = timeOf(parsed.data.date, message.zone);
    if (occurred === null) {
      anomalies.push({ kind: 'TIME_INVALID', message: `scanEvents[${index}] (${clip(parsed.data.eventType, 60)}) has no plausible time. It was left out.`, severity: 'MEDIUM' });
      return [];
    }
    return [scanOf(parsed.data, occurred, anomalies)];
  });
  return { of, scans, anomalies, latest: scans.map((scan) => scan.occurred.instant).sort().at(-1) ?? '' };
}

function scanOf(of: ScanEvent, occurred: ZonedInstant, anomalies: Anomaly[]): Scan {
  const [derived, exception, description, why] = [filled(of.derivedStatusCode), filled(of.exceptionCode), filled(of.eventDescription), filled(of.exceptionDescription)];
  const mapped = mapEvent(of.eventType, { derived, exception, delay: filled(of.delayDetail?.type), description });
  const rawCode = clip(of.eventType, 60);
  if (!mapped.isKnown) anomalies.push(unknownCode('FedEx', 'event type', of.eventType, rawCode));
  const at = of.scanLocation;
  const place = placeOf({ city: at?.city, region: at?.stateOrProvinceCode, postalCode: at?.postalCode, country: at?.countryCode });
  const text = [description, why].filter((part) => part !== undefined).join(': ');
  return {
    occurred, rawCode, mapped: { code: mapped.code, ...(mapped.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }) },
    ...(exception === undefined ? {} : { rawReason: clip(exception, 120), key: clip(exception, 60) }), ...(text === '' ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }),
  };
}

function parcelOf({ of, scans }: Read, number: string, message: RawMessage): TrackedParcel {
  const status = filled(of.latestStatusDetail?.derivedCode) ?? filled(of.latestStatusDetail?.code);
  const mapped = status === undefined ? undefined : mapEvent(status, { delay: filled(of.latestStatusDetail?.delayDetail?.type), description: filled(of.latestStatusDetail?.description) });
  const deliveredAt = datedAs(of, 'ACTUAL_DELIVERY', message.zone);
  const isDelivered = mapped?.code === 'DELIVERED' || scans.some((scan) => scan.mapped.code === 'DELIVERED');
  // The status repeats the newest scan; it counts alone where that scan must not be missed.
  const isWeighty = mapped !== undefined && ['DELIVERED', 'CANCELLED', 'RETURNING', 'AVAILABLE_FOR_COLLECTION'].includes(mapped.code);
  const estimated = isDelivered ? null : estimateOf(of, message.zone);
  const hasProof = isDelivered && (filled(of.deliveryDetails?.signedByName) !== undefined || filled(of.deliveryDetails?.receivedByName) !== undefined || (of.availableImages ?? []).some((each) => each.type === 'SIGNATURE_PROOF_OF_DELIVERY'));
  return {
    carrier: 'FEDEX', number, observedAt: message.receivedAt, scans,
    ...(isWeighty ? { status: { mapped: { code: mapped.code }, rawCode: clip(status!, 60), at: mapped.code === 'DELIVERED' ? deliveredAt : null } } : {}),
    ...(estimated === null ? {} : { estimated }),
    ...(hasProof ? { proof: { rawCode: 'SIGNATURE_PROOF_OF_DELIVERY', at: scans.find((scan) => scan.mapped.code === 'DELIVERED')?.occurred ?? deliveredAt } } : {}),
  };
}

/** The end of the window in which it is expected, else the day that is named, to its end. */
function estimateOf(of: TrackResult, zone: string): ZonedInstant | null {
  const stated = [of.estimatedDeliveryTimeWindow?.window?.ends, of.standardTransitTimeWindow?.window?.ends].map((text) => timeOf(text, zone)).find((time) => time !== null);
  return stated ?? datedAs(of, 'ESTIMATED_DELIVERY', zone) ?? datedAs(of, 'COMMITMENT', zone);
}

function datedAs(of: TrackResult, type: string, zone: string): ZonedInstant | null {
  const text = filled((of.dateAndTimes ?? []).find((each) => each.type === type)?.dateTime);
  // A day alone comes as its midnight, and is meant as a whole.
  return text === undefined ? null : timeOf(type === 'ACTUAL_DELIVERY' ? text : text.replace(/T00:00:00(?=$|[+-Z])/, 'T23:59:59').replace(/^(\d{4}-\d{2}-\d{2})$/, '$1T23:59:59'), zone);
}
