import { z } from 'zod';

/** Shipments of Unified Tracking, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const location = z.looseObject({ address: z.looseObject({ countryCode: text, postalCode: text, addressLocality: text }).nullish().catch(null) }).nullish().catch(null);

export const event = z.looseObject({ timestamp: text, statusCode: z.string().trim().min(1), status: text, description: text, remark: text, location });
export type DhlEvent = z.infer<typeof event>;

export const shipment = z.looseObject({
  id: z.union([z.string().trim().min(1), z.number().int().positive().transform(String)]),
  service: text,
  status: z.unknown(),
  estimatedTimeOfDelivery: text,
  estimatedDeliveryTimeFrame: z.looseObject({ estimatedThrough: text }).nullish().catch(null),
  details: z.looseObject({ proofOfDelivery: z.looseObject({ timestamp: text, documentUrl: text, signatureUrl: text }).nullish().catch(null) }).nullish().catch(null),
  events: z.array(z.unknown()).nullish().catch(null),
});
export type DhlShipment = z.infer<typeof shipment>;

export const answer = z.looseObject({ shipments: z.array(z.unknown()) });
/** What is pushed is described as the same shipments; one alone is read as well. */
export const pushed = z.union([answer.transform((of) => of.shipments), z.looseObject({ shipment: z.looseObject({}) }).transform((of): unknown[] => [of.shipment]), shipment.transform((of): unknown[] => [of])]);
