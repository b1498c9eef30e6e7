import { z } from 'zod';

/** Karrio's objects, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const id = z.string().min(1).max(120);
const number = z.number().nullish().catch(null);

const message = z.looseObject({ carrier_name: text, carrier_id: text, code: text, message: text });
export type KarrioMessage = z.infer<typeof message>;
const messages = z.array(z.unknown()).nullish().catch(null).transform((given) => (given ?? []).flatMap<KarrioMessage>((each) => message.safeParse(each).data ?? []));

const meta = z.looseObject({ carrier: text, rate_provider: text, service_name: text, custom_carrier_name: text }).nullish().catch(null);

export const rate = z.looseObject({
  id, carrier_name: z.string().min(1).max(60), carrier_id: text, service: z.string().min(1).max(120), currency: z.string().regex(/^[A-Z]{3}$/), total_charge: z.number().min(0).max(1e12),
  transit_days: z.int().min(0).max(365).nullish().catch(null), estimated_delivery: text, meta,
});
export type KarrioRate = z.infer<typeof rate>;
const rates = z.array(z.unknown()).nullish().catch(null).transform((given) => (given ?? []).flatMap((each) => rate.safeParse(each).data ?? []));

const document = z.looseObject({ category: z.string(), format: text, base64: text, url: text });

export const shipment = z.looseObject({
  id, status: z.string(), created_at: text, carrier_name: text, carrier_id: text, tracking_number: text, shipment_identifier: text, selected_rate: rate.nullish().catch(null), rates, messages, meta, label_type: text, label_url: text, invoice_url: text, shipper: z.looseObject({}).nullish().catch(null),
  shipping_documents: z.array(z.unknown()).nullish().catch(null).transform((given) => (given ?? []).flatMap((each) => document.safeParse(each).data ?? [])),
  /** Files as versions of before 2025 gave them with a purchase. */
  docs: z.looseObject({ label: text, invoice: text }).nullish().catch(null),
});
export type KarrioShipment = z.infer<typeof shipment>;

/** Rates that were asked for without a shipment. */
export const rateAnswer = z.looseObject({ rates: z.array(z.unknown()), messages: z.unknown().optional() }).transform((given) => ({ rates: rates.parse(given.rates), messages: messages.parse(given.messages) }));
export type RateAnswer = z.infer<typeof rateAnswer>;

export const file = z.looseObject({ base64: z.string().min(1) });

export const manifestObject = z.looseObject({ id, carrier_name: text, reference: text, manifest_url: text });
export type KarrioManifest = z.infer<typeof manifestObject>;
export const list = z.looseObject({ results: z.array(z.unknown()) });

export const trackingEvent = z.looseObject({ date: text, time: text, timestamp: text, status: text, code: text, reason: text, description: text, location: text, latitude: number, longitude: number });
export type TrackingEvent = z.infer<typeof trackingEvent>;

export const tracker = z.looseObject({
  id: text, tracking_number: z.string().trim().min(1), carrier_name: z.string().trim().min(1), status: text, delivered: z.boolean().nullish().catch(null), estimated_delivery: text, updated_at: text, meta,
  info: z.looseObject({ signed_by: text }).nullish().catch(null), delivery_image_url: text, signature_image_url: text, events: z.array(z.unknown()).nullish().catch(null),
});
export type Tracker = z.infer<typeof tracker>;

/** A webhook's body. */
export const event = z.looseObject({ event: z.string().min(1), data: z.unknown().optional() });

/** Who really moves it: a hub (an aggregator behind Karrio) names itself as the carrier, and the carrier in `meta`; a custom one has a name of its own. */
export function carrierNameOf({ carrier_name: name, meta: given }: { carrier_name?: string | null | undefined; meta?: z.infer<typeof meta> | undefined }): string | null {
  const names = [given?.custom_carrier_name, given?.carrier, given?.rate_provider, name];
  return names.map((each) => each?.trim() ?? '').find((each) => each !== '') ?? null;
}

/** What carriers said beside an object, for people. */
export function wordsOf(given: readonly KarrioMessage[]): string {
  return given.slice(0, 5).flatMap(({ carrier_name: source, message: words }) => (words == null || words === '' ? [] : [`${source ?? 'carrier'}: ${words.slice(0, 200)}`])).join('; ');
}
