import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { PickupInput } from '../../model/commands.js';
import { crossesCustoms } from '../../model/freight.js';
import type { Access } from '../contract.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { linesWithin } from '../kit/booking/measures.js';
import type { KeptPickup, PickupCalls, PickupCarrier } from '../kit/booking/pickup-carrier.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { notFound } from './errors.js';
import { measures, party } from './requests.js';
import type { DhlExpressSettings } from './settings.js';
import { localTime } from './times.js';

const text = z.string().nullish().catch(null);
const confirmation = z.string().regex(/^[A-Za-z0-9-]{4,40}$/);
const scheduled = z.looseObject({ dispatchConfirmationNumbers: z.array(confirmation).min(1), readyByTime: text, nextPickupDate: text });
const calledOff = z.looseObject({ calledOff: z.array(confirmation).min(1) });

/**
 * DHL Express fetches at an address at a time. It cannot be asked which pickups there are: one whose answer was lost is not asked for again,
 * and a person calls DHL. What it has put together with another pickup at the same address is called off with it.
 */
export const pickups: PickupCarrier<DhlExpressSettings> = {
  name: 'DHL Express',
  guard: 'none',
  readPickup,
  lacksForPickup: (input) => (productsOf(input).some((code) => code === '') ? { field: 'service', message: 'DHL Express wants to know by which product it goes: name the bookings, or the service.' } : null),
  openPickups(access, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access) } : opened;
  },
};

function callsOf(api: CarrierApi, { settings: { accountNumber } }: Access<DhlExpressSettings>): PickupCalls {
  return {
    async schedule({ input }) {
      if (accountNumber === undefined) return refused('invalid', 'This connection has no account number: set accountNumber.');
      const body = pickupBody(input, accountNumber);
      if (body === null) return refused('invalid', `${input.on} ${input.readyAt} is no time in ${input.zone}.`);
      const answer = await api.post('/pickups', body);
      if (!answer.ok) return answer;
      const parsed = scheduled.safeParse(answer.value);
      return parsed.success ? { ok: true, value: { id: parsed.data.dispatchConfirmationNumbers.join(','), read: parsed.data, raw: answer.value } } : refused('unparseable', 'DHL Express answered with something that is no pickup.');
    },
    cancel: ({ id }) => callOff(api, id.split(',')),
  };
}

/** Of each parcel; empty where it is not said. */
function productsOf({ parts, service }: PickupInput): string[] {
  return parts.length === 0 ? [service ?? ''] : parts.map((part) => part.service);
}

/** Body of POST /pickups; null where the time is none. Weights of the parcels alone are not known: each is told the mean. */
function pickupBody(input: PickupInput, number: string): Json | null {
  const { from, on, readyAt, closesAt, zone, parts, packages, instructions } = input;
  const ready = localTime(on, readyAt, zone);
  if (ready === null) return null;
  const accounts: Json = [{ typeCode: 'shipper', number }];
  const count = Math.max(1, parts.length === 0 ? packages.count : parts.length);
  const each = measures({ weightKg: String(Number(packages.weightKg) / count) });
  const products = productsOf(input);
  const detail = (service: string, country: string, pieces: number, trackingNumber?: string): Json => {
    const [productCode, localProductCode] = service.split('/');
    return {
      productCode: productCode!, ...(localProductCode === undefined ? {} : { localProductCode }), accounts, isCustomsDeclarable: crossesCustoms({ from, to: { ...from, country } }), unitOfMeasurement: 'metric',
      ...(trackingNumber === undefined ? {} : { shipmentTrackingNumber: trackingNumber }), packages: Array.from({ length: pieces }, () => each),
    };
  };
  return {
    plannedPickupDateAndTime: ready, closeTime: closesAt, location: 'reception', locationType: 'business', accounts,
    ...(instructions === undefined ? {} : { remark: instructions, specialInstructions: linesWithin([instructions], 80).slice(0, 4).map((value) => ({ value: clip(value, 80) })) }),
    customerDetails: { shipperDetails: party(from) },
    shipmentDetails: parts.length === 0 ? [detail(products[0]!, from.country, count)] : parts.map((part) => detail(part.service, part.country, 1, part.trackingNumber)),
  };
}

const offAlready = /already cancel/i;

/** What is off already, or not known any more, is off. */
async function callOff(api: CarrierApi, numbers: readonly string[]): Promise<CarrierOutcome<Held<unknown>>> {
  for (const number of numbers) {
    const answer = await api.delete(`/pickups/${encodeURIComponent(number)}?${new URLSearchParams({ requestorName: 'Gatehouse', reason: 'not needed' }).toString()}`);
    if (!answer.ok && answer.error.code !== notFound && !offAlready.test(answer.error.message)) return answer;
  }
  return { ok: true, value: { id: numbers.join(','), read: null, raw: { calledOff: [...numbers] } satisfies z.input<typeof calledOff> } };
}

/** What was kept of a pickup; null where it cannot be read. */
export function readPickup(raw: unknown): KeptPickup | null {
  const off = calledOff.safeParse(raw);
  if (off.success) return { state: 'CANCELLED', rawState: 'called off', confirmation: off.data.calledOff.join(', ') };
  const parsed = scheduled.safeParse(raw);
  if (!parsed.success) return null;
  const { dispatchConfirmationNumbers, readyByTime, nextPickupDate } = parsed.data;
  const ready = /^(\d{2}:\d{2})/.exec(readyByTime ?? '')?.[1];
  return {
    state: 'SCHEDULED', rawState: 'dispatched', confirmation: dispatchConfirmationNumbers.join(', '),
    ...(/^\d{4}-\d{2}-\d{2}$/.test(nextPickupDate ?? '') ? { on: nextPickupDate! } : {}), ...(ready === undefined ? {} : { readyAt: ready }),
  };
}
