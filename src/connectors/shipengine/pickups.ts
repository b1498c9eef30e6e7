import { z } from 'zod';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { KeptPickup, PickupCarrier, SoughtPickup, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import type { ShipEngineSettings } from './settings.js';

const defaultSettleSeconds = 30;
/** Our clock may be ahead of theirs, ms. */
const clockMs = 3600_000;
const mostListed = 100;

const text = z.string().nullish().catch(null);
const pickup = z.looseObject({
  pickup_id: z.string().min(1).max(120), label_ids: z.array(z.string()).nullish().catch(null), confirmation_number: text, cancelled_at: text, carrier_id: text,
  pickup_window: z.looseObject({ start_at: text, end_at: text }).nullish().catch(null),
});
type Pickup = z.infer<typeof pickup>;
const pickupList = z.looseObject({ pickups: z.array(z.unknown()) });
const account = z.looseObject({ label_id: z.string().min(1), carrier_id: z.string().min(1).max(120) });

/**
 * ShipEngine's pickups: of labels of one carrier account and one origin. Where an answer was lost, the pickups of that
 * account are listed, and the one with these labels is it.
 *
 * The wire format is that of its OpenAPI description. A window is written in UTC and meant as the clock at the place (its guide:
 * “corresponds to the timezone of the pickup location, not the timezone sent in the request”). Not verified against the
 * service: how soon a pickup is listed (`settleSeconds`), and what is said of one that was called off before (whatever it is,
 * the pickup is read and decides).
 */
export const pickups: PickupCarrier<ShipEngineSettings> = {
  name: 'ShipEngine',
  guard: 'look-up',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  readPickup,
  lacksForPickup({ parts, from }) {
    if (parts.length === 0) return { field: 'bookingIds', message: 'ShipEngine fetches what was booked there: name the bookings.' };
    if ((from.name ?? from.company ?? '') === '') return { field: 'from.name', message: 'ShipEngine wants to know whom the driver asks for.' };
    if (from.phone === undefined) return { field: 'from.phone', message: 'ShipEngine wants a telephone number for the driver.' };
    return from.email === undefined ? { field: 'from.email', message: 'ShipEngine wants an e-mail address for the confirmation.' } : null;
  },
  openPickups(access, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    return {
      ok: true,
      value: {
        draft: ({ input }, known) => accountOf(api, input.parts[0]!.externalId, known), schedule: (of) => schedule(api, of), find: (of) => find(api, of), cancel: ({ id }) => cancel(api, id),
      },
    };
  },
};

/** By which carrier account the first of the labels was bought. */
async function accountOf(api: CarrierApi, label: string, known: string | null): Promise<CarrierOutcome<Held<null>>> {
  if (known !== null) return { ok: true, value: { id: known, read: null, raw: null } };
  const answer = await api.get(`/v1/labels/${encodeURIComponent(label)}`);
  if (!answer.ok) return answer;
  const read = account.safeParse(answer.value);
  return read.success ? { ok: true, value: { id: read.data.carrier_id, read: null, raw: null } } : refused('unparseable', 'ShipEngine answered with something that is no label.');
}

async function schedule(api: CarrierApi, { input }: WantedPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const { from, on, readyAt, closesAt, parts, instructions } = input;
  return readAnswer(await api.post('/v1/pickups', {
    label_ids: parts.map((part) => part.externalId), contact_details: { name: from.name ?? from.company ?? '', email: from.email ?? '', phone: from.phone ?? '' },
    ...(instructions === undefined ? {} : { pickup_notes: instructions }), pickup_window: { start_at: `${on}T${readyAt}:00Z`, end_at: `${on}T${closesAt}:00Z` },
  }));
}

/** The pickup with the first of these labels, made since it was first asked for, that was not called off. */
async function find(api: CarrierApi, { parts, draftId, sinceMs }: SoughtPickup): Promise<CarrierOutcome<Held<Pickup> | null>> {
  const query = new URLSearchParams({ ...(draftId === null ? {} : { carrier_id: draftId }), created_at_start: new Date(sinceMs - clockMs).toISOString(), page_size: String(mostListed) });
  const answer = await api.get(`/v1/pickups?${query}`);
  if (!answer.ok) return answer;
  const list = pickupList.safeParse(answer.value);
  if (!list.success) return refused('unparseable', 'ShipEngine answered with something that is no list of pickups.');
  const found = list.data.pickups.map((each) => readAnswer({ ok: true, value: each }));
  const broken = found.find((each) => !each.ok);
  if (broken !== undefined) return broken;
  const standing = found.flatMap((each) => (each.ok ? [each.value] : [])).find(({ read }) => read.cancelled_at == null && read.label_ids?.includes(parts[0]!.externalId) === true);
  // A page that is full may have left it out.
  return standing === undefined && list.data.pickups.length >= mostListed ? refused('unavailable', 'ShipEngine lists more pickups than can be looked through.') : { ok: true, value: standing ?? null };
}

async function cancel(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<Pickup>>> {
  const path = `/v1/pickups/${encodeURIComponent(id)}`;
  const found = readAnswer(await api.get(path));
  if (!found.ok || found.value.read.cancelled_at != null) return found;
  const asked = await api.delete(path);
  const after = readAnswer(await api.get(path));
  if (after.ok && after.value.read.cancelled_at != null) return after;
  return asked.ok ? refused('unavailable', 'ShipEngine took the cancellation and does not show it yet.') : asked;
}

function readAnswer(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<Pickup>> {
  if (!answer.ok) return answer;
  const parsed = pickup.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.pickup_id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'ShipEngine answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
}

/** A pickup as facts need it. It names whom the driver asks for: of that nothing is read. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { confirmation_number: confirmation, cancelled_at: cancelledAt } = parsed.data;
  const isCancelled = cancelledAt != null && cancelledAt !== '';
  return { state: isCancelled ? 'CANCELLED' : 'SCHEDULED', rawState: isCancelled ? 'cancelled' : 'scheduled', ...(confirmation == null || confirmation === '' ? {} : { confirmation: clip(confirmation, 120) }) };
}
