import type { BookingRecord } from '../../../model/commands.js';
import type { Anomaly, Decoded, Fact, MilestoneFact } from '../../../model/facts.js';
import { carrierCode, trackingReference, type Reference } from '../../../model/references.js';
import { commandHeader, UnreadableMessage, type RawMessage } from '../../contract.js';
import { sumOfAmounts } from '../amounts.js';
import { factKeyOf, maxReferenceLength } from '../text.js';
import { bookingAnswer, manifestAnswer, type BookingAnswer, type KeptFile, type ManifestAnswer } from './answers.js';
import type { BookedParcel, BookingCarrier } from './carrier.js';
import { isPickupAnswer, pickupFacts } from './pickup-answers.js';
import type { PickupCarrier } from './pickup-carrier.js';

/** Cancellations come after every attempt to book. */
const cancellationVersion = 1_000_000;

/** What of a carrier the facts of its answers need. */
export type KeptReader = Pick<BookingCarrier<never>, 'readKept'> & {
  /** The carrier's word for a purchase that it takes back, as `refund`. */
  cancelWord: string;
  /** Where it has pickups. */
  readPickup?: PickupCarrier<never>['readPickup'];
};

interface Part {
  package: string;
  parcel: BookedParcel | null;
  tracking: Reference | null;
  error?: string;
}

/** Whether a message is what was kept of a command's answers, and not the carrier's own: only we give the header. */
export function isKeptAnswer(value: unknown, { headers }: Pick<RawMessage, 'headers'>): boolean {
  return headers[commandHeader] !== undefined && typeof value === 'object' && value !== null && 'gatehouse' in value;
}

/**
 * Facts of what a carrier answered to a command, by what was kept of it.
 * @throws UnreadableMessage where it is no such answer
 */
export function decodeAnswer(value: unknown, message: RawMessage, reader: KeptReader): Decoded {
  const kind = (value as { gatehouse?: unknown } | null)?.gatehouse;
  if (isPickupAnswer(value) && reader.readPickup !== undefined) return { facts: pickupFacts(value, message, reader.readPickup), anomalies: [] };
  if (kind === 'manifest') {
    const answer = manifestAnswer.safeParse(value);
    if (answer.success) return { facts: manifestFacts(answer.data, message), anomalies: [] };
  } else {
    const answer = bookingAnswer.safeParse(value);
    if (answer.success) return bookingFacts(answer.data, message, reader);
  }
  throw new UnreadableMessage('The body is no answer that this version keeps.');
}

function bookingFacts(answer: BookingAnswer, message: RawMessage, reader: KeptReader): Decoded {
  const anomalies: Anomaly[] = [];
  const parts = answer.parts.map((part): Part => {
    const parcel = part.shipment == null ? null : reader.readKept(part.shipment);
    if (part.shipment != null && parcel === null) anomalies.push({ kind: 'ITEM_INVALID', message: `The shipment of package ${part.package} cannot be read.`, severity: 'HIGH' });
    return { package: part.package, parcel, tracking: trackingOf(parcel), ...(part.error === undefined ? {} : { error: part.error }) };
  });
  const references = [...(answer.asked.references as Reference[]), ...parts.flatMap((part) => part.tracking ?? [])];
  const isCancelled = answer.gatehouse === 'cancellation';
  const version = (isCancelled ? cancellationVersion : 0) + answer.attempt;
  const base = { factKey: `v${version}`, version, observedAt: message.receivedAt };
  const state = isCancelled ? cancelledState(parts, reader.cancelWord) : bookedState(parts);
  const facts: Fact[] = [{ ...base, type: 'booking.reported', key: { kind: 'booking', id: answer.command }, payload: recordOf(answer, parts, references, state) }];
  for (const file of answer.files) facts.push(documentFact(file, message, documentReferences(file, parts, answer), answer.command));
  if (!isCancelled) facts.push(...parts.flatMap((part) => milestones(part, answer, message)));
  return { facts, anomalies };
}

function trackingOf(parcel: BookedParcel | null): Reference | null {
  if (parcel?.trackingNumber === undefined) return null;
  const reference = trackingReference(parcel.carrier, parcel.trackingNumber);
  return reference.value.length > maxReferenceLength ? null : reference;
}

type State = Pick<BookingRecord, 'state' | 'rawState'>;

