import { z } from 'zod';
import { callableUrl, webhookSecret, zone } from '../kit/settings.js';

export const settings = z.object({
  webhookSecret,
  zone: zone.optional(),
  publish: z.enum(['loads']).meta({ title: 'Tell', description: 'loads: loads are told to the partner as trips, whole, whenever they change. Nothing unless given.' }).optional(),
  publishFrom: z.string().max(1_000).meta({ title: 'Loads of', description: 'Connections whose loads are told, parted by commas. Those that are kept here unless given.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Of the partner’s Open Trip Model 5: trips are put to <address>/api/v5/trips. Needed to tell loads.' }).optional(),
  apiKey: z.string().min(6).max(2_000).meta({ secret: true, title: 'Bearer token', description: 'Under which the partner takes what is told. Sent only where it is set.' }).optional(),
});

export type OtmSettings = z.infer<typeof settings>;
