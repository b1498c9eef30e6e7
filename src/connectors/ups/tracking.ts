import type { Anomaly, Decoded, Fact, MilestonePayload } from '../../model/facts.js';
import { trackingReference, type Reference } from '../../model/references.js';
import type { ZonedInstant } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { FactSet } from '../kit/fact-set.js';
import { clip, factKeyOf, filled, maxReferenceLength } from '../kit/text.js';
import { placeOf } from '../kit/tracked-parcel.js';
import { mapActivity } from './codes.js';
import { trackedActivity, trackedPackage, type Alert, type TrackedPackage } from './payloads.js';
import { timeOfActivity, timeOfDelivery, type StatedTime } from './times.js';

/** What every fact of one parcel has in common. */
interface Subject {
  reference: Reference;
  carrier: string;
  observedAt: string;
}

interface Activity {
  time: StatedTime;
  type: string | undefined;
  code: string | undefined;
  descriptionCode: string | undefined;
  description: string | undefined;
  at: { city?: string | null; stateProvince?: string | null; postalCode?: string | null; country?: string | null } | null | undefined;
}

/**
 * Facts of one event that Track Alert pushed: what happened, the day that is now expected, and that somebody signed.
 * @throws UnreadableMessage where the number is none
 */
export function alertFacts(of: Alert, message: RawMessage): Decoded {
  const anomalies: Anomaly[] = [];
  const { activityStatus: status } = of;
  const activity: Activity = {
    time: { date: of.localActivityDate, time: of.localActivityTime, gmtDate: of.gmtActivityDate, gmtTime: of.gmtActivityTime, gmtOffset: of.gmtOffset },
    type: filled(status.type), code: filled(status.code), descriptionCode: filled(status.descriptionCode), description: filled(status.description), at: of.activityLocation,
  };
  const occurred = timeOfActivity(activity.time, message.zone);
  const subject = subjectOf(of.trackingNumber, occurred?.instant ?? message.receivedAt);
  const scheduled = timeOfDelivery(of.scheduledDeliveryDate, of.deliveryEndTime, message.zone);
  const fact = milestoneOf(activity, occurred, subject, anomalies, 'The event');
  const facts = new FactSet();
  if (fact !== null) facts.add(fact);
  const delivered = fact?.payload.code === 'DELIVERED';
  // A delivered parcel repeats what was expected at first.
  if (!delivered && scheduled !== null) for (const each of estimates(subject, scheduled)) facts.add(each);
  if (delivered && filled(of.receivedBy) !== undefined) facts.add(proof(subject, fact.payload.occurred));
  return { facts: facts.list(), anomalies: [...anomalies, ...facts.anomalies] };
}

/** Facts of a package in an answer of the Track API: its whole history, newest first. */
export function packageFacts(raw: unknown, message: RawMessage): Decoded {
  const parsed = trackedPackage.safeParse(raw);
  if (!parsed.success) return { facts: [], anomalies: [{ kind: 'ITEM_INVALID', message: 'A package without its number was left out.', severity: 'MEDIUM' }] };
  const of = parsed.data;
  const anomalies: Anomaly[] = [];
  const facts = new FactSet();
  const subject = subjectOf(of.trackingNumber, message.receivedAt);
  let delivered: ZonedInstant | undefined;
  (of.activity ?? []).forEach((item, index) => {
    const read = trackedActivity.safeParse(item);
    if (!read.success) return void anomalies.push({ kind: 'ITEM_INVALID', message: `activity[${index}] has no status and was left out.`, severity: 'MEDIUM' });
    const { status, location, ...time } = read.data;
    const at = location?.address;
    const activity: Activity = {
      time, type: filled(status.type), code: filled(status.code), descriptionCode: filled(status.statusCode), description: filled(status.description),
      at: at == null ? null : { ...at, country: filled(at.countryCode) ?? filled(at.country) ?? null },
    };
    const fact = milestoneOf(activity, timeOfActivity(time, message.zone), subject, anomalies, `activity[${index}]`);
    if (fact === null) return;
    facts.add(fact);
    if (fact.payload.code === 'DELIVERED') delivered = later(delivered, fact.payload.occurred);
  });
  if (delivered === undefined) for (const each of expectedOf(of, subject, message)) facts.add(each);
  else if (hasProof(of)) facts.add(proof(subject, delivered));
  return { facts: facts.list(), anomalies: [...anomalies, ...facts.anomalies] };
}

