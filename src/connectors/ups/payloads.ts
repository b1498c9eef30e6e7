import { z } from 'zod';

/** What Track Alert pushes and the Track API answers, as far as it is read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);

/** One event of Track Alert. */
export const alert = z.looseObject({
  trackingNumber: z.string().trim().min(1),
  localActivityDate: text, localActivityTime: text, gmtActivityDate: text, gmtActivityTime: text, gmtOffset: text,
  activityLocation: z.looseObject({ city: text, stateProvince: text, postalCode: text, country: text }).nullish().catch(null),
  activityStatus: z.looseObject({ type: text, code: text, description: text, descriptionCode: text }),
  scheduledDeliveryDate: text, actualDeliveryDate: text, actualDeliveryTime: text, deliveryStartTime: text, deliveryEndTime: text, deliveryTimeDescription: text,
  receivedBy: text, deliveryPhoto: text,
});
export type Alert = z.infer<typeof alert>;

export const trackResponse = z.looseObject({
  trackResponse: z.looseObject({ shipment: z.array(z.looseObject({ inquiryNumber: text, package: list, warnings: z.array(z.looseObject({ code: text, message: text })).nullish().catch(null) })) }),
});

const address = z.looseObject({ city: text, stateProvince: text, postalCode: text, country: text, countryCode: text }).nullish().catch(null);

export const trackedPackage = z.looseObject({
  trackingNumber: z.string().trim().min(1),
  activity: list,
  deliveryDate: z.array(z.looseObject({ type: text, date: text })).nullish().catch(null),
  deliveryTime: z.looseObject({ type: text, startTime: text, endTime: text }).nullish().catch(null),
  deliveryInformation: z.looseObject({ receivedBy: text, signature: z.looseObject({ image: text }).nullish().catch(null), pod: z.looseObject({ content: text }).nullish().catch(null) }).nullish().catch(null),
});
export type TrackedPackage = z.infer<typeof trackedPackage>;

export const trackedActivity = z.looseObject({
  date: text, time: text, gmtDate: text, gmtTime: text, gmtOffset: text,
  location: z.looseObject({ address }).nullish().catch(null),
  status: z.looseObject({ type: text, code: text, description: text, statusCode: text }),
});
