import { z } from 'zod';

/** EasyPost's Event and Tracker, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);

export const eventPayload = z.looseObject({ description: z.string(), result: z.unknown(), updated_at: text, created_at: text });

export const tracker = z.looseObject({
  id: text,
  tracking_code: z.string().trim().min(1),
  status: text,
  status_detail: text,
  carrier: text,
  created_at: text,
  updated_at: text,
  signed_by: text,
  est_delivery_date: text,
  tracking_details: z.array(z.unknown()).nullish(),
});
export type Tracker = z.infer<typeof tracker>;

export const trackingDetail = z.looseObject({
  status: z.string(),
  status_detail: text,
  datetime: text,
  message: text,
  description: text,
  carrier_code: text,
  tracking_location: z.looseObject({ city: text, state: text, country: text, zip: text }).nullish().catch(null),
});
export type TrackingDetail = z.infer<typeof trackingDetail>;
