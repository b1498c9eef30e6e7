import type { Access, Outcome } from '../contract.js';
import type { BookedParcel, BookingCalls, BookingCarrier, Held } from '../kit/booking/carrier.js';
import { toAnswer } from '../kit/booking/answers.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { lacksCustoms } from '../../model/freight.js';
import { parseOffsetTime } from '../../model/time.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { addresses } from './addresses.js';
import { openApi } from './api.js';
import { buy } from './buying.js';
import { fetchLabels } from './labels.js';
import { manifest } from './manifest.js';
import { tracker } from './payloads.js';
import { packageRates } from './rates.js';
import { shipmentBody } from './requests.js';
import type { EasyPostSettings } from './settings.js';
import { carrierMessages, isBought, readShipment, shipment, type EasyPostShipment } from './shipments.js';

/**
 * EasyPost to the kit: a shipment is the draft, is bought once, whoever asks how often, and tells itself. EasyPost's orders
 * are not used: they are bought as a whole, and leave nothing to repeat for one package alone.
 */
export const carrier: BookingCarrier<EasyPostSettings, EasyPostShipment, EasyPostShipment> = {
  name: 'EasyPost',
  guard: 'carrier',
  lacks: lacksCustoms,
  addresses,
  alsoFormat: ({ alsoFormat }) => alsoFormat,
  readKept,
  open(access: Access<EasyPostSettings>, timeoutMs: number): Outcome<BookingCalls<EasyPostShipment, EasyPostShipment>> {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value) } : opened;
  },
};

function callsOf(api: CarrierApi): BookingCalls<EasyPostShipment, EasyPostShipment> {
  return {
    async draft({ request, package: of, reference, isReturn }, known) {
      return known === null ? readShipment(await api.post('/v2/shipments', shipmentBody(request, of, reference, isReturn))) : readAgain(api, known);
    },
    rates: async ({ request }, draft) => ({ ok: true, value: packageRates(draft!.read, request) }),
    whyNoRate: ({ read }) => carrierMessages(read),
    boughtFrom: (draft) => (isBought(draft.read) ? draft : null),
    buy: (_of, draft, service) => buy(api, draft!, service),
    labels: ({ read }, wanted, also) => fetchLabels(api, read, wanted, also),
    cancel: (id) => refund(api, id),
    manifest: (wish) => manifest(api, wish),
    // EasyPost gives the tracker of a number that it knows and makes one where it does not, so that from then on it reports by itself.
    async track({ number }) {
      const answer = await api.post('/v2/trackers', { tracker: { tracking_code: number } });
      if (!answer.ok) return answer;
      // What is no tracker would be quarantined later, without anybody being told.
      if (!tracker.safeParse(answer.value).success) return refused('unparseable', 'EasyPost answered with something that is no tracker.');
      return { ok: true, value: toAnswer(`tracker-${number}`, { description: 'tracker.updated', result: answer.value }) };
    },
  };
}

/** As it stands now; with rates, where there were none the last time. */
async function readAgain(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<EasyPostShipment>>> {
  const path = `/v2/shipments/${encodeURIComponent(id)}`;
  const found = readShipment(await api.get(path));
  return found.ok && found.value.read.rates.length === 0 && !isBought(found.value.read) ? readShipment(await api.post(`${path}/rerate`, {})) : found;
}

/**
 * Asks for the money back, which voids the label. A carrier may take up to 30 days to confirm (`submitted`). Who bills
 * labels when they are scanned has nothing to give back (`not_applicable`). Reads first: what was asked for already is not
 * asked for again; what was rejected may be.
 */
async function refund(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<EasyPostShipment>>> {
  const path = `/v2/shipments/${encodeURIComponent(id)}`;
  const found = readShipment(await api.get(path));
  if (!found.ok || !isBought(found.value.read)) return found;
  const status = found.value.read.refund_status;
  if (status != null && status !== 'rejected') return found;
  const asked = readShipment(await api.post(`${path}/refund`, {}));
  if (asked.ok || mayPass(asked.error)) return asked;
  const after = readShipment(await api.get(path));
  return after.ok && after.value.read.refund_status != null && after.value.read.refund_status !== 'rejected' ? after : asked;
}

/** A Shipment as facts need it. Refunds by EasyPost's `refund_status`. */
export function readKept(raw: unknown): BookedParcel | null {
  const parsed = shipment.safeParse(raw);
  if (!parsed.success) return null;
  const { id, tracking_code: number, selected_rate: rate, postage_label: label, refund_status: status } = parsed.data;
  const deliveryAt = parseOffsetTime(rate?.delivery_date ?? '')?.instant;
  return {
    externalId: id,
    ...(number == null || number === '' ? {} : { trackingNumber: number }),
    carrier: rate?.carrier ?? null,
    ...(rate == null ? {} : { price: { amount: rate.rate, currency: rate.currency } }),
    ...(deliveryAt === undefined ? {} : { deliveryAt }),
    ...(label == null ? {} : { label: { madeAt: parseOffsetTime(label.created_at ?? '') } }),
    cancellation: status == null ? null : { raw: status, state: status === 'rejected' || status === 'none' ? 'REJECTED' : status === 'submitted' ? 'REQUESTED' : 'DONE' },
  };
}

