import { z } from 'zod';
import { toAnswer } from '../kit/booking/answers.js';
import type { Held, Tracked } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { proofOf, type Proof } from '../kit/booking/proofs.js';
import { filled } from '../kit/text.js';
import type { FedexApi } from './api.js';
import { notTracked } from './errors.js';
import { trackAnswer, trackResult, type TrackResult } from './payloads.js';
import { referenceBody } from './requests.js';
import { foundShipment, type FedexShipment } from './shipments.js';

/** Where a parcel is, with its whole history, and the proof of its delivery. Null where FedEx does not know the number (yet). */
export async function track(api: FedexApi, connection: string, number: string): Promise<CarrierOutcome<Tracked | null>> {
  const answer = await api.post('/track/v1/trackingnumbers', { includeDetailedScans: true, trackingInfo: [{ trackingNumberInfo: { trackingNumber: number } }] });
  if (!answer.ok) return notTracked.has(answer.error.code ?? '') ? { ok: true, value: null } : answer;
  const results = resultsOf(answer.value);
  if (!results.ok) return results;
  if (results.value.length === 0) return { ok: true, value: null };
  const hasProof = results.value.some((each) => (each.availableImages ?? []).some(({ type }) => type === proofType));
  const proofs = hasProof ? await proofsOf(api, connection, number) : [];
  return { ok: true, value: { ...toAnswer(`track-${number}`, proofs.length === 0 ? (answer.value as object) : { ...(answer.value as object), gatehouseProofs: proofs.map((proof) => proof.kept) }), files: proofs.map((proof) => proof.file) } };
}

const proofType = 'SIGNATURE_PROOF_OF_DELIVERY';
const proofAnswer = z.looseObject({ output: z.looseObject({ document: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string())) }) });

/** None where FedEx gives none: where a parcel is does not depend on it. */
async function proofsOf(api: FedexApi, connection: string, number: string): Promise<Proof[]> {
  const answer = await api.post('/track/v1/trackingdocuments', {
    trackDocumentDetail: { documentType: proofType, documentFormat: 'PDF' },
    trackDocumentSpecification: [{ trackingNumberInfo: { trackingNumber: number }, ...(api.accountNumber === undefined ? {} : { accountNumber: api.accountNumber }) }],
  });
  const documents = answer.ok ? (proofAnswer.safeParse(answer.value).data?.output.document ?? []) : [];
  return documents.flatMap((each, index) => proofOf(each, { connection, carrier: 'FEDEX', number, what: `letter-${index + 1}` }) ?? []);
}

/** The shipment that bears our reference and was not cancelled; null where none is to be seen. @param voided numbers that FedEx has cancelled, whatever its tracking says of them yet */
export async function findByReference(api: FedexApi, key: string, accountNumber: string, voided: readonly string[]): Promise<CarrierOutcome<Held<FedexShipment> | null>> {
  const answer = await api.post('/track/v1/referencenumbers', referenceBody(key, accountNumber, Date.now()));
  if (!answer.ok) return notTracked.has(answer.error.code ?? '') ? { ok: true, value: null } : answer;
  const results = resultsOf(answer.value);
  if (!results.ok) return results;
  const standing = results.value.filter((each) => each.latestStatusDetail?.code !== 'CA' && each.latestStatusDetail?.derivedCode !== 'CA');
  const numbers = new Set(standing.flatMap((each) => filled(each.trackingNumberInfo?.trackingNumber) ?? []).filter((number) => !voided.includes(number)));
  if (numbers.size > 1) return refused('invalid', `FedEx knows ${numbers.size} shipments under one reference of ours (${[...numbers].slice(0, 5).join(', ')}): look for them there.`);
  const [number] = numbers;
  return { ok: true, value: number === undefined ? null : foundShipment(number) };
}

/** What is known; a number that is not is a result with an error. */
function resultsOf(answer: unknown): CarrierOutcome<TrackResult[]> {
  const parsed = trackAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'FedEx answered with something that is no tracking.');
  const results = parsed.data.output.completeTrackResults.flatMap((each) => each.trackResults).flatMap((each): TrackResult[] => {
    const read = trackResult.safeParse(each);
    return read.success ? [read.data] : [];
  });
  const failed = results.find((each) => each.error != null && !notTracked.has(each.error.code ?? ''));
  if (failed !== undefined && results.every((each) => each.error != null)) return refused('invalid', `FedEx: ${failed.error!.message ?? 'It does not say what'} [${failed.error!.code ?? 'UNKNOWN'}]`);
  return { ok: true, value: results.filter((each) => each.error == null) };
}
