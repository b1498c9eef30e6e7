import { z } from 'zod';
import type { BookedParcel, Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { wireAmount, wireCurrency } from '../kit/wire-money.js';

/** What FedEx gives of a booked shipment, as far as it is read. */
const text = z.string().nullish().catch(null);
const number = z.string().regex(/^[A-Z0-9]{6,40}$/);
const money = wireAmount.nullish().catch(null);
const currency = wireCurrency.nullish().catch(null);

const document = z.looseObject({ contentType: text, docType: text, encodedLabel: text });
const piece = z.looseObject({ trackingNumber: number, netRateAmount: money, currency, packageDocuments: z.array(document).nullish().catch(null) });
const rateDetail = z.looseObject({ rateType: text, totalNetCharge: money, currency });
const shipment = z.looseObject({
  masterTrackingNumber: number,
  serviceType: text,
  shipmentDocuments: z.array(document).nullish().catch(null),
  pieceResponses: z.array(piece).min(1),
  completedShipmentDetail: z.looseObject({ shipmentRating: z.looseObject({ actualRateType: text, shipmentRateDetails: z.array(rateDetail).nullish().catch(null) }).nullish().catch(null) }).nullish().catch(null),
});
const shipAnswer = z.looseObject({ output: z.looseObject({ transactionShipments: z.array(shipment).min(1) }) });
const cancelAnswer = z.looseObject({ output: z.looseObject({ cancelledShipment: z.boolean() }) });

/** What is kept where FedEx's answer does not say which shipment it speaks of: of a cancellation, and of a number that was looked up. */
const keptCancellation = z.looseObject({ cancelled: number, status: z.string(), answer: z.unknown() });
const keptFound = z.looseObject({ found: number });

/** A booked package with its label; null where it is not to be had again. */
export interface FedexShipment {
  trackingNumber: string;
  label: Uint8Array | null;
  /** The commercial invoice, as PDF; null where there is none. */
  invoice: Uint8Array | null;
}

/** Reads the answer to a booking of one package. */
export function readShipment(answer: unknown): CarrierOutcome<Held<FedexShipment>> {
  const parsed = shipAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'FedEx answered with something that is no shipment.', clip(JSON.stringify(withoutLabels(answer)) ?? '', 500));
  const { shipmentDocuments, pieceResponses } = parsed.data.output.transactionShipments[0]!;
  const of = pieceResponses[0]!;
  const label = (of.packageDocuments ?? []).find((each) => each.contentType?.includes('LABEL') === true) ?? of.packageDocuments?.[0];
  const invoice = [...(shipmentDocuments ?? []), ...(of.packageDocuments ?? [])].find((each) => each.contentType?.includes('INVOICE') === true);
  return { ok: true, value: { id: of.trackingNumber, read: { trackingNumber: of.trackingNumber, label: bytesOf(label), invoice: bytesOf(invoice) }, raw: withoutLabels(answer) } };
}

function bytesOf(of: z.infer<typeof document> | undefined): Uint8Array | null {
  const bytes = Buffer.from(of?.encodedLabel ?? '', 'base64');
  return bytes.byteLength === 0 ? null : bytes;
}

/** A shipment of which nothing but the number is known any more. */
export function foundShipment(trackingNumber: string): Held<FedexShipment> {
  return { id: trackingNumber, read: { trackingNumber, label: null, invoice: null }, raw: { found: trackingNumber } satisfies z.input<typeof keptFound> };
}

export function readCancellation(id: string, answer: unknown): CarrierOutcome<Held<FedexShipment>> {
  const parsed = cancelAnswer.safeParse(answer);
  if (!parsed.success) return refused('unparseable', 'FedEx answered with something that is no cancellation.', clip(JSON.stringify(answer) ?? '', 500));
  return cancelled(id, parsed.data.output.cancelledShipment ? 'cancelled' : 'rejected', answer);
}

export function cancelled(id: string, status: 'cancelled' | 'rejected', answer: unknown): CarrierOutcome<Held<FedexShipment>> {
  return { ok: true, value: { id, read: { trackingNumber: id, label: null, invoice: null }, raw: { cancelled: id, status, answer } satisfies z.input<typeof keptCancellation> } };
}

/** What the facts of a booking need, from what was kept; null where it cannot be read. */
export function readKept(raw: unknown): BookedParcel | null {
  const undone = keptCancellation.safeParse(raw);
  if (undone.success) return { externalId: undone.data.cancelled, trackingNumber: undone.data.cancelled, carrier: 'FEDEX', cancellation: { raw: undone.data.status, state: undone.data.status === 'cancelled' ? 'DONE' : 'REJECTED' } };
  const found = keptFound.safeParse(raw);
  if (found.success) return { externalId: found.data.found, trackingNumber: found.data.found, carrier: 'FEDEX', cancellation: null };
  const booked = shipAnswer.safeParse(raw);
  if (!booked.success) return null;
  const of = booked.data.output.transactionShipments[0]!;
  const trackingNumber = of.pieceResponses[0]!.trackingNumber;
  const price = priceOf(of);
  return { externalId: trackingNumber, trackingNumber, carrier: 'FEDEX', ...(price === null ? {} : { price }), label: { madeAt: null }, cancellation: null };
}

/** Of the kind of rate that is charged; else what the package alone costs. */
function priceOf({ completedShipmentDetail: detail, pieceResponses: [of] }: z.infer<typeof shipment>): { amount: string; currency: string } | null {
  const rating = detail?.shipmentRating;
  const details = rating?.shipmentRateDetails ?? [];
  const charged = details.find((each) => each.rateType === rating?.actualRateType) ?? details[0];
  if (charged?.totalNetCharge != null && charged.currency != null) return { amount: charged.totalNetCharge, currency: charged.currency };
  return of!.netRateAmount != null && of!.currency != null ? { amount: of!.netRateAmount, currency: of!.currency } : null;
}

/** Files are kept apart; nothing else is left out of what is kept raw. */
function withoutLabels(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === 'encodedLabel' ? undefined : item)));
}