function subjectOf(number: string, observedAt: string): Subject {
  const reference = trackingReference('UPS', number);
  if (reference.value.length > maxReferenceLength || reference.value === '') throw new UnreadableMessage(`The tracking number is empty or longer than ${maxReferenceLength} characters.`);
  return { reference, carrier: 'UPS', observedAt };
}

type Milestone = Extract<Fact, { type: 'milestone.reported' }>;

function milestoneOf(activity: Activity, occurred: ZonedInstant | null, subject: Subject, anomalies: Anomaly[], name: string): Milestone | null {
  const { type, code, descriptionCode, description } = activity;
  const rawCode = clip([type, code].filter((part) => part !== undefined).join('/') || (descriptionCode ?? 'none'), 60);
  if (occurred === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `${name} (${rawCode}) has no plausible time. It was left out.`, severity: 'MEDIUM' });
    return null;
  }
  const mapped = mapActivity(type, code, descriptionCode);
  if (mapped?.isKnown !== true) anomalies.push({ kind: 'UNKNOWN_CODE', message: `UPS's activity ${rawCode} is in none of its lists; it was read by its type and description alone.`, severity: 'LOW', rawCode });
  const { at } = activity;
  const place = placeOf({ city: at?.city, region: at?.stateProvince, postalCode: at?.postalCode, country: at?.country });
  const payload: MilestonePayload = {
    // The new day itself is told by the estimate: that it was changed is no more than a note.
    code: mapped === null || mapped.code === 'ETA_UPDATED' ? 'INFO' : mapped.code,
    classifier: 'ACTUAL',
    occurred,
    rawCode,
    ...(descriptionCode === undefined ? {} : { rawReason: clip(descriptionCode, 120) }),
    ...(description === undefined ? {} : { rawText: clip(description, 500) }),
    ...(mapped?.exceptionClass === undefined ? {} : { exceptionClass: mapped.exceptionClass }),
    ...(place === undefined ? {} : { place }),
  };
  // Without the place: a push and an answer write it differently, and no parcel is scanned twice in a second.
  return { type: 'milestone.reported', ...subject, factKey: factKeyOf(rawCode, occurred.instant, 'ACTUAL'), payload };
}

/** What is expected, by the Track API: a new day counts more than the first one. */
function expectedOf(of: TrackedPackage, subject: Subject, message: RawMessage): Fact[] {
  const day = (['RDD', 'SDD'] as const).map((type) => (of.deliveryDate ?? []).find((each) => each.type === type)).find((each) => each !== undefined)?.date;
  const time = timeOfDelivery(day, of.deliveryTime?.type === 'EOD' || of.deliveryTime?.type === 'DEL' ? null : of.deliveryTime?.endTime, message.zone);
  return time === null ? [] : estimates(subject, time);
}

function estimates(subject: Subject, estimated: ZonedInstant): Fact[] {
  return [
    { type: 'estimate.reported', ...subject, factKey: factKeyOf('estimate:DELIVERY', subject.observedAt, estimated.instant), payload: { of: 'DELIVERY', estimated } },
    { type: 'milestone.reported', ...subject, factKey: factKeyOf('eta', estimated.instant), payload: { code: 'ETA_UPDATED', classifier: 'ESTIMATED', occurred: estimated, rawCode: 'scheduledDeliveryDate' } },
  ];
}

/** Who received it is personal data and stays in the raw message. Without a time in the key: an exacter one corrects it. */
function proof(subject: Subject, occurred: ZonedInstant): Fact {
  return { type: 'milestone.reported', ...subject, factKey: factKeyOf('receivedBy'), payload: { code: 'POD_AVAILABLE', classifier: 'ACTUAL', occurred, rawCode: 'receivedBy' } };
}

function hasProof({ deliveryInformation: info }: TrackedPackage): boolean {
  return [info?.receivedBy, info?.signature?.image, info?.pod?.content].some((each) => filled(each) !== undefined);
}

function later(a: ZonedInstant | undefined, b: ZonedInstant): ZonedInstant {
  return a !== undefined && a.instant >= b.instant ? a : b;
}
