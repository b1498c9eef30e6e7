import { z } from 'zod';
import type { BookedParcel, Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { charge, moneyOf } from './rates.js';

/** What UPS gives of a booked shipment, as far as it is read: to a booking, to the recovery of a label, to a void. */
const text = z.string().nullish().catch(null);
const number = z.string().regex(/^[A-Z0-9]{6,34}$/);
const charged = charge.nullish().catch(null);
const listOf = <T extends z.ZodType>(item: T) => z.preprocess((value) => (value == null || Array.isArray(value) ? value : [value]), z.array(item).min(1));

const image = z.looseObject({ GraphicImage: text });
const packageResult = z.looseObject({ TrackingNumber: number, ShippingLabel: image.nullish().catch(null) });

const shipmentResponse = z.looseObject({
  ShipmentResponse: z.looseObject({
    ShipmentResults: z.looseObject({
      ShipmentCharges: z.looseObject({ TotalCharges: charged }).nullish().catch(null),
      NegotiatedRateCharges: z.looseObject({ TotalCharge: charged }).nullish().catch(null),
      ShipmentIdentificationNumber: number,
      PackageResults: listOf(packageResult),
      Form: z.looseObject({ Image: image.nullish().catch(null) }).nullish().catch(null),
    }),
  }),
});

const recoveryResponse = z.looseObject({ LabelRecoveryResponse: z.looseObject({ ShipmentIdentificationNumber: text, LabelResults: listOf(z.looseObject({ TrackingNumber: number, LabelImage: image.nullish().catch(null) })), Form: z.looseObject({ Image: image.nullish().catch(null) }).nullish().catch(null) }) });

const voidResponse = z.looseObject({ VoidShipmentResponse: z.looseObject({ SummaryResult: z.looseObject({ Status: z.looseObject({ Code: z.string(), Description: text }) }) }) });

/** A void as it is kept: UPS's answer does not say which shipment it speaks of. */
export const keptVoid = z.looseObject({ voided: number, status: z.string(), answer: z.unknown() });

/** A booked package with its label, in whichever format it was asked for; null where it came without. */
export interface UpsShipment {
  trackingNumber: string;
  label: Uint8Array | null;
  /** The commercial invoice, as PDF; null where there is none. */
  invoice: Uint8Array | null;
}

/** Reads the answer to a booking of one package. */
export function readShipment(answer: unknown): CarrierOutcome<Held<UpsShipment>> {
  const parsed = shipmentResponse.safeParse(answer);
  if (!parsed.success) return notOne('shipment', answer);
  const { PackageResults: [of], Form: form } = parsed.data.ShipmentResponse.ShipmentResults;
  return { ok: true, value: { id: of!.TrackingNumber, read: { trackingNumber: of!.TrackingNumber, label: bytesOf(of!.ShippingLabel?.GraphicImage), invoice: bytesOf(form?.Image?.GraphicImage) }, raw: withoutImages(answer) } };
}

/** Reads the answer to the recovery of a label. */
export function readRecovered(answer: unknown): CarrierOutcome<Held<UpsShipment>> {
  const parsed = recoveryResponse.safeParse(answer);
  if (!parsed.success) return notOne('recovered label', answer);
  const [of, ...others] = parsed.data.LabelRecoveryResponse.LabelResults;
  if (others.length > 0) return refused('invalid', 'UPS knows several shipments under one reference of ours: look for them there.');
  return { ok: true, value: { id: of!.TrackingNumber, read: { trackingNumber: of!.TrackingNumber, label: bytesOf(of!.LabelImage?.GraphicImage), invoice: bytesOf(parsed.data.LabelRecoveryResponse.Form?.Image?.GraphicImage) }, raw: withoutImages(answer) } };
}

/** Reads the answer to a void: status 1 is voided. */
export function readVoid(id: string, answer: unknown): CarrierOutcome<Held<UpsShipment>> {
  const parsed = voidResponse.safeParse(answer);
  if (!parsed.success) return notOne('void', answer);
  return voided(id, parsed.data.VoidShipmentResponse.SummaryResult.Status.Code === '1' ? 'voided' : 'rejected', answer);
}

export function voided(id: string, status: 'voided' | 'rejected', answer: unknown): CarrierOutcome<Held<UpsShipment>> {
  return { ok: true, value: { id, read: { trackingNumber: id, label: null, invoice: null }, raw: { voided: id, status, answer } satisfies z.input<typeof keptVoid> } };
}

/** What the facts of a booking need, from what was kept; null where it cannot be read. */
export function readKept(raw: unknown): BookedParcel | null {
  const undone = keptVoid.safeParse(raw);
  if (undone.success) return { externalId: undone.data.voided, trackingNumber: undone.data.voided, carrier: 'UPS', cancellation: { raw: undone.data.status, state: undone.data.status === 'voided' ? 'DONE' : 'REJECTED' } };
  const booked = shipmentResponse.safeParse(raw);
  if (booked.success) {
    const { PackageResults: [of], ShipmentCharges: charges, NegotiatedRateCharges: negotiated } = booked.data.ShipmentResponse.ShipmentResults;
    const price = moneyOf(negotiated?.TotalCharge ?? charges?.TotalCharges);
    return { externalId: of!.TrackingNumber, trackingNumber: of!.TrackingNumber, carrier: 'UPS', ...(price === undefined ? {} : { price }), label: { madeAt: null }, cancellation: null };
  }
  const recovered = recoveryResponse.safeParse(raw);
  if (!recovered.success) return null;
  const [of] = recovered.data.LabelRecoveryResponse.LabelResults;
  return { externalId: of!.TrackingNumber, trackingNumber: of!.TrackingNumber, carrier: 'UPS', label: { madeAt: null }, cancellation: null };
}

const imageFields = new Set(['GraphicImage', 'HTMLImage', 'PDF417', 'InternationalSignatureGraphicImage', 'GraphicImagePart', 'BarCodeImage']);

/** Files are kept apart; nothing else is left out of what is kept raw. */
function withoutImages(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item: unknown) => (imageFields.has(key) ? undefined : item)));
}

function bytesOf(base64: string | null | undefined): Uint8Array | null {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.byteLength === 0 ? null : bytes;
}

function notOne(what: string, answer: unknown): { ok: false; error: ReturnType<typeof refused>['error'] } {
  return refused('unparseable', `UPS answered with something that is no ${what}.`, clip(JSON.stringify(withoutImages(answer)) ?? '', 500));
}
