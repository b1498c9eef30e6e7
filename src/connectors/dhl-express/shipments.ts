import { z } from 'zod';
import type { BookedParcel, Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { endOfStatedDay } from '../kit/booking/rates.js';
import { clip } from '../kit/text.js';
import { billedPrice } from './rates.js';
import { carrierName } from './tracking.js';

/** What DHL gives of a booked shipment, as far as it is read. */
const text = z.string().nullish().catch(null);
const number = z.union([z.string(), z.number().int().positive().transform(String)]).pipe(z.string().regex(/^[A-Z0-9]{6,40}$/));
const document = z.looseObject({ typeCode: text, imageFormat: text, content: text });
const shipAnswer = z.looseObject({
  shipmentTrackingNumber: number,
  documents: z.array(document).nullish().catch(null),
  shipmentCharges: z.array(z.unknown()).nullish().catch(null),
  estimatedDeliveryDate: z.looseObject({ estimatedDeliveryDate: text }).nullish().catch(null),
});

/** What is kept where no answer of DHL says it: of a shipment that is not handed over, and of one whose number alone is known. */
const keptCancellation = z.looseObject({ cancelled: number, status: z.enum(['not handed over', 'on its way']), tracking: z.unknown() });
const keptFound = z.looseObject({ found: number });

/** A booked package with its label; null where it is not to be had again. */
export interface ExpressBooking {
  number: string;
  label: Uint8Array | null;
  /** The commercial invoice, as PDF; null where there is none. */
  invoice: Uint8Array | null;
}

/** Reads the answer to a booking of one package. */
export function readShipment(answer: unknown): CarrierOutcome<Held<ExpressBooking>> {
  const parsed = shipAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'DHL Express answered with something that is no shipment.', clip(JSON.stringify(withoutFiles(answer)) ?? '', 500));
  const { shipmentTrackingNumber, documents } = parsed.data;
  const ofType = (type: string) => bytesOf((documents ?? []).find((each) => each.typeCode?.toLowerCase() === type)?.content);
  return { ok: true, value: { id: shipmentTrackingNumber, read: { number: shipmentTrackingNumber, label: ofType('label'), invoice: ofType('invoice') }, raw: withoutFiles(answer) } };
}

function bytesOf(base64: string | null | undefined): Uint8Array | null {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.byteLength === 0 ? null : bytes;
}

/** A shipment of which nothing but the number is known any more. */
export function foundShipment(of: string): Held<ExpressBooking> {
  return { id: of, read: { number: of, label: null, invoice: null }, raw: { found: of } satisfies z.input<typeof keptFound> };
}

/** DHL takes nothing back over its API: a shipment that is not handed over is void by itself. @param isOnItsWay DHL has it */
export function givenUp(of: string, isOnItsWay: boolean, tracking: unknown): Held<ExpressBooking> {
  return { id: of, read: { number: of, label: null, invoice: null }, raw: { cancelled: of, status: isOnItsWay ? 'on its way' : 'not handed over', tracking } satisfies z.input<typeof keptCancellation> };
}

/** What the facts of a booking need, from what was kept; null where it cannot be read. */
export function readKept(raw: unknown): BookedParcel | null {
  const parcel = (of: string) => ({ externalId: of, trackingNumber: of, carrier: carrierName });
  const undone = keptCancellation.safeParse(raw);
  if (undone.success) return { ...parcel(undone.data.cancelled), cancellation: { raw: undone.data.status, state: undone.data.status === 'not handed over' ? 'DONE' : 'REJECTED' } };
  const found = keptFound.safeParse(raw);
  if (found.success) return { ...parcel(found.data.found), cancellation: null };
  const booked = shipAnswer.safeParse(raw);
  if (!booked.success) return null;
  const price = billedPrice(booked.data.shipmentCharges ?? []);
  const deliveryAt = endOfStatedDay(booked.data.estimatedDeliveryDate?.estimatedDeliveryDate);
  return { ...parcel(booked.data.shipmentTrackingNumber), ...(price === null ? {} : { price }), ...(deliveryAt === undefined ? {} : { deliveryAt }), label: { madeAt: null }, cancellation: null };
}

/** Files are kept apart; nothing else is left out of what is kept raw. */
function withoutFiles(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, item: unknown) => (key === 'content' ? undefined : item)));
}
