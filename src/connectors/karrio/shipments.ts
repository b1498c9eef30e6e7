import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, PackageToBook, Service, SoughtPackage } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { failedInside } from './errors.js';
import { rateAnswer, shipment, wordsOf, type KarrioShipment, type RateAnswer } from './payloads.js';
import { rateOf } from './rates.js';
import { rateBody, shipmentBody } from './requests.js';
import type { KarrioSettings } from './settings.js';

/** What stands for a package before it is bought: a draft at Karrio, or for a quote its rates alone. */
export type Draft = Pick<RateAnswer, 'rates' | 'messages'> & { of: KarrioShipment | null };

/** Rates do not end at Karrio; carriers go on charging what they take then, so that old ones are asked for anew, ms. */
const rateLifeMs = 12 * 3600_000;

const defaultSettleSeconds = 120;

/** Until Karrio's silence is believed. */
export function settleMs({ settleSeconds }: KarrioSettings): number {
  return (settleSeconds ?? defaultSettleSeconds) * 1000;
}

/** The draft of a package with its rates: the one of before while its rates are fresh. A quote leaves nothing behind at Karrio. */
export async function draftShipment(api: CarrierApi, of: PackageToBook, known: string | null, carrierIds: readonly string[]): Promise<CarrierOutcome<Held<Draft>>> {
  if (of.isQuote) return readRates(await api.post('/v1/proxy/rates', rateBody(of, carrierIds)));
  if (known === null) return draftOf(readShipment(await api.post('/v1/shipments', shipmentBody(of, carrierIds))));
  const found = readShipment(await api.get(pathOf(known)));
  if (!found.ok) return found;
  const { status, rates, created_at: made } = found.value.read;
  const isFresh = rates.length > 0 && !(Date.now() - Date.parse(made ?? '') > rateLifeMs);
  return draftOf(isFresh || status !== 'draft' ? found : readShipment(await api.post(`${pathOf(known)}/rates`, {})));
}

/** Buys the rate of this service. A shipment is bought once: Karrio refuses (409) what is no draft any more. */
export async function buyShipment(api: CarrierApi, of: PackageToBook, draft: Held<Draft>, service: Service): Promise<CarrierOutcome<Held<KarrioShipment>>> {
  const rate = rateOf(draft.read, service);
  if (rate === undefined) {
    const why = wordsOf(draft.read.messages);
    return refused('invalid', `${service.carrier} does not offer ${service.code} for this package.${why === '' ? '' : ` ${why}`}`);
  }
  const bought = readShipment(await api.post(`${pathOf(draft.id)}/purchase`, { selected_rate_id: rate.id, label_type: of.format }));
  if (bought.ok || (bought.error.code !== failedInside && mayPass(bought.error))) return bought.ok && !isBought(bought.value.read) ? refused('unparseable', 'Karrio took the purchase and its shipment is a draft still.') : bought;
  // Bought by a call of before, whose answer was lost.
  const after = readShipment(await api.get(pathOf(draft.id)));
  if (after.ok && isBought(after.value.read) && after.value.read.status !== 'cancelled') return after;
  if (bought.error.code !== failedInside) return bought;
  return refused('invalid', clip(`${bought.error.message} Karrio failed while it spoke to the carrier: package ${of.package.id} may have been booked there. Look for ${of.key.replaceAll('-', '')} at the carrier before you try this again.`, 900), bought.error.raw);
}

/** What was bought for a package: the draft itself tells. */
export async function findShipment(api: CarrierApi, { boughtId, draftId }: SoughtPackage): Promise<CarrierOutcome<Held<KarrioShipment> | null>> {
  const id = boughtId ?? draftId;
  if (id === null) return { ok: true, value: null };
  const found = readShipment(await api.get(pathOf(id)));
  return found.ok && !isBought(found.value.read) ? { ok: true, value: null } : found;
}

/** Reads first: what is cancelled is not cancelled again. */
export async function cancelShipment(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<KarrioShipment>>> {
  const found = readShipment(await api.get(pathOf(id)));
  if (!found.ok || found.value.read.status === 'cancelled') return found;
  const asked = readShipment(await api.post(`${pathOf(id)}/cancel`, {}));
  if (asked.ok || mayPass(asked.error)) return asked;
  const after = readShipment(await api.get(pathOf(id)));
  return after.ok && after.value.read.status === 'cancelled' ? after : asked;
}

export function pathOf(id: string): string {
  return `/v1/shipments/${encodeURIComponent(id)}`;
}

/** Whether it was bought at all; it may be cancelled since. */
export function isBought({ status, tracking_number: number, shipment_identifier: identifier }: KarrioShipment): boolean {
  return status !== 'draft' && [number, identifier].some((each) => each != null && each !== '');
}

/** Its files are in `read`, and are no part of what is kept raw. */
export function readShipment(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<KarrioShipment>> {
  if (!answer.ok) return answer;
  const parsed = shipment.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'Karrio answered with something that is no shipment.', clip(JSON.stringify(answer.value) ?? '', 500));
  const { docs: _, shipping_documents: documents, ...raw } = answer.value as Record<string, unknown>;
  const named = Array.isArray(documents) ? documents.map((each) => ({ ...(each as object), base64: null })) : [];
  return { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: { ...raw, shipping_documents: named } } };
}

function draftOf(answer: CarrierOutcome<Held<KarrioShipment>>): CarrierOutcome<Held<Draft>> {
  if (!answer.ok) return answer;
  const { id, raw, read } = answer.value;
  return { ok: true, value: { id, raw, read: { rates: read.rates, messages: read.messages, of: read } } };
}

function readRates(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<Draft>> {
  if (!answer.ok) return answer;
  const parsed = rateAnswer.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'Karrio answered with something that holds no rates.', clip(JSON.stringify(answer.value) ?? '', 500));
  return { ok: true, value: { id: 'quote', raw: answer.value, read: { ...parsed.data, of: null } } };
}
