import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { PickupInput } from '../../model/commands.js';
import { carrierCode } from '../../model/references.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { KeptPickup, PickupCalls, PickupCarrier, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { address } from './requests.js';
import type { EasyPostSettings } from './settings.js';
import { carrierMessages } from './shipments.js';

const text = z.string().nullish().catch(null);
const rate = z.looseObject({ carrier: z.string().min(1).max(60), service: z.string().min(1).max(100), rate: z.string().regex(/^\d{1,12}(\.\d{1,6})?$/), currency: z.string().regex(/^[A-Z]{3}$/) });
const pickup = z.looseObject({
  id: z.string().min(1).max(120), status: text, confirmation: text, bought_rate: rate.nullish().catch(null),
  pickup_rates: z.array(z.unknown()).nullish().catch(null).transform((rates) => (rates ?? []).flatMap((each) => rate.safeParse(each).data ?? [])),
  messages: z.array(z.looseObject({ carrier: text, message: z.unknown() })).nullish().catch(null),
});
type Pickup = z.infer<typeof pickup>;
const batch = z.looseObject({ id: z.string().min(1).max(120), state: text });

/**
 * EasyPost's pickups: a pickup is a draft with rates until one of these is bought, and tells itself what became of it. It is of one
 * shipment, or of a batch, which holds several and is made in the background.
 *
 * The wire format is that of the cassettes of EasyPost's client libraries. Not verified against the service: that times are
 * those of the clock at the address (as is usual of such aggregators), that shipments which stand on a scan form can be put
 * into a batch, and what a second purchase answers (whatever it is, the pickup is read and decides).
 */
export const pickups: PickupCarrier<EasyPostSettings> = {
  name: 'EasyPost',
  guard: 'carrier',
  readPickup,
  lacksForPickup: ({ parts }) => (parts.length === 0 ? { field: 'bookingIds', message: 'EasyPost fetches what was booked there: name the bookings.' } : null),
  openPickups(access, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value) } : opened;
  },
};

function callsOf(api: CarrierApi): PickupCalls {
  return {
    draft: (of, known, remember) => draft(api, of, known, remember),
    schedule: (of, made) => buy(api, of.input, made as Held<Pickup>),
    cancel: ({ id }) => cancel(api, id),
  };
}

async function draft(api: CarrierApi, of: WantedPickup, known: string | null, remember: (id: string) => Promise<void>): Promise<CarrierOutcome<Held<Pickup>>> {
  const { parts } = of.input;
  if (known?.startsWith('pickup_') === true) return readPickupAnswer(await api.get(pathOf(known)));
  if (parts.length === 1) return create(api, of, { shipment: { id: parts[0]!.externalId } });
  const made = readBatch(known === null ? await api.post('/v2/batches', { batch: { reference: of.reference, shipments: parts.map((part) => ({ id: part.externalId })) } }) : await api.get(`/v2/batches/${encodeURIComponent(known)}`));
  if (!made.ok) return made;
  const { id, state } = made.value;
  await remember(id);
  if (state === 'creating') return { ok: false, error: { kind: 'unavailable', code: null, message: 'EasyPost is putting the parcels together.', retryAfter: 2, onlyThisCommand: true, raw: '' } };
  if (state?.endsWith('failed') === true) return refused('invalid', `EasyPost cannot put these parcels together for a pickup: ${state}.`);
  return create(api, of, { batch: { id } });
}

async function create(api: CarrierApi, { input, reference }: WantedPickup, what: { [name: string]: Json }): Promise<CarrierOutcome<Held<Pickup>>> {
  const { from, on, readyAt, closesAt, instructions } = input;
  return readPickupAnswer(await api.post('/v2/pickups', {
    pickup: { reference, ...what, address: address(from), is_account_address: false, min_datetime: `${on} ${readyAt}:00`, max_datetime: `${on} ${closesAt}:00`, ...(instructions === undefined ? {} : { instructions }) },
  }));
}

/** By the cheapest rate of the carrier. A pickup that is bought already is so whoever asks how often: after an answer that says no, or none, it is read and tells. */
async function buy(api: CarrierApi, { carrier }: PickupInput, { id, read, raw }: Held<Pickup>): Promise<CarrierOutcome<Held<Pickup>>> {
  const own = read.pickup_rates.filter((each) => carrierCode(each.carrier) === carrier).sort((a, b) => Number(a.rate) - Number(b.rate) || a.service.localeCompare(b.service));
  const [chosen] = own;
  if (chosen === undefined) return refused('invalid', clip(`${carrier} does not fetch these parcels. ${carrierMessages({ messages: read.messages })}`.trim(), 700));
  const withRate = (of: Held<Pickup>): CarrierOutcome<Held<Pickup>> => ({ ok: true, value: { ...of, raw: { ...(of.raw as object), bought_rate: chosen } } });
  if (isScheduled(read)) return withRate({ id, read, raw });
  const bought = readPickupAnswer(await api.post(`${pathOf(id)}/buy`, { carrier: chosen.carrier, service: chosen.service }));
  if (bought.ok && isScheduled(bought.value.read)) return withRate(bought.value);
  const after = readPickupAnswer(await api.get(pathOf(id)));
  if (after.ok && isScheduled(after.value.read)) return withRate(after.value);
  // Where it could not be seen, it is seen next time.
  if (!bought.ok) return after.ok ? bought : { ok: false, error: { ...bought.error, kind: bought.error.kind === 'invalid' ? 'unavailable' : bought.error.kind } };
  return refused('unavailable', 'EasyPost took the pickup and does not confirm it yet.');
}

async function cancel(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<Pickup> | null>> {
  if (!id.startsWith('pickup_')) return { ok: true, value: null };
  const found = readPickupAnswer(await api.get(pathOf(id)));
  if (!found.ok || found.value.read.status === 'canceled') return found;
  if (!isScheduled(found.value.read)) return { ok: true, value: null };
  const asked = readPickupAnswer(await api.post(`${pathOf(id)}/cancel`, {}));
  if (asked.ok) return asked;
  const after = readPickupAnswer(await api.get(pathOf(id)));
  return after.ok && after.value.read.status === 'canceled' ? after : asked;
}

function pathOf(id: string): string {
  return `/v2/pickups/${encodeURIComponent(id)}`;
}

function isScheduled({ status, confirmation }: Pickup): boolean {
  return status === 'scheduled' || (status !== 'canceled' && (confirmation ?? '') !== '');
}

/** A Pickup as facts need it. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { status, confirmation, bought_rate: bought } = parsed.data;
  return {
    state: status === 'canceled' ? 'CANCELLED' : isScheduled(parsed.data) ? 'SCHEDULED' : 'FAILED', rawState: status ?? 'unknown',
    ...(confirmation == null || confirmation === '' ? {} : { confirmation: clip(confirmation, 120) }),
    ...(bought == null ? {} : { price: { amount: bought.rate, currency: bought.currency } }),
  };
}

function readPickupAnswer(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<Pickup>> {
  if (!answer.ok) return answer;
  const parsed = pickup.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'EasyPost answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
}

function readBatch(answer: CarrierOutcome<unknown>): CarrierOutcome<z.infer<typeof batch>> {
  if (!answer.ok) return answer;
  const parsed = batch.safeParse(answer.value);
  return parsed.success ? { ok: true, value: parsed.data } : refused('unparseable', 'EasyPost answered with something that is no batch.');
}
