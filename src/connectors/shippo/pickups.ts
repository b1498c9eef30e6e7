import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { KeptPickup, PickupCarrier, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { accountOf } from './manifest.js';
import { pickup } from './payloads.js';
import { address } from './requests.js';
import type { ShippoSettings } from './settings.js';

/**
 * Shippo's pickups, for USPS and DHL Express: one call, of transactions of one carrier account. They can be neither listed nor
 * read nor called off over the API (its description: to cancel, contact the carrier with the confirmation code), so that a call
 * whose answer was lost is left to a person.
 *
 * Times go and come as the clock at the address shows them, although they end in Z (its description: “in the time zone
 * specified here, not UTC”). Not verified against the service: whether PENDING ever becomes ERROR, of which nobody would be told.
 */
export const pickups: PickupCarrier<ShippoSettings> = {
  name: 'Shippo',
  guard: 'none',
  readPickup,
  lacksForPickup: ({ parts }) => (parts.length === 0 ? { field: 'bookingIds', message: 'Shippo fetches what was booked there: name the bookings.' } : null),
  openPickups(access, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    return { ok: true, value: { draft: ({ input }, known) => account(api, input.parts[0]!.externalId, known), schedule: (of, draft) => schedule(api, of, draft!.id) } };
  },
};

/** By which account the first of the parcels goes out. */
async function account(api: CarrierApi, transaction: string, known: string | null): Promise<CarrierOutcome<Held<null>>> {
  const found = known === null ? await accountOf(api, transaction) : { ok: true as const, value: { carrier_account: known } };
  return found.ok ? { ok: true, value: { id: found.value.carrier_account, read: null, raw: null } } : found;
}

async function schedule(api: CarrierApi, { input, reference }: WantedPickup, carrierAccount: string): Promise<CarrierOutcome<Held<unknown>>> {
  const { from, on, readyAt, closesAt, parts, instructions } = input;
  const answer = await api.post('/pickups/', {
    carrier_account: carrierAccount, transactions: parts.map((part) => part.externalId), metadata: reference, requested_start_time: `${on}T${readyAt}:00Z`, requested_end_time: `${on}T${closesAt}:00Z`,
    // Instructions are taken for “Other” alone, which demands them.
    location: { address: address(from), ...(instructions === undefined ? { building_location_type: 'Shipping Dock' } : { building_location_type: 'Other', instructions }) },
  });
  if (!answer.ok) return answer;
  const parsed = pickup.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'Shippo answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
  // A refusal of the carrier is a pickup with the status ERROR, answered with 201.
  if (parsed.data.status === 'ERROR') return refused('invalid', clip(`Shippo: ${wordsOf(parsed.data.messages) || 'nobody comes, and why is not said.'}`, 500));
  return { ok: true, value: { id: parsed.data.object_id, read: parsed.data, raw: answer.value } };
}

/** A Pickup as facts need it. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { status, confirmation_code: confirmation, confirmed_start_time: start, confirmed_end_time: end, messages } = parsed.data;
  const [from, to] = [start, end].map((text) => /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(text ?? ''));
  const confirmed = from != null && to != null && from[1] === to[1] ? { on: from[1]!, readyAt: from[2]!, closesAt: to[2]! } : {};
  return {
    state: status === 'CANCELLED' ? 'CANCELLED' : status === 'ERROR' ? 'FAILED' : 'SCHEDULED', rawState: (status ?? 'unknown').toLowerCase(), ...confirmed,
    ...(confirmation == null || confirmation === '' ? {} : { confirmation: clip(confirmation, 120) }), ...(status === 'ERROR' ? { message: wordsOf(messages) } : {}),
  };
}

/** Texts, or objects with a text. */
function wordsOf(messages: readonly unknown[] | null | undefined): string {
  return (messages ?? []).slice(0, 5).map((each) => (typeof each === 'string' ? each : String((each as { text?: unknown } | null)?.text ?? ''))).filter((text) => text !== '').join(' ');
}
