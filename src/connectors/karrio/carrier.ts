import { parseOffsetTime } from '../../model/time.js';
import type { Access, Outcome } from '../contract.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { BookedParcel, BookingCalls, BookingCarrier } from '../kit/booking/carrier.js';
import { lacksInvoice } from '../kit/booking/customs.js';
import { openApi } from './api.js';
import { fetchLabels } from './labels.js';
import { manifest } from './manifest.js';
import { carrierNameOf, shipment, wordsOf, type KarrioShipment } from './payloads.js';
import { track } from './polling.js';
import { endOfDay, packageRates, priceOf } from './rates.js';
import type { KarrioSettings } from './settings.js';
import { buyShipment, cancelShipment, draftShipment, findShipment, isBought, settleMs, type Draft } from './shipments.js';

/**
 * Karrio to the kit. A shipment is the draft, and the same shipment is what is bought: Karrio refuses to buy it twice, and it tells by itself
 * whether it was. Only while Karrio may still be speaking to the carrier it does not, so that its silence is believed after `settleMs`.
 */
export const carrier: BookingCarrier<KarrioSettings, Draft, KarrioShipment> = {
  name: 'Karrio',
  guard: 'look-up',
  settleMs,
  lacks: lacksInvoice,
  readKept,
  open(access: Access<KarrioSettings>, timeoutMs: number): Outcome<BookingCalls<Draft, KarrioShipment>> {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access) } : opened;
  },
};

function callsOf(api: CarrierApi, { connection, settings }: Access<KarrioSettings>): BookingCalls<Draft, KarrioShipment> {
  const carrierIds = (settings.carrierIds ?? '').split(',').map((id) => id.trim()).filter((id) => id !== '');
  const base = settings.url!;
  return {
    draft: (of, known) => draftShipment(api, of, known, carrierIds),
    rates: async ({ request }, draft) => ({ ok: true, value: packageRates({ rates: draft!.read.rates, asOf: draft!.read.of?.created_at ?? new Date().toISOString() }, request) }),
    whyNoRate: ({ read }) => wordsOf(read.messages),
    boughtFrom: ({ id, raw, read }) => (read.of !== null && isBought(read.of) ? { id, raw, read: read.of } : null),
    find: (of) => findShipment(api, of),
    buy: (of, draft, service) => buyShipment(api, of, draft!, service),
    labels: (of, wanted) => fetchLabels(api, of, wanted, base),
    cancel: (id) => cancelShipment(api, id),
    manifest: (wish) => manifest(api, wish, base),
    track: (number) => track(api, connection, number, base),
  };
}

/** A shipment, bought or a draft, as facts need it. */
export function readKept(raw: unknown): BookedParcel | null {
  const parsed = shipment.safeParse(raw);
  if (!parsed.success) return null;
  const of = parsed.data;
  if (!isBought(of)) return { externalId: of.id, carrier: null, cancellation: null };
  const { tracking_number: number, shipment_identifier: identifier, selected_rate: rate, label_url: url, shipping_documents: documents } = of;
  const deliveryAt = parseOffsetTime(endOfDay(rate?.estimated_delivery) ?? '')?.instant;
  const isLabelled = (url != null && url !== '') || documents.some(({ category }) => category === 'label');
  return {
    externalId: of.id,
    trackingNumber: number == null || number === '' ? identifier! : number,
    carrier: carrierNameOf(rate ?? of) ?? carrierNameOf(of),
    ...(rate == null ? {} : { price: { amount: priceOf(rate), currency: rate.currency } }),
    ...(deliveryAt === undefined ? {} : { deliveryAt }),
    // When it was bought is not said: `created_at` is of the draft.
    ...(isLabelled ? { label: { madeAt: null } } : {}),
    cancellation: of.status === 'cancelled' ? { raw: 'cancelled', state: 'DONE' } : null,
  };
}