function recordOf(answer: BookingAnswer, parts: readonly Part[], references: Reference[], state: State): BookingRecord {
  const priced = parts.flatMap((part) => (part.parcel?.price === undefined ? [] : [part.parcel]));
  const prices = priced.map((parcel) => parcel.price!);
  const sameCurrency = prices.length > 0 && prices.every((price) => price.currency === prices[0]!.currency);
  const deliveries = priced.map((parcel) => parcel.deliveryAt);
  const { quoted, quote, isReturn } = answer.asked;
  return {
    command: answer.command,
    ...state,
    carrier: answer.chosen.carrier,
    service: answer.chosen.code,
    isReturn,
    references,
    reasons: answer.chosen.reasons,
    packages: parts.map((part) => ({
      id: part.package, ...(part.tracking === null ? {} : { trackingNumber: part.tracking.value }), ...(part.parcel === null ? {} : { externalId: part.parcel.externalId }), ...(part.error === undefined ? {} : { error: part.error }),
    })),
    ...(sameCurrency ? { price: { amount: sumOfAmounts(prices.map((price) => price.amount)), currency: prices[0]!.currency } } : {}),
    ...(quoted === undefined ? {} : { quoted }),
    ...(quote === undefined ? {} : { quote }),
    ...(deliveries.length > 0 && deliveries.every((at) => at !== undefined) ? { deliveryAt: deliveries.sort().at(-1)! } : {}),
  };
}

function bookedState(parts: readonly Part[]): State {
  const failed = parts.filter((part) => part.tracking === null || part.error !== undefined).length;
  if (failed === 0) return { state: 'BOOKED', rawState: 'bought' };
  return { state: failed === parts.length && parts.every((part) => part.tracking === null) ? 'FAILED' : 'PARTIAL', rawState: `${failed} of ${parts.length} not bought, or without label` };
}

/** A carrier may take weeks from a request to its confirmation. */
function cancelledState(parts: readonly Part[], word: string): State {
  const standings = parts.filter((part) => part.tracking !== null || part.error !== undefined).map(({ error, parcel }) => (error !== undefined ? { raw: 'rejected', state: 'REJECTED' } : (parcel?.cancellation ?? { raw: 'none', state: 'REJECTED' })));
  const rawState = `${word} ${[...new Set(standings.map(({ raw }) => raw))].sort().join(', ') || 'not needed'}`;
  const standing = standings.filter(({ state }) => state === 'REJECTED').length;
  if (standing > 0) return { state: standing === standings.length ? 'BOOKED' : 'PARTIAL', rawState };
  return { state: standings.some(({ state }) => state === 'REQUESTED') ? 'CANCEL_REQUESTED' : 'CANCELLED', rawState };
}

function documentReferences(file: KeptFile, parts: readonly Part[], answer: BookingAnswer): Reference[] {
  const own = parts.find((part) => part.package === file.package)?.tracking;
  return [...(answer.asked.references as Reference[]), ...(own == null ? [] : [own])];
}

function documentFact(file: KeptFile, { receivedAt }: RawMessage, references: Reference[], booking?: string): Fact {
  const { key, kind, format, sha256, bytes } = file;
  return {
    type: 'document.reported', version: 1, observedAt: receivedAt, factKey: 'v1', key: { kind: 'document', id: key },
    payload: { kind, format, references, sha256, bytes, ...(booking === undefined ? {} : { booking }), ...(file.package === undefined ? {} : { package: file.package }) },
  };
}

/** The carrier took it, and the label is made: what its own tracker says comes on top. Names the parcel's number beside the shipment's. */
function milestones({ parcel, tracking }: Part, answer: BookingAnswer, message: RawMessage): MilestoneFact[] {
  if (tracking === null || parcel?.label === undefined) return [];
  const occurred = parcel.label.madeAt ?? { instant: message.receivedAt, zone: 'Z' };
  const base = {
    type: 'milestone.reported' as const, reference: tracking, also: answer.asked.references as Reference[], observedAt: message.receivedAt, ...(parcel.carrier === null ? {} : { carrier: carrierCode(parcel.carrier) }),
  };
  return ([['ACCEPTED', 'BOOKED'], ['INFO_RECEIVED', 'LABEL_CREATED']] as const).map(([code, rawCode]) => ({ ...base, factKey: factKeyOf(rawCode, answer.command), payload: { code, classifier: 'ACTUAL', occurred, rawCode } }));
}

function manifestFacts(answer: ManifestAnswer, message: RawMessage): Fact[] {
  const references = answer.trackingNumbers.map((number) => trackingReference(answer.carrier, number));
  return answer.files.map((file) => documentFact(file, message, references));
}
