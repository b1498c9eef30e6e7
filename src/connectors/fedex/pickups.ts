import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { PickupInput } from '../../model/commands.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { usesPounds, weightOf } from '../kit/booking/measures.js';
import type { KeptPickup, PickupCarrier, ScheduledPickup, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { FedexApi } from './api.js';
import { party } from './requests.js';
import type { FedexSettings } from './settings.js';

const text = z.string().nullish().catch(null);
const confirmed = z.looseObject({ output: z.looseObject({ pickupConfirmationCode: z.string().min(1).max(60), location: text, message: text }) });
const cancelled = z.looseObject({ output: z.looseObject({ pickupConfirmationCode: text, cancelConfirmationMessage: text }) });
/** What FedEx confirmed, with what of ours it takes to call it off; `cancelled`: what was answered to that. */
const pickup = z.looseObject({ pickupConfirmationCode: z.string().min(1).max(60), location: text, carrierCode: z.enum(['FDXE', 'FDXG']), scheduledDate: z.string(), cancelled: z.unknown().optional() });
type Pickup = z.infer<typeof pickup>;

/** Two companies with vans of their own: Express, and Ground. */
const groundServices: ReadonlySet<string> = new Set(['FEDEX_GROUND', 'GROUND_HOME_DELIVERY', 'FEDEX_INTERNATIONAL_GROUND', 'SMART_POST']);

/**
 * FedEx's pickups: one call, which carries no reference of ours, and of which nothing can be asked for afterwards: a call whose
 * answer was lost is left to a person. A confirmation code is unique to place and day, and is called off with both.
 *
 * The wire format is that of FedEx's published examples (Pickup Request API v1). Not verified against the service: that the time in
 * `readyDateTimestamp`, though it ends in Z, is the clock's at the place (as its examples have it), and what is said of a
 * pickup that was called off before.
 */
export const pickups: PickupCarrier<FedexSettings> = {
  name: 'FedEx',
  guard: 'none',
  readPickup,
  lacksForPickup(input, { accountNumber }) {
    if (accountNumber === undefined) return { field: 'connection', message: 'This connection has no account number: set accountNumber.' };
    if ((input.from.phone ?? '') === '') return { field: 'from.phone', message: 'FedEx wants a telephone number for the driver.' };
    if (input.parts.length === 0 && input.service === undefined) return { field: 'service', message: 'FedEx wants to know by which service the parcels go: Express and Ground are fetched apart.' };
    return carriersOf(input).length > 1 ? { field: 'bookingIds', message: 'FedEx fetches Express and Ground apart: schedule a pickup for each.' } : null;
  },
  openPickups(access, timeoutMs) {
    const opened = FedexApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    return { ok: true, value: { schedule: (of) => schedule(api, of), cancel: (of) => cancel(api, of) } };
  },
};

function carriersOf({ parts, service }: Pick<PickupInput, 'parts' | 'service'>): Array<'FDXE' | 'FDXG'> {
  const services = parts.length > 0 ? parts.map((part) => part.service) : [service ?? ''];
  return [...new Set(services.map((each) => (groundServices.has(each) ? ('FDXG' as const) : ('FDXE' as const))))];
}

async function schedule(api: FedexApi, of: WantedPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const [carrierCode] = carriersOf(of.input);
  const answer = await api.post('/pickup/v1/pickups', pickupBody(of, api.accountNumber!, carrierCode!));
  if (!answer.ok) return answer;
  const parsed = confirmed.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'FedEx answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
  const raw = { ...parsed.data.output, carrierCode: carrierCode!, scheduledDate: of.input.on };
  return { ok: true, value: { id: raw.pickupConfirmationCode, read: pickup.parse(raw), raw } };
}

/** Body of POST /pickup/v1/pickups. */
export function pickupBody({ input }: WantedPickup, accountNumber: string, carrierCode: 'FDXE' | 'FDXG'): Json {
  const { from, on, readyAt, closesAt, packages, parts, instructions } = input;
  const account = { value: accountNumber };
  return {
    associatedAccountNumber: account,
    associatedAccountNumberType: carrierCode === 'FDXG' ? 'FEDEX_GROUND' : 'FEDEX_EXPRESS',
    originDetail: {
      pickupAddressType: 'OTHER', pickupLocation: { ...(party(from) as { [name: string]: Json }), accountNumber: account },
      readyDateTimestamp: `${on}T${readyAt}:00Z`, customerCloseTime: `${closesAt}:00`, packageLocation: 'NONE',
    },
    totalWeight: { units: usesPounds(from.country) ? 'LB' : 'KG', value: weightOf(packages, from.country) },
    packageCount: packages.count, carrierCode, pickupType: 'ON_CALL',
    ...(parts.length > 0 ? { countryRelationships: parts.every((part) => part.country === from.country) ? 'DOMESTIC' : 'INTERNATIONAL' } : {}),
    ...(instructions === undefined ? {} : { remarks: clip(instructions, 60) }),
  };
}

async function cancel(api: FedexApi, { raw }: ScheduledPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return refused('invalid', 'What FedEx confirmed cannot be read any more: call it off there.');
  const { pickupConfirmationCode: code, location, carrierCode, scheduledDate } = parsed.data;
  const answer = await api.put('/pickup/v1/pickups/cancel', { associatedAccountNumber: { value: api.accountNumber ?? '' }, pickupConfirmationCode: code, carrierCode, scheduledDate, ...(location == null ? {} : { location }) });
  if (!answer.ok) return answer;
  const told = cancelled.safeParse(answer.value);
  if (!told.success) return refused('unparseable', 'FedEx answered to a cancellation in no known form.');
  const of = { ...parsed.data, cancelled: told.data.output };
  return { ok: true, value: { id: code, read: of, raw: of } };
}

/** A pickup as facts need it. Its code is told with its place: alone it means nothing there. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { pickupConfirmationCode: code, location, cancelled: off } = parsed.data;
  return { state: off === undefined ? 'SCHEDULED' : 'CANCELLED', rawState: off === undefined ? 'scheduled' : 'cancelled', confirmation: `${location ?? ''}${code}` };
}
