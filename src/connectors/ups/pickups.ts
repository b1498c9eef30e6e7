import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { PickupInput } from '../../model/commands.js';
import type { Held } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { usesPounds, weightOf } from '../kit/booking/measures.js';
import type { KeptPickup, PickupCarrier, ScheduledPickup, WantedPickup } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { UpsApi } from './api.js';
import type { UpsSettings } from './settings.js';

const defaultSettleSeconds = 900;
/** Heavier than this, and the driver comes with help. */
const overweightKg = 32;
/** Of one service to one country. */
const mostPieces = 999;
const cancelledCode = '007';

const text = z.string().nullish().catch(null);
const amount = z.string().regex(/^\d{1,12}(\.\d{1,6})?$/).nullish().catch(null);
/** What was answered to a request for a pickup, or an entry of those that are pending; ours is `cancelled`, what was answered to calling it off. */
const pickup = z.looseObject({
  PRN: z.string().min(1).max(40), PickupStatusMessage: text, OnCallStatusCode: text, ReferenceNumber: text, cancelled: z.unknown().optional(),
  RateResult: z.looseObject({ CurrencyCode: z.string().regex(/^[A-Z]{3}$/).nullish().catch(null), GrandTotalOfAllCharge: amount }).nullish().catch(null),
});
type Pickup = z.infer<typeof pickup>;
const created = z.looseObject({ PickupCreationResponse: pickup });
const pending = z.looseObject({ PickupPendingStatusResponse: z.looseObject({ PendingStatus: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]).nullish() }) });
const cancelledAnswer = z.looseObject({ PickupCancelResponse: z.looseObject({}) });

/**
 * UPS's on-call pickups: one call, under our reference, which UPS shows with those that are pending, of today and tomorrow
 * alone: so that one is found proves that it stands, and that none is found proves nothing.
 *
 * The wire format is that of UPS's published OpenAPI file (Pickup v2409). Not verified against the service: what is said where
 * nothing is pending (any refusal to the question is taken for that), how soon a pickup shows itself, and what a second
 * cancellation answers (the pending ones are read then, and decide where they still show it).
 */
export const pickups: PickupCarrier<UpsSettings> = {
  name: 'UPS',
  guard: 'may-find',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  readPickup,
  lacksForPickup({ from, parts, service }, { accountNumber }) {
    if (accountNumber === undefined) return { field: 'connection', message: 'This connection has no account number: set accountNumber.' };
    if ((from.phone ?? '') === '') return { field: 'from.phone', message: 'UPS wants a telephone number for the driver.' };
    return parts.length === 0 && service === undefined ? { field: 'service', message: 'UPS wants to know by which service the parcels go.' } : null;
  },
  openPickups(access, timeoutMs) {
    const opened = UpsApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    return {
      ok: true,
      value: {
        // Whether it stands already, of which no memory tells: asking costs nothing.
        draft: async ({ reference }) => {
          const found = await find(api, reference);
          return found.ok ? { ok: true, value: found.value ?? { id: 'none', read: null, raw: null } } : found;
        },
        schedule: (of, draft) => (draft?.raw != null ? Promise.resolve({ ok: true as const, value: draft }) : schedule(api, of)),
        find: ({ reference }) => find(api, reference),
        cancel: (of) => cancel(api, of),
      },
    };
  },
};

async function schedule(api: UpsApi, of: WantedPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const answer = await api.post('/api/pickupcreation/v2409/pickup', pickupBody(of, api.accountNumber!));
  if (!answer.ok) return answer;
  const parsed = created.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'UPS answered with something that is no pickup.', clip(JSON.stringify(answer.value) ?? '', 500));
  const { PickupCreationResponse: read } = parsed.data;
  return { ok: true, value: { id: read.PRN, read, raw: read } };
}

/** The pending pickup under our reference; null where none is shown. */
async function find(api: UpsApi, reference: string): Promise<CarrierOutcome<Held<Pickup> | null>> {
  const all = await pendingPickups(api);
  if (!all.ok) return all;
  const standing = all.value.find(({ read }) => read.ReferenceNumber === referenceValue(reference) && read.OnCallStatusCode !== cancelledCode);
  return { ok: true, value: standing ?? null };
}

async function pendingPickups(api: UpsApi): Promise<CarrierOutcome<Array<Held<Pickup>>>> {
  const answer = await api.get('/api/shipments/v2409/pickup/oncall', { AccountNumber: api.accountNumber ?? '' });
  if (!answer.ok) return mayPass(answer.error) || answer.error.kind !== 'invalid' ? answer : { ok: true, value: [] };
  const parsed = pending.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'UPS answered with something that is no list of pickups.');
  const entries = parsed.data.PickupPendingStatusResponse.PendingStatus ?? [];
  return { ok: true, value: entries.flatMap((raw) => (pickup.safeParse(raw).success ? [{ id: pickup.parse(raw).PRN, read: pickup.parse(raw), raw }] : [])) };
}

