import { z } from 'zod';

/** Answers of the MyDHL API about tracking, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);

export const event = z.looseObject({
  date: text, time: text, GMTOffset: text, typeCode: z.string().trim().min(1), description: text, signedBy: text,
  serviceArea: z.array(z.looseObject({ code: text, description: text })).nullish().catch(null),
});
export type ExpressEvent = z.infer<typeof event>;

export const shipment = z.looseObject({
  shipmentTrackingNumber: z.union([z.string().trim().min(1), z.number().int().positive().transform(String)]),
  estimatedDeliveryDate: text,
  shipperReferences: z.array(z.looseObject({ value: text, typeCode: text })).nullish().catch(null),
  events: z.array(z.unknown()).nullish().catch(null),
});
export type ExpressShipment = z.infer<typeof shipment>;

export const trackingAnswer = z.looseObject({ shipments: z.array(z.unknown()) });

export const proofAnswer = z.looseObject({ documents: z.array(z.looseObject({ encodingFormat: text, typeCode: text, content: text })) });
