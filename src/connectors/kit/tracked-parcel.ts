import type { Anomaly, Decoded, Fact, MilestoneFact, MilestonePayload, Place } from '../../model/facts.js';
import type { MilestoneCode } from '../../model/milestones.js';
import { carrierCode, trackingReference, type Reference } from '../../model/references.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { UnreadableMessage } from '../contract.js';
import { FactSet } from './fact-set.js';
import type { Mapped } from './table.js';
import { clip, factKeyOf, filled, maxReferenceLength } from './text.js';
import { instantOfLocal, parseLocalTime } from './zone.js';

export type { Mapped };

/** One item of a parcel's history. */
export interface Scan {
  occurred: ZonedInstant;
  mapped: Mapped;
  rawCode: string;
  rawReason?: string;
  rawText?: string;
  place?: Place;
  /** Tells two items of one code, time and place apart, where nothing else does. */
  key?: string;
}

/** What moves a shipment's status for good, or calls people: its time must be right, and it must not stand there twice. */
const weightyCodes: ReadonlySet<MilestoneCode> = new Set(['DELIVERED', 'RETURNING', 'RETURNED', 'LOST', 'CANCELLED', 'EXCEPTION'] as const);

/** A parcel as an aggregator tells of it: its history whole, in any order, and how it stands. */
export interface TrackedParcel {
  carrier: string | null;
  number: string;
  also?: Reference[];
  observedAt: string;
  scans: readonly Scan[];
  /** How it stands as a whole. `at`: since when, where that is said. Not a time that moves with every update. */
  status?: { mapped: Mapped; rawCode: string; at: ZonedInstant | null };
  estimated?: ZonedInstant;
  /** Somebody signed, or there is a picture. */
  proof?: { rawCode: string; at: ZonedInstant | null };
}

/**
 * Facts of a parcel: one milestone for each item of its history, the estimate, the proof of delivery, and the
 * status as a whole where no item carries it. Where it weighs, that one is taken back once an item does, as the item says it better.
 * @throws UnreadableMessage where the number is none
 */
export function trackedFacts(of: TrackedParcel): Decoded {
  const carrier = of.carrier === null ? null : carrierCode(clip(of.carrier, 60));
  const reference = trackingReference(carrier, of.number);
  if (reference.value.length > maxReferenceLength) throw new UnreadableMessage(`The tracking number is longer than ${maxReferenceLength} characters.`);
  const base = { reference, ...(of.also === undefined || of.also.length === 0 ? {} : { also: of.also }), ...(carrier === null ? {} : { carrier }), observedAt: of.observedAt };
  const milestone = (factKey: string, payload: MilestonePayload): MilestoneFact => ({ type: 'milestone.reported', ...base, factKey, payload });
  const facts = new FactSet();
  for (const scan of of.scans) {
    const { occurred, mapped, rawCode, rawReason, rawText, place, key } = scan;
    facts.add(milestone(factKeyOf(rawCode, occurred.instant, placeKey(place), 'ACTUAL', ...(key === undefined ? [] : [key])), {
      code: mapped.code, classifier: 'ACTUAL', occurred, rawCode,
      ...(rawReason === undefined ? {} : { rawReason }), ...(rawText === undefined ? {} : { rawText }), ...(mapped.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }), ...(place === undefined ? {} : { place }),
    }));
  }
  for (const fact of [...estimateFacts(of, base, milestone), ...statusFacts(of, base, milestone)]) facts.add(fact);
  return { facts: facts.list(), anomalies: facts.anomalies };
}

type Base = Pick<MilestoneFact, 'reference' | 'also' | 'carrier' | 'observedAt'>;
type Milestone = (factKey: string, payload: MilestonePayload) => MilestoneFact;

function estimateFacts({ estimated }: TrackedParcel, base: Base, milestone: Milestone): Fact[] {
  if (estimated === undefined) return [];
  return [
    { type: 'estimate.reported', ...base, factKey: factKeyOf('estimate:DELIVERY', base.observedAt, estimated.instant), payload: { of: 'DELIVERY', estimated } },
    milestone(factKeyOf('eta', estimated.instant), { code: 'ETA_UPDATED', classifier: 'ESTIMATED', occurred: estimated, rawCode: 'estimated_delivery' }),
  ];
}

function statusFacts({ scans, status, proof, observedAt }: TrackedParcel, base: Base, milestone: Milestone): Fact[] {
  const facts: Fact[] = [];
  const last = [...scans].map((scan) => scan.occurred).sort((a, b) => b.instant.localeCompare(a.instant) || a.zone.localeCompare(b.zone))[0];
  const scanned = new Set(scans.map((scan) => scan.mapped.code));
  const otherwise: ZonedInstant = last ?? { instant: observedAt, zone: 'Z' };
  for (const code of scanned) {
    const key = factKeyOf('tracker', code);
    if (weightyCodes.has(code)) facts.push({ type: 'milestone.retracted', ...base, factKey: factKeyOf('retract', key), payload: { retractsFactKey: key, reason: 'A scan carries the status.' } });
  }
  if (status !== undefined && status.mapped.code !== 'INFO' && !scanned.has(status.mapped.code)) {
    const { mapped, rawCode, at } = status;
    facts.push(milestone(factKeyOf('tracker', mapped.code), { code: mapped.code, classifier: 'ACTUAL', occurred: at ?? otherwise, rawCode, ...(mapped.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }) }));
  }
  // Who signed is personal data and stays in the raw message. Without a time in the key: a scan that comes later corrects it.
  if (proof !== undefined) facts.push(milestone(factKeyOf('proof_of_delivery'), { code: 'POD_AVAILABLE', classifier: 'ACTUAL', occurred: proof.at ?? otherwise, rawCode: proof.rawCode }));
  return facts;
}

/** A time with its offset, or one without in the zone of the connection; null where it is no plausible time. */
export function timeOf(text: string | null | undefined, zone: string): ZonedInstant | null {
  const known = filled(text);
  if (known === undefined) return null;
  const local = parseLocalTime(known);
  return local === null ? parseOffsetTime(known) : instantOfLocal(local, zone, true);
}

/** A place from texts that may be blank; undefined where nothing is left. */
export function placeOf(of: { city?: string | null | undefined; region?: string | null | undefined; postalCode?: string | null | undefined; country?: string | null | undefined; latitude?: number | null | undefined; longitude?: number | null | undefined }): Place | undefined {
  const place: Place = {};
  const [city, region, postalCode, country] = [filled(of.city), filled(of.region), filled(of.postalCode), filled(of.country)?.toUpperCase()];
  if (city !== undefined) place.city = clip(city, 100);
  if (region !== undefined) place.region = clip(region, 100);
  if (postalCode !== undefined) place.postalCode = clip(postalCode, 20);
  if (country !== undefined && /^[A-Z]{2}$/.test(country)) place.country = country;
  const { latitude, longitude } = of;
  if (latitude != null && longitude != null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0)) Object.assign(place, { latitude, longitude });
  return Object.keys(place).length === 0 ? undefined : place;
}

function placeKey(place: Place | undefined): string {
  return [place?.city, place?.region, place?.postalCode, place?.country].filter((part) => part !== undefined).join(',');
}

/** A code that no table has. */
export function unknownCode(system: string, field: string, value: string, rawCode: string): Anomaly {
  return { kind: 'UNKNOWN_CODE', message: `${system}'s ${field} ${clip(value, 60)} is in no table; it was kept as raw code and moves no status by itself.`, severity: 'LOW', rawCode };
}
