import { z } from 'zod';

/** What the Track API answers and the webhook pushes, as far as it is read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);
const address = z.looseObject({ city: text, stateOrProvinceCode: text, postalCode: text, countryCode: text }).nullish().catch(null);

const completeTrackResult = z.looseObject({ trackingNumber: text, trackResults: z.array(z.unknown()) });

const trackOutput = z.looseObject({ completeTrackResults: z.array(completeTrackResult) });

/** An answer of the Track API. */
export const trackAnswer = z.looseObject({ output: trackOutput });
/** The same without its envelope, or for one number: what the webhook sends is described by example alone. */
export const pushed = z.union([trackAnswer.transform((of) => of.output.completeTrackResults), trackOutput.transform((of) => of.completeTrackResults), completeTrackResult.transform((of) => [of])]);

const window = z.looseObject({ window: z.looseObject({ begins: text, ends: text }).nullish().catch(null) }).nullish().catch(null);

export const trackResult = z.looseObject({
  trackingNumberInfo: z.looseObject({ trackingNumber: text, carrierCode: text, trackingNumberUniqueId: text }).nullish().catch(null),
  latestStatusDetail: z.looseObject({ code: text, derivedCode: text, description: text, delayDetail: z.looseObject({ type: text }).nullish().catch(null) }).nullish().catch(null),
  scanEvents: list,
  dateAndTimes: z.array(z.looseObject({ type: text, dateTime: text })).nullish().catch(null),
  estimatedDeliveryTimeWindow: window,
  standardTransitTimeWindow: window,
  deliveryDetails: z.looseObject({ receivedByName: text, signedByName: text }).nullish().catch(null),
  availableImages: z.array(z.looseObject({ type: text })).nullish().catch(null),
  error: z.looseObject({ code: text, message: text }).nullish().catch(null),
});
export type TrackResult = z.infer<typeof trackResult>;

export const scanEvent = z.looseObject({
  date: text,
  eventType: z.string().trim().min(1),
  eventDescription: text,
  derivedStatusCode: text,
  exceptionCode: text,
  exceptionDescription: text,
  delayDetail: z.looseObject({ type: text }).nullish().catch(null),
  scanLocation: address,
});
export type ScanEvent = z.infer<typeof scanEvent>;
