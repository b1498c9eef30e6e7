import { z } from 'zod';
import { callableUrl, undeliverable, webhookSecret } from '../kit/settings.js';

/** Without `apiKey` a connection only receives what EasyPost sends. */
export const settings = z.object({
  webhookSecret,
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of EasyPost; a test key (EZTK…) books nothing real. Needed for rates, booking and polling.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://api.easypost.com.' }).optional(),
  alsoFormat: z.enum(['PDF', 'ZPL']).meta({ title: 'Second label format', description: 'Kept beside the format that was asked for, where the carrier gives it.' }).optional(),
  undeliverable,
});

export type EasyPostSettings = z.infer<typeof settings>;
