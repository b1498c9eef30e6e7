import type { Anomaly, Decoded, Fact, MilestoneFact, MilestonePayload, Place } from '../../model/facts.js';
import { carrierCode, trackingReference, type Reference } from '../../model/references.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { clip, factKeyOf, filled, maxReferenceLength } from '../kit/text.js';
import { FactSet } from '../kit/fact-set.js';
import { rowOf } from '../kit/table.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import { isKnownDetail, mapStatus, statusCodes } from './codes.js';
import { trackingDetail, type Tracker, type TrackingDetail } from './payloads.js';

interface Context {
  message: RawMessage;
  observedAt: string;
}

/** What every fact of one tracker has in common. */
interface Subject {
  reference: Reference;
  also?: Reference[];
  carrier?: string;
  observedAt: string;
}

/** The item as it was read, kept for what the tracker says beside its items. */
interface ReadDetail {
  status: string;
  occurred: ZonedInstant | null;
}

/** Statuses of the tracker that must not be lost where none of its items carries them. */
const weightyStatuses = new Set(['failure', 'return_to_sender', 'delivered', 'cancelled']);

/**
 * Facts of a tracker: one milestone for each item of its history (given whole in every update, in
 * either order), the estimate, the proof of delivery.
 */
export function trackerFacts(of: Tracker, context: Context): Decoded {
  const facts = new FactSet();
  const anomalies: Anomaly[] = [];
  const subject = subjectOf(of, context);
  const carrier = carrierOf(of);
  const read: ReadDetail[] = [];
  (of.tracking_details ?? []).forEach((raw, index) => {
    const detail = trackingDetail.safeParse(raw);
    if (!detail.success) {
      anomalies.push({ kind: 'ITEM_INVALID', message: `tracking_details[${index}] has no status and was left out.`, severity: 'MEDIUM' });
      return;
    }
    const occurred = timeOf(detail.data.datetime, context.message.zone);
    read.push({ status: detail.data.status, occurred });
    if (occurred === null) {
      const message = `tracking_details[${index}] (${clip(detail.data.status, 60)}) has no plausible time: ${clip(String(detail.data.datetime ?? 'none'), 40)}. It was left out.`;
      anomalies.push({ kind: 'TIME_INVALID', message, severity: 'MEDIUM' });
      return;
    }
    facts.add(milestoneOf(detail.data, occurred, carrier, subject, anomalies));
  });
  for (const fact of tailFacts(of, read, subject, anomalies, context)) facts.add(fact);
  return { facts: facts.list(), anomalies: [...anomalies, ...facts.anomalies] };
}

/** Null where none is given: the number is then known by itself. */
function carrierOf(of: Tracker): string | null {
  const name = filled(of.carrier);
  return name === undefined ? null : carrierCode(clip(name, 60));
}

function subjectOf(of: Tracker, context: Context): Subject {
  const carrier = carrierOf(of);
  const reference = trackingReference(carrier, of.tracking_code);
  if (reference.value.length > maxReferenceLength) throw new UnreadableMessage(`tracking_code is longer than ${maxReferenceLength} characters.`);
  const id = filled(of.id);
  return {
    reference,
    ...(id === undefined || id.length > maxReferenceLength ? {} : { also: [{ kind: 'tracker', issuer: context.message.connection, value: id }] }),
    ...(carrier === null ? {} : { carrier }),
    observedAt: context.observedAt,
  };
}

function milestoneOf(detail: TrackingDetail, occurred: ZonedInstant, carrier: string | null, subject: Subject, anomalies: Anomaly[]): MilestoneFact {
  const fine = filled(detail.status_detail);
  const scan = filled(detail.carrier_code);
  const mapped = mapStatus(detail.status, fine, carrier, scan);
  // A status outside the table is itself the unmapped code, unless the carrier's own is at hand.
  const rawCode = clip(scan ?? (mapped === null ? undefined : fine !== 'unknown' ? fine : undefined) ?? detail.status, 60);
  if (mapped === null) anomalies.push(unknownCode('status', detail.status, rawCode));
  else if (fine !== undefined && !isKnownDetail(fine)) anomalies.push(unknownCode('status_detail', fine, clip(fine, 60)));
  const place = placeOf(detail);
  const text = filled(detail.message) ?? filled(detail.description);
  return {
    type: 'milestone.reported',
    ...subject,
    // Where nothing but the coarse status is given, only the words tell two items of one minute apart.
    factKey: factKeyOf(rawCode, occurred.instant, placeKey(place), 'ACTUAL', ...(rawCode === detail.status && text !== undefined ? [clip(text, 100)] : [])),
    payload: {
      code: mapped?.code ?? 'INFO',
      classifier: 'ACTUAL',
      occurred,
      rawCode,
      rawReason: clip(fine === undefined ? detail.status : `${detail.status}/${fine}`, 120),
      ...(text === undefined ? {} : { rawText: clip(text, 500) }),
      ...(mapped?.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }),
      ...(place === undefined ? {} : { place }),
    },
  };
}

