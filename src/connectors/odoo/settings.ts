import { z } from 'zod';
import { webhookSecret } from '../kit/settings.js';
import { standardWebhookKey } from '../kit/signatures.js';
import { companies } from './companies.js';

/** Without `url` and `apiKey` a connection only receives what the addon sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.refine((secret) => !secret.startsWith('whsec_') || standardWebhookKey(secret).length >= 16, 'whsec_ must be followed by 16 bytes or more in base64; openssl rand -base64 32 makes them'),
  url: z.url({ protocol: /^https?$/, error: 'must be the address of Odoo, e.g. https://odoo.example.com' })
    .meta({ title: 'Address of Odoo', description: 'Where Odoo answers; needed to synchronise.' }).optional(),
  database: z.string().min(1).max(200).meta({ title: 'Database', description: 'Name of the database in Odoo.' }).optional(),
  login: z.string().min(1).max(200).meta({ title: 'Login', description: 'Of the user whose key it is; needed by Odoo 18 and earlier.' }).optional(),
  companies: companies.optional(),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of a user in the group Gatehouse: Synchronisation.' }).optional(),
});

export type OdooSettings = z.infer<typeof settings>;
