import { z } from 'zod';

/** What the carrier reports, one event or several; values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);

export const statusEvent = z.looseObject({
  trackingNumber: z.string().trim().min(1), code: z.string().trim().min(1), at: text, text, id: text, estimatedAt: text,
  place: z.looseObject({ city: text, region: text, postalCode: text, country: text, latitude: number, longitude: number }).nullish().catch(null),
});
export type StatusEvent = z.infer<typeof statusEvent>;

export const report = z.looseObject({ events: z.array(z.unknown()).min(1).max(10_000) });