/** What the tracker says as a whole: its estimate, its proof, and a status that no item carries. */
function tailFacts(of: Tracker, read: readonly ReadDetail[], subject: Subject, anomalies: Anomaly[], context: Context): Fact[] {
  const facts: Fact[] = [];
  const estimateText = filled(of.est_delivery_date);
  const estimated = timeOf(estimateText, context.message.zone);
  if (estimated !== null) {
    facts.push({ type: 'estimate.reported', ...subject, factKey: factKeyOf('estimate:DELIVERY', subject.observedAt, estimated.instant), payload: { of: 'DELIVERY', estimated } });
    facts.push(milestone(subject, factKeyOf('eta', estimated.instant), { code: 'ETA_UPDATED', classifier: 'ESTIMATED', occurred: estimated, rawCode: 'est_delivery_date' }));
  } else if (estimateText !== undefined) {
    anomalies.push({ kind: 'TIME_INVALID', message: `est_delivery_date is no plausible time: ${clip(estimateText, 40)}. It was left out.`, severity: 'MEDIUM' });
  }
  return [...facts, ...endFacts(of, read, subject, anomalies, context)];
}

/** Proof of delivery, and the tracker's own status where it weighs and no item carries it. */
function endFacts(of: Tracker, read: readonly ReadDetail[], subject: Subject, anomalies: Anomaly[], context: Context): Fact[] {
  const facts: Fact[] = [];
  const status = of.status ?? 'unknown';
  const since = stableTime(of, read, subject, context);
  if (filled(of.signed_by) !== undefined && status === 'delivered') {
    // Who signed is personal data and stays in the raw message. Without a time in the key: a scan that comes later corrects it.
    const occurred = lastTime(read.filter((item) => item.status === 'delivered')) ?? since;
    facts.push(milestone(subject, factKeyOf('signed_by'), { code: 'POD_AVAILABLE', classifier: 'ACTUAL', occurred, rawCode: 'signed_by' }));
  }
  const scanned = new Set(read.filter((item) => item.occurred !== null).map((item) => item.status));
  for (const weighty of weightyStatuses) {
    // The tracker's own statement may have been recorded from an earlier update; the scan says it better.
    if (scanned.has(weighty)) facts.push(retraction(subject, factKeyOf('tracker', weighty)));
  }
  if (weightyStatuses.has(status) && !scanned.has(status)) {
    const mapped = mapStatus(status, filled(of.status_detail), null, undefined) ?? { code: 'INFO' };
    // Without a time in the key: each update repeats the status under a later updated_at.
    facts.push(milestone(subject, factKeyOf('tracker', status), {
      code: mapped.code, classifier: 'ACTUAL', occurred: since, rawCode: status, ...(mapped.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }),
    }));
  } else if (rowOf(statusCodes, status) === undefined && !read.some((item) => item.status === status)) {
    anomalies.push(unknownCode('status', status, clip(status, 60)));
  }
  return facts;
}

/**
 * When the tracker's own status came about, as near as it can be told: the time of its last item,
 * else when the tracker was made. Not the time of the update, which moves with every update.
 */
function stableTime(of: Tracker, read: readonly ReadDetail[], subject: Subject, context: Context): ZonedInstant {
  return lastTime(read) ?? timeOf(of.created_at, context.message.zone) ?? { instant: subject.observedAt, zone: 'Z' };
}

function lastTime(items: readonly ReadDetail[]): ZonedInstant | undefined {
  const times = items.map((item) => item.occurred).filter((time) => time !== null);
  return times.sort((a, b) => b.instant.localeCompare(a.instant) || a.zone.localeCompare(b.zone))[0];
}

function retraction(subject: Subject, retractsFactKey: string): Fact {
  return { type: 'milestone.retracted', ...subject, factKey: factKeyOf('retract', retractsFactKey), payload: { retractsFactKey, reason: 'A scan carries the status.' } };
}

function milestone(subject: Subject, factKey: string, payload: MilestonePayload): MilestoneFact {
  return { type: 'milestone.reported', ...subject, factKey, payload };
}

function timeOf(text: string | null | undefined, zone: string): ZonedInstant | null {
  const known = filled(text);
  if (known === undefined) return null;
  const local = parseLocalTime(known);
  return local === null ? parseOffsetTime(known) : instantOfLocal(local, zone, true);
}

function placeOf(detail: TrackingDetail): Place | undefined {
  const at = detail.tracking_location;
  const country = filled(at?.country)?.toUpperCase();
  const place: Place = {};
  const city = filled(at?.city);
  const region = filled(at?.state);
  const postalCode = filled(at?.zip);
  if (city !== undefined) place.city = clip(city, 100);
  if (region !== undefined) place.region = clip(region, 100);
  if (postalCode !== undefined) place.postalCode = clip(postalCode, 20);
  if (country !== undefined && /^[A-Z]{2}$/.test(country)) place.country = country;
  return Object.keys(place).length === 0 ? undefined : place;
}

function placeKey(place: Place | undefined): string {
  return [place?.city, place?.region, place?.postalCode, place?.country].filter((part) => part !== undefined).join(',');
}

function unknownCode(field: string, value: string, rawCode: string): Anomaly {
  return { kind: 'UNKNOWN_CODE', message: `EasyPost's ${field} ${clip(value, 60)} is in no table; it was kept as raw code and moves no status by itself.`, severity: 'LOW', rawCode };
}
