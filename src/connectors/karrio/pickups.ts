import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { mayPass, notSent, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { KeptPickup, PickupCalls, PickupCarrier, SoughtPickup, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { karrioNameOf } from './codes.js';
import { failedInside } from './errors.js';
import { list } from './payloads.js';
import { address } from './requests.js';
import type { KarrioSettings } from './settings.js';
import { pathOf, readShipment, settleMs } from './shipments.js';

const text = z.string().nullish().catch(null);
const pickup = z.looseObject({
  id: z.string().min(1).max(120), status: text, confirmation_number: text, pickup_date: text, ready_time: text, closing_time: text, metadata: z.looseObject({ gatehouse: text }).nullish().catch(null),
  pickup_charge: z.looseObject({ amount: z.number().min(0).max(1e12), currency: z.string().regex(/^[A-Z]{3}$/) }).nullish().catch(null),
});
type Pickup = z.infer<typeof pickup>;

/** Karrio refuses longer ones. */
const longestInstructions = 50;
/** Latest pickups among which one is looked for whose answer was lost. */
const searched = 100;

/** Karrio's pickups: one call has the carrier come, at once. It keeps what it is told with a pickup, so that one is found by our name of it. */
export const pickups: PickupCarrier<KarrioSettings> = {
  name: 'Karrio',
  guard: 'look-up',
  settleMs,
  readPickup,
  lacksForPickup: ({ instructions }) => ((instructions ?? '').length > longestInstructions ? { field: 'instructions', message: `Karrio takes instructions of ${longestInstructions} characters at most.` } : null),
  openPickups(access, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value) } : opened;
  },
};

function callsOf(api: CarrierApi): PickupCalls {
  return { schedule: (of) => schedule(api, of), find: (of) => find(api, of), cancel: ({ id }) => cancel(api, id) };
}

async function schedule(api: CarrierApi, { input, reference }: WantedPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const { from, on, readyAt, closesAt, parts, packages, instructions } = input;
  const carrier = await bookedBy(api, parts[0]?.externalId, input.carrier);
  // Nobody was asked to come.
  if (!carrier.ok) return { ok: false, error: { ...carrier.error, code: notSent } };
  const body: { [name: string]: Json } = {
    pickup_date: on, ready_time: readyAt, closing_time: closesAt, address: address(from), metadata: { gatehouse: reference }, ...(instructions === undefined ? {} : { instruction: instructions }),
    ...(parts.length === 0 ? { parcels_count: packages.count } : { tracking_numbers: parts.map((part) => part.trackingNumber) }),
    ...(carrier.value.connection === null ? {} : { options: { connection_id: carrier.value.connection } }),
  };
  const asked = await api.post('/v1/pickups', { ...body, carrier_code: carrier.value.name });
  // Versions before 2026 have the carrier in the address.
  const made = readAnswer(!asked.ok && asked.error.code === 'method_not_allowed' ? await api.post(`/v1/pickups/${encodeURIComponent(carrier.value.name)}/schedule`, body) : asked);
  if (made.ok || made.error.code !== failedInside) return made;
  return refused('invalid', clip(`${made.error.message} Karrio failed while it spoke to the carrier: somebody may come all the same. Ask the carrier before you try this again.`, 900), made.error.raw);
}

/** The carrier's connection at Karrio by which a parcel was booked: an aggregator's parcels are fetched through it. */
async function bookedBy(api: CarrierApi, shipment: string | undefined, carrier: string): Promise<CarrierOutcome<{ name: string; connection: string | null }>> {
  if (shipment === undefined) return { ok: true, value: { name: karrioNameOf(carrier), connection: null } };
  const found = readShipment(await api.get(pathOf(shipment)));
  if (!found.ok) return found;
  const { carrier_name: name, carrier_id: connection } = found.value.read;
  return name == null ? refused('unparseable', 'Karrio does not say with which carrier a shipment goes out.') : { ok: true, value: { name, connection: connection ?? null } };
}

async function find(api: CarrierApi, { reference }: SoughtPickup): Promise<CarrierOutcome<Held<Pickup> | null>> {
  const answer = await api.get(`/v1/pickups?limit=${searched}`);
  if (!answer.ok) return answer;
  const parsed = list.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'Karrio answered with something that is no list of pickups.');
  const own = parsed.data.results.find((raw) => pickup.safeParse(raw).data?.metadata?.gatehouse === reference);
  return own === undefined ? { ok: true, value: null } : readAnswer({ ok: true, value: own });
}

/** Reads first: what is called off is not called off again. */
async function cancel(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<Pickup>>> {
  const path = `/v1/pickups/${encodeURIComponent(id)}`;
  const found = readAnswer(await api.get(path));
  if (!found.ok || found.value.read.status === 'cancelled') return found;
  const asked = readAnswer(await api.post(`${path}/cancel`, {}));
  if (asked.ok || mayPass(asked.error)) return asked;
  const after = readAnswer(await api.get(path));
  return after.ok && after.value.read.status === 'cancelled' ? after : asked;
}

/** A Pickup as facts need it. `picked_up` and `closed`: somebody came. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { status, confirmation_number: confirmation, pickup_date: on, ready_time: readyAt, closing_time: closesAt, pickup_charge: charge } = parsed.data;
  const time = (value: string | null | undefined) => /^([01]\d|2[0-3]):[0-5]\d/.exec(value ?? '')?.[0];
  const [from, until] = [time(readyAt), time(closesAt)];
  return {
    state: status === 'cancelled' ? 'CANCELLED' : 'SCHEDULED', rawState: clip(status ?? 'scheduled', 60),
    ...(confirmation == null || confirmation === '' ? {} : { confirmation: clip(confirmation, 120) }),
    ...(/^\d{4}-\d{2}-\d{2}$/.test(on ?? '') ? { on: on! } : {}), ...(from === undefined || until === undefined ? {} : { readyAt: from, closesAt: until }),
    ...(charge == null ? {} : { price: { amount: charge.amount.toFixed(2), currency: charge.currency } }),
  };
}

function readAnswer(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<Pickup>> {
  if (!answer.ok) return answer;
  const parsed = pickup.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'Karrio answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
}