async function cancel(api: UpsApi, { id, raw }: ScheduledPickup): Promise<CarrierOutcome<Held<Pickup>>> {
  const off = (answer: unknown): CarrierOutcome<Held<Pickup>> => {
    const of = { ...(raw as object), PRN: id, cancelled: answer };
    return { ok: true, value: { id, read: pickup.parse(of), raw: of } };
  };
  // 02: by its number.
  const answer = await api.delete('/api/shipments/v2409/pickup/02', { Prn: id });
  if (answer.ok) return cancelledAnswer.safeParse(answer.value).success ? off(answer.value) : refused('unparseable', 'UPS answered to a cancellation in no known form.');
  if (mayPass(answer.error)) return answer;
  const all = await pendingPickups(api);
  // Where it could not be seen, it is seen next time.
  if (!all.ok) return mayPass(all.error) ? all : answer;
  const shown = all.value.find((each) => each.id === id);
  return shown?.read.OnCallStatusCode === cancelledCode ? off(shown.raw) : answer;
}

/** Body of POST /api/pickupcreation/v2409/pickup. */
export function pickupBody({ input, reference }: WantedPickup, accountNumber: string): Json {
  const { from, on, readyAt, closesAt, packages, instructions } = input;
  const { country } = from;
  return {
    PickupCreationRequest: {
      Request: { TransactionReference: { CustomerContext: reference } },
      RatePickupIndicator: 'Y',
      Shipper: { Account: { AccountNumber: accountNumber, AccountCountryCode: country } },
      PickupDateInfo: { PickupDate: on.replaceAll('-', ''), ReadyTime: readyAt.replace(':', ''), CloseTime: closesAt.replace(':', '') },
      PickupAddress: {
        CompanyName: clip(from.company ?? from.name ?? 'Sender', 27), ContactName: clip(from.name ?? from.company ?? 'Sender', 22), AddressLine: [clip([from.street, from.street2 ?? ''].filter((line) => line !== '').join(', '), 73)],
        City: from.city, ...(from.region === undefined ? {} : { StateProvince: from.region }), ...(from.postalCode === undefined ? {} : { PostalCode: from.postalCode.replace(/[\s-]/g, '').slice(0, 8) }), CountryCode: country,
        ResidentialIndicator: 'N', Phone: { Number: (from.phone ?? '').replace(/\D/g, '').slice(-15) },
      },
      AlternateAddressIndicator: 'Y',
      PickupPiece: pieces(input),
      TotalWeight: { Weight: String(weightOf(packages, country)), UnitOfMeasurement: usesPounds(country) ? 'LBS' : 'KGS' },
      OverweightIndicator: Number(packages.weightKg) / packages.count > overweightKg ? 'Y' : 'N',
      // 01: by the shipper's account.
      PaymentMethod: '01',
      ...(instructions === undefined ? {} : { SpecialInstruction: clip(instructions, 57) }),
      ReferenceNumber: referenceValue(reference),
      ShippingLabelsAvailable: 'Y',
    },
  };
}

/** How many go by which service to which country. Codes of services have three digits here, of shipments two. */
function pieces({ parts, packages, service, from }: PickupInput): Json[] {
  const all = parts.length > 0 ? parts.map((part) => `${part.service}/${part.country}`) : Array.from({ length: packages.count }, () => `${service}/${from.country}`);
  const counts = Map.groupBy(all, (each) => each);
  return [...counts].map(([each, { length }]) => {
    const [code, country] = each.split('/') as [string, string];
    return { ServiceCode: code.padStart(3, '0'), Quantity: String(Math.min(length, mostPieces)), DestinationCountryCode: country, ContainerCode: '01' };
  });
}

/** Our name of it has at most 35 characters at UPS. */
function referenceValue(reference: string): string {
  return reference.replaceAll('-', '');
}

/** A pickup as facts need it. */
export function readPickup(raw: unknown): KeptPickup | null {
  const parsed = pickup.safeParse(raw);
  if (!parsed.success) return null;
  const { PRN: confirmation, PickupStatusMessage: message, OnCallStatusCode: code, RateResult: rate, cancelled } = parsed.data;
  const isCancelled = cancelled !== undefined || code === cancelledCode;
  return {
    state: isCancelled ? 'CANCELLED' : 'SCHEDULED', rawState: clip(isCancelled ? 'cancelled' : (message ?? 'scheduled'), 100), confirmation,
    ...(rate?.GrandTotalOfAllCharge == null || rate.CurrencyCode == null ? {} : { price: { amount: rate.GrandTotalOfAllCharge, currency: rate.CurrencyCode } }),
  };
}
