import { z } from 'zod';
import { callableUrl, undeliverable, webhookSecret } from '../kit/settings.js';

/** Without `apiKey` and `apiSecret` a connection only receives what Track Alert sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook credential', description: 'What UPS sends with every event: the credential of the subscription, or the bearer token of the webhook.' }),
  apiKey: z.string().min(4).max(200).meta({ secret: true, title: 'Client ID', description: 'Of an application at developer.ups.com. Needed for rates, booking and polling.' }).optional(),
  apiSecret: z.string().min(4).max(500).meta({ secret: true, title: 'Client secret', description: 'Of the same application.' }).optional(),
  accountNumber: z.string().regex(/^[A-Z0-9]{6}$/, 'a UPS account number has 6 capital letters and digits').meta({ title: 'Account number', description: 'Who ships and pays. Needed for rates and booking.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://onlinetools.ups.com; https://wwwcie.ups.com books nothing real.' }).optional(),
  alsoFormat: z.enum(['PDF', 'ZPL', 'PNG']).meta({ title: 'Second label format', description: 'Kept beside the format that was asked for.' }).optional(),
  settleSeconds: z.coerce.number('must be a whole number').int('must be a whole number').min(0).max(86_400).meta({ title: 'Settling time', description: 'Seconds for which UPS is not believed that it knows no shipment, after a booking whose answer was lost. Default 900.' }).optional(),
  trackAlert: z.enum(['off', 'v1', 'v2']).meta({ title: 'Track Alert', description: 'Whether numbers that are polled are subscribed as well. v1 names the address and credential with each subscription; in v2 they are set once at UPS. Default off.' }).optional(),
  webhookUrl: callableUrl.meta({ title: 'Webhook address', description: 'Under which UPS reaches /ingest/<connection>; for Track Alert v1.' }).optional(),
  undeliverable,
});

export type UpsSettings = z.infer<typeof settings>;
