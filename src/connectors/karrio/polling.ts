import type { CarrierApi } from '../kit/booking/api.js';
import { toAnswer } from '../kit/booking/answers.js';
import type { Tracked, TrackedNumber } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { proofOf, type Proof } from '../kit/booking/proofs.js';
import { carrierCode } from '../../model/references.js';
import { karrioNameOf } from './codes.js';
import { notFound } from './errors.js';
import { fileAt } from './labels.js';
import { carrierNameOf, tracker, type Tracker } from './payloads.js';

/**
 * What Karrio knows of a parcel. It asks carriers by itself for all that was booked or is tracked there; a number that it does not track
 * yet is given to it, where its carrier is known; null where it is not.
 */
export async function track(api: CarrierApi, connection: string, { carrier, number }: TrackedNumber, base: string): Promise<CarrierOutcome<Tracked | null>> {
  let answer = await api.get(`/v1/trackers/${encodeURIComponent(number)}`);
  if (!answer.ok && answer.error.code === notFound) {
    if (carrier === null) return { ok: true, value: null };
    answer = await api.post('/v1/trackers', { tracking_number: number, carrier_name: karrioNameOf(carrier) });
  }
  if (!answer.ok) return answer;
  // What is no tracker would be quarantined later, without anybody being told.
  const read = tracker.safeParse(answer.value);
  if (!read.success) return refused('unparseable', 'Karrio answered with something that tells of no parcel.');
  const proofs = await proofsOf(api, connection, read.data, base);
  if (!proofs.ok) return proofs;
  const body = { event: 'tracker_polled', data: answer.value, ...(proofs.value.length === 0 ? {} : { gatehouseProofs: proofs.value.map((proof) => proof.kept) }) };
  return { ok: true, value: { ...toAnswer(`tracker-${number}`, body), files: proofs.value.map((proof) => proof.file) } };
}

/** Pictures of the delivery and the signature, where Karrio has them. */
async function proofsOf(api: CarrierApi, connection: string, of: Tracker, base: string): Promise<CarrierOutcome<Proof[]>> {
  const proofs: Proof[] = [];
  for (const [what, url] of [['delivery', of.delivery_image_url], ['signature', of.signature_image_url]] as const) {
    if (url == null || url === '') continue;
    const content = await fileAt(api, url, base);
    if (!content.ok && content.error.kind !== 'invalid') return content;
    const proof = content.ok ? proofOf(Buffer.from(content.value).toString('base64'), { connection, carrier: carrierCode(carrierNameOf(of)!), number: of.tracking_number, what }) : null;
    if (proof !== null) proofs.push(proof);
  }
  return { ok: true, value: proofs };
}
