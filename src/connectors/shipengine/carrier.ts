import { lacksCustoms } from '../../model/freight.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Outcome } from '../contract.js';
import { sumOfAmounts } from '../kit/amounts.js';
import { toAnswer } from '../kit/booking/answers.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { BookedParcel, BookingCalls, BookingCarrier } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { addresses } from './address-check.js';
import { openApi } from './api.js';
import { carrierCodeOf, carrierOf } from './codes.js';
import { buyLabel, findLabel, voidLabel } from './labels-api.js';
import { fetchLabels } from './labels.js';
import { manifest } from './manifest.js';
import { carrierList, label, labelList, tracking, type Label, type RatedShipment } from './payloads.js';
import { packageRates, rateOf, whyNoRate } from './rates.js';
import type { ShipEngineSettings } from './settings.js';
import { draftShipment } from './shipments.js';

const defaultSettleSeconds = 30;

/**
 * ShipEngine to the kit. A shipment is the draft, made by asking for its rates. A label is bought for a rate, and
 * ShipEngine would sell a second one for the same shipment: so after an answer that was lost the labels of the
 * shipment are listed, and decide.
 */
export const carrier: BookingCarrier<ShipEngineSettings, RatedShipment, Label> = {
  name: 'ShipEngine',
  guard: 'look-up',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  lacks: lacksCustoms,
  addresses,
  alsoFormat: ({ alsoFormat }) => alsoFormat,
  readKept,
  open(access: Access<ShipEngineSettings>, timeoutMs: number): Outcome<BookingCalls<RatedShipment, Label>> {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access.settings) } : opened;
  },
};

function callsOf(api: CarrierApi, settings: ShipEngineSettings): BookingCalls<RatedShipment, Label> {
  let carriers: Promise<CarrierOutcome<string[]>> | null = null;
  const carrierIds = () => (carriers ??= carrierIdsOf(api, settings));
  return {
    draft: (of, known) => draftShipment(api, of, known, carrierIds),
    rates: async ({ request }, draft) => ({ ok: true, value: packageRates(draft!.read, request) }),
    whyNoRate: ({ read }) => whyNoRate(read),
    offerOf: (draft, service) => rateOf(draft!.read, service)?.rate_id,
    find: (of) => findLabel(api, of),
    buy: (of, draft, service) => buyLabel(api, of, draft!, service),
    labels: ({ read }, wanted, also) => fetchLabels(api, read, wanted, also),
    cancel: (id) => voidLabel(api, id),
    manifest: (wish) => manifest(api, wish),
    track: ({ carrier: name, number }) => track(api, name, number),
  };
}

async function carrierIdsOf(api: CarrierApi, { carrierIds }: ShipEngineSettings): Promise<CarrierOutcome<string[]>> {
  if (carrierIds !== undefined) return { ok: true, value: carrierIds.split(',').map((id) => id.trim()) };
  const answer = await api.get('/v1/carriers');
  if (!answer.ok) return answer;
  const read = carrierList.safeParse(answer.value);
  if (!read.success) return refused('unparseable', 'ShipEngine answered with something that is no list of carriers.');
  const ids = read.data.carriers.map((each) => each.carrier_id);
  return ids.length === 0 ? refused('invalid', 'No carrier is connected at ShipEngine.') : { ok: true, value: ids };
}

/** By the carrier's name where we know it, else by the label of ShipEngine that has the number. */
async function track(api: CarrierApi, name: string | null, number: string): ReturnType<NonNullable<BookingCalls<RatedShipment, Label>['track']>> {
  let path = name === null ? null : `/v1/tracking?carrier_code=${encodeURIComponent(carrierCodeOf(name))}&tracking_number=${encodeURIComponent(number)}`;
  if (path === null) {
    const listed = await api.get(`/v1/labels?tracking_number=${encodeURIComponent(number)}`);
    if (!listed.ok) return listed;
    const found = labelList.safeParse(listed.value).data?.labels.flatMap((each) => label.safeParse(each).data ?? [])[0];
    if (found === undefined) return refused('invalid', `ShipEngine made no label with the number ${number}, and which carrier gave it is not known.`);
    path = `/v1/labels/${encodeURIComponent(found.label_id)}/track`;
  }
  const answer = await api.get(path);
  if (!answer.ok) return answer;
  // What is no tracking answer would be quarantined later, without anybody being told.
  if (!tracking.safeParse(answer.value).success) return refused('unparseable', 'ShipEngine answered with something that tells of no parcel.');
  return { ok: true, value: toAnswer(`tracking-${number}`, { resource_type: 'API_TRACK', resource_url: path, data: answer.value }) };
}

/** A label, or the shipment that is its draft, as facts need it. */
export function readKept(raw: unknown): BookedParcel | null {
  const parsed = label.safeParse(raw);
  if (!parsed.success) return draftOf(raw);
  const { label_id: id, tracking_number: number, carrier_code: code, shipment_cost: cost, insurance_cost: insurance, created_at: made, label_download: download, voided, void: answer } = parsed.data;
  return {
    externalId: id,
    ...(number == null || number === '' ? {} : { trackingNumber: number }),
    carrier: code == null || code === '' ? null : carrierOf(code),
    ...(cost == null ? {} : { price: { amount: sumOfAmounts([cost, insurance].flatMap((part) => (part == null ? [] : [part.amount.toFixed(2)]))), currency: cost.currency } }),
    ...(download == null ? {} : { label: { madeAt: parseOffsetTime((made ?? '').replace(/(\.\d{3})\d+/, '$1')) } }),
    cancellation: voided === true ? { raw: 'voided', state: 'DONE' } : answer == null ? null : { raw: answer.approved ? 'approved' : 'rejected', state: answer.approved ? 'DONE' : 'REJECTED' },
  };
}

function draftOf(raw: unknown): BookedParcel | null {
  const id = (raw as { shipment_id?: unknown } | null)?.shipment_id;
  return typeof id === 'string' && id.length > 0 && id.length <= 120 ? { externalId: id, carrier: null, cancellation: null } : null;
}
