import { z } from 'zod';
import { toAnswer } from '../kit/booking/answers.js';
import type { Tracked } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { proofOf, type Proof } from '../kit/booking/proofs.js';
import type { UpsApi } from './api.js';
import { notTracked } from './errors.js';
import { trackResponse } from './payloads.js';

const code = z.looseObject({ code: z.string() });

/** Where a parcel is: its whole history, as Track Alert does not give it, with proofs of delivery. Null where UPS does not know the number (yet). */
export async function track(api: UpsApi, connection: string, number: string): Promise<CarrierOutcome<Tracked | null>> {
  const answer = await api.get(`/api/track/v1/details/${encodeURIComponent(number)}?locale=en_US&returnSignature=true&returnMilestones=false&returnPOD=true`);
  if (!answer.ok) return notTracked.has(answer.error.code ?? '') ? { ok: true, value: null } : answer;
  const parsed = trackResponse.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'UPS answered with something that is no tracking.');
  const shipments = parsed.data.trackResponse.shipment;
  const isKnown = shipments.some((each) => (each.package ?? []).length > 0);
  const warned = shipments.flatMap((each) => each.warnings ?? []).map((warning) => code.safeParse(warning).data?.code);
  if (!isKnown && warned.some((each) => each !== undefined && notTracked.has(each))) return { ok: true, value: null };
  const { kept, proofs } = withoutFiles(answer.value as object, connection, number);
  return { ok: true, value: { ...toAnswer(`track-${number}`, proofs.length === 0 ? kept : { ...kept, gatehouseProofs: proofs.map((proof) => proof.kept) }), files: proofs.map((proof) => proof.file) } };
}

/** Fields that hold a file in base64. That there was one is kept, as it proves the delivery. */
const fileFields: Readonly<Record<string, string>> = { image: 'signature', photo: 'photo', content: 'letter' };

function withoutFiles(value: object, connection: string, number: string): { kept: object; proofs: Proof[] } {
  const proofs: Proof[] = [];
  const kept = JSON.parse(JSON.stringify(value, (field, item: unknown) => {
    const what = Object.hasOwn(fileFields, field) ? fileFields[field] : undefined;
    if (what === undefined || typeof item !== 'string' || item === '') return item;
    const proof = proofOf(item, { connection, carrier: 'UPS', number, what: `${what}-${proofs.length + 1}` });
    if (proof !== null) proofs.push(proof);
    return `[${what}]`;
  })) as object;
  return { kept, proofs };
}
