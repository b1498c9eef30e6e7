import { lacksCustoms } from '../../model/freight.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Outcome } from '../contract.js';
import { toAnswer } from '../kit/booking/answers.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { BookedParcel, BookingCalls, BookingCarrier } from '../kit/booking/carrier.js';
import { refused } from '../kit/booking/errors.js';
import { addresses } from './address-check.js';
import { openApi } from './api.js';
import { fetchLabels } from './labels.js';
import { manifest } from './manifest.js';
import { shipment, track, transaction, wordsOf, type ShippoShipment, type Transaction } from './payloads.js';
import { packageRates, rateOf } from './rates.js';
import type { ShippoSettings } from './settings.js';
import { draftShipment } from './shipments.js';
import { buyRate, findTransaction, refundTransaction } from './transactions.js';

const defaultSettleSeconds = 60;

/**
 * Shippo to the kit. A shipment is the draft; a transaction buys one of its rates. Which rate is remembered before: after an
 * answer that was lost the transactions of that rate are listed, and decide.
 */
export const carrier: BookingCarrier<ShippoSettings, ShippoShipment, Transaction> = {
  name: 'Shippo',
  guard: 'look-up',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  lacks: lacksCustoms,
  addresses,
  readKept,
  open(access: Access<ShippoSettings>, timeoutMs: number): Outcome<BookingCalls<ShippoShipment, Transaction>> {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value) } : opened;
  },
};

function callsOf(api: CarrierApi): BookingCalls<ShippoShipment, Transaction> {
  return {
    draft: (of, known) => draftShipment(api, of, known),
    rates: async ({ request }, draft) => ({ ok: true, value: packageRates(draft!.read, request) }),
    whyNoRate: ({ read }) => wordsOf(read.messages),
    offerOf: (draft, service) => rateOf(draft!.read, service)?.object_id,
    find: (of) => findTransaction(api, of),
    buy: (of, draft, service) => buyRate(api, of, draft!, service),
    labels: ({ read }, wanted) => fetchLabels(api, read, wanted),
    cancel: (id) => refundTransaction(api, id),
    manifest: (wish) => manifest(api, wish),
    async track({ carrier: name, number }) {
      if (name === null) return refused('invalid', `Shippo is asked by carrier and number, and which carrier gave ${number} is not known.`);
      const answer = await api.get(`/tracks/${encodeURIComponent(name.toLowerCase())}/${encodeURIComponent(number)}`);
      if (!answer.ok) return answer;
      // What is no track would be quarantined later, without anybody being told.
      if (!track.safeParse(answer.value).success) return refused('unparseable', 'Shippo answered with something that tells of no parcel.');
      return { ok: true, value: toAnswer(`track-${number}`, { event: 'track_updated', data: answer.value }) };
    },
  };
}

/** Words of a refund, and of a transaction that has one. */
const cancellations: Readonly<Record<string, 'REQUESTED' | 'DONE' | 'REJECTED'>> = {
  QUEUED: 'REQUESTED', PENDING: 'REQUESTED', SUCCESS: 'DONE', ERROR: 'REJECTED', REFUNDPENDING: 'REQUESTED', REFUNDED: 'DONE', REFUNDREJECTED: 'REJECTED',
};

/** A transaction, or the shipment that is its draft, as facts need it. */
export function readKept(raw: unknown): BookedParcel | null {
  const parsed = transaction.safeParse(raw);
  // A shipment has a status as well, and rates.
  if (!parsed.success || (raw as { rates?: unknown }).rates !== undefined) {
    const draft = shipment.safeParse(raw);
    return draft.success ? { externalId: draft.data.object_id, carrier: null, cancellation: null } : null;
  }
  const { object_id: id, status, tracking_number: number, bought_rate: whole, rate: part, label_url: url, object_created: made, refund } = parsed.data;
  const rate = whole ?? (typeof part === 'object' ? part : null);
  const undone = refund?.status ?? (status.startsWith('REFUND') ? status : null);
  const isBought = status !== 'ERROR' && number != null && number !== '';
  return {
    externalId: id,
    ...(isBought ? { trackingNumber: number } : {}),
    carrier: rate?.provider ?? null,
    ...(rate?.amount == null || rate.currency == null ? {} : { price: { amount: rate.amount, currency: rate.currency } }),
    ...(url == null || url === '' ? {} : { label: { madeAt: parseOffsetTime(made ?? '') } }),
    cancellation: undone == null ? null : { raw: undone.toLowerCase(), state: cancellations[undone] ?? 'REQUESTED' },
  };
}
