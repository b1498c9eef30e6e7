import { toAnswer } from '../kit/booking/answers.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, Tracked } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { proofOf, type Proof } from '../kit/booking/proofs.js';
import { mapEvent } from './codes.js';
import { notFound } from './errors.js';
import { event, proofAnswer, shipment, trackingAnswer, type ExpressShipment } from './payloads.js';
import { referenceValue } from './requests.js';
import { foundShipment, givenUp, type ExpressBooking } from './shipments.js';
import { carrierName } from './tracking.js';

interface Known {
  answer: object;
  shipments: ExpressShipment[];
}

/** Where a shipment is, with its whole history, and the proof of its delivery. Null where DHL does not know the number (yet). */
export async function track(api: CarrierApi, connection: string, number: string, accountNumber: string | undefined): Promise<CarrierOutcome<Tracked | null>> {
  const known = await history(api, number);
  if (!known.ok || known.value === null) return known as CarrierOutcome<null>;
  const { answer, shipments } = known.value;
  const proofs = codesOf(shipments).has('DELIVERED') ? await proofsOf(api, connection, number, accountNumber) : [];
  return { ok: true, value: { ...toAnswer(`track-${number}`, proofs.length === 0 ? answer : { ...answer, gatehouseProofs: proofs.map((proof) => proof.kept) }), files: proofs.map((proof) => proof.file) } };
}

async function history(api: CarrierApi, number: string): Promise<CarrierOutcome<Known | null>> {
  return read(await api.get(`/shipments/${encodeURIComponent(number)}/tracking?trackingView=all-checkpoints&levelOfDetail=shipment&requestGMTOffsetPerEvent=true`));
}

function read(answer: CarrierOutcome<unknown>): CarrierOutcome<Known | null> {
  if (!answer.ok) return answer.error.code === notFound ? { ok: true, value: null } : answer;
  const parsed = trackingAnswer.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'DHL Express answered with something that is no tracking.');
  const shipments = parsed.data.shipments.flatMap((each) => shipment.safeParse(each).data ?? []);
  return { ok: true, value: shipments.length === 0 ? null : { answer: answer.value as object, shipments } };
}

function codesOf(shipments: readonly ExpressShipment[]): Set<string> {
  const events = shipments.flatMap(({ events }) => events ?? []).flatMap((each) => event.safeParse(each).data ?? []);
  return new Set(events.flatMap((each) => mapEvent(each.typeCode)).map((mapped) => mapped.code));
}

/** None where DHL gives none: where a shipment is does not depend on it. */
async function proofsOf(api: CarrierApi, connection: string, number: string, accountNumber: string | undefined): Promise<Proof[]> {
  const account = accountNumber === undefined ? '' : `&shipperAccountNumber=${encodeURIComponent(accountNumber)}`;
  const answer = await api.get(`/shipments/${encodeURIComponent(number)}/proof-of-delivery?content=epod-summary${account}`);
  const documents = answer.ok ? (proofAnswer.safeParse(answer.value).data?.documents ?? []) : [];
  return documents.flatMap((each, index) => proofOf(each.content, { connection, carrier: carrierName, number, what: `letter-${index + 1}` }) ?? []);
}

const dayMs = 86_400_000;
/** Days around now in which a booking of ours can have its date of shipping. */
const daysBack = 7;
const daysAhead = 14;

/** The shipment that bears our reference; null where none is to be seen. */
export async function findByReference(api: CarrierApi, key: string, accountNumber: string): Promise<CarrierOutcome<Held<ExpressBooking> | null>> {
  const reference = referenceValue(key);
  const day = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);
  const query = new URLSearchParams({ shipmentReference: reference, shipmentReferenceType: 'CU', shipperAccountNumber: accountNumber, dateRangeFrom: day(-daysBack), dateRangeTo: day(daysAhead), trackingView: 'shipment-details-only', levelOfDetail: 'shipment' });
  const known = read(await api.get(`/tracking?${query.toString()}`));
  if (!known.ok) return known;
  // Where it says which references a shipment bears, ours is among them.
  const bearing = (known.value?.shipments ?? []).filter(({ shipperReferences }) => (shipperReferences ?? []).length === 0 || shipperReferences!.some(({ value }) => value === reference));
  const numbers = [...new Set(bearing.map((each) => each.shipmentTrackingNumber))];
  if (numbers.length > 1) return refused('invalid', `DHL Express knows ${numbers.length} shipments under one reference of ours (${numbers.slice(0, 5).join(', ')}): look for them there.`);
  return { ok: true, value: numbers[0] === undefined ? null : foundShipment(numbers[0]) };
}

/** What says only that a shipment was announced. */
const announced: ReadonlySet<string> = new Set(['INFO_RECEIVED', 'INFO']);

/** Gives a shipment up, which costs nothing and asks nothing of DHL, unless DHL has it already. */
export async function giveUp(api: CarrierApi, number: string): Promise<CarrierOutcome<Held<ExpressBooking>>> {
  const known = await history(api, number);
  if (!known.ok) return known;
  const codes = codesOf(known.value?.shipments ?? []);
  return { ok: true, value: givenUp(number, [...codes].some((code) => !announced.has(code)), known.value?.answer ?? null) };
}
