import { z } from 'zod';

/** Shippo's objects, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const id = z.string().min(1).max(120);
const decimal = z.string().regex(/^\d{1,12}(\.\d{1,6})?$/);

const message = z.looseObject({ source: text, code: text, text: text });
const messages = z.array(message).nullish().catch(null);

const rate = z.looseObject({
  object_id: id, object_created: text, amount: decimal, currency: z.string().regex(/^[A-Z]{3}$/), provider: z.string().min(1).max(60), carrier_account: text, shipment: text,
  servicelevel: z.looseObject({ name: text, token: z.string().min(1).max(100) }), estimated_days: z.int().min(0).max(365).nullish().catch(null),
});
export type ShippoRate = z.infer<typeof rate>;
export const rateObject = rate;

export const shipment = z.looseObject({
  object_id: id, object_created: text, status: text, messages,
  rates: z.array(z.unknown()).nullish().catch(null).transform((rates) => (rates ?? []).flatMap((each) => rate.safeParse(each).data ?? [])),
  address_from: z.union([z.string(), z.looseObject({ object_id: text })]).nullish().catch(null),
});
export type ShippoShipment = z.infer<typeof shipment>;

export const transaction = z.looseObject({
  object_id: id, object_created: text, status: z.string(), tracking_number: text, label_url: text, label_file_type: text, commercial_invoice_url: text, messages, metadata: text,
  /** Of a transaction that is read its id, of one that was made at once a part of it. */
  rate: z.union([z.string(), z.looseObject({ object_id: text, provider: text, amount: decimal.nullish().catch(null), currency: text })]).nullish().catch(null),
  /** Ours: the rate that was bought, whole, and what was answered to the request for a refund. */
  bought_rate: rate.nullish().catch(null),
  refund: z.looseObject({ status: text }).nullish().catch(null),
});
export type Transaction = z.infer<typeof transaction>;

export const transactionList = z.looseObject({ results: z.array(z.unknown()).nullish() });

export const refund = z.looseObject({ object_id: id, status: z.string(), transaction: text });

export const manifestObject = z.looseObject({ object_id: id, status: z.string(), documents: z.array(z.string()).nullish().catch(null), errors: z.array(z.unknown()).nullish().catch(null), transactions: z.array(z.string()).nullish().catch(null) });
export type ShippoManifest = z.infer<typeof manifestObject>;
export const manifestList = z.looseObject({ results: z.array(z.unknown()).nullish() });

export const pickup = z.looseObject({
  object_id: id, status: text, confirmation_code: text, confirmed_start_time: text, confirmed_end_time: text, timezone: text, messages: z.array(z.unknown()).nullish().catch(null),
});

export const checkedAddress = z.looseObject({
  object_id: id, street1: text, street2: text, city: text, state: text, zip: text, country: text, is_residential: z.boolean().nullish().catch(null),
  validation_results: z.looseObject({ is_valid: z.boolean().nullish().catch(null), messages }).nullish().catch(null),
});

const place = z.looseObject({ city: text, state: text, zip: text, country: text }).nullish().catch(null);

export const trackingStatus = z.looseObject({
  object_created: text, object_updated: text, status: z.string().min(1), status_details: text, status_date: text, location: place,
  substatus: z.looseObject({ code: text, text: text }).nullish().catch(null),
});
export type TrackingStatus = z.infer<typeof trackingStatus>;

export const track = z.looseObject({
  carrier: text, tracking_number: z.string().trim().min(1), eta: text, transaction: text, tracking_status: z.unknown().optional(), tracking_history: z.array(z.unknown()).nullish().catch(null),
});
export type Track = z.infer<typeof track>;

/** A webhook's body. */
export const event = z.looseObject({ event: z.string().min(1), data: z.unknown().optional() });

/** What was said beside an object, for people. */
export function wordsOf(given: z.infer<typeof messages>): string {
  return (given ?? []).slice(0, 5).flatMap(({ source, text: words }) => (words == null || words === '' ? [] : [`${source == null || source === '' ? 'carrier' : source}: ${words.slice(0, 200)}`])).join('; ');
}
