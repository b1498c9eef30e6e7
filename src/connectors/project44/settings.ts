import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';

/** `ACME=ABCD, Müller Transporte=VAT:DE123456789`: the carrier as loads name it, and by what project44 knows it; a bare value is a SCAC. */
const carriers = z.string().max(5_000).regex(/^[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*$/, 'takes pairs parted by commas, e.g. ACME=ABCD, Muller=VAT:DE123456789');

/** Without `apiKey` and `apiSecret` a connection only receives what project44 sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.meta({ secret: true, title: 'Webhook secret', description: 'What project44 is to send with every message: as the password of basic authentication, as bearer token, or in the header x-gatehouse-token.' }),
  apiKey: z.string().min(4).max(200).meta({ secret: true, title: 'Client id', description: 'Of a client application at project44. Needed to register loads and to ask for their history.' }).optional(),
  apiSecret: z.string().min(4).max(500).meta({ secret: true, title: 'Client secret', description: 'Of the same client application.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://na12.api.project44.com; https://eu12.api.project44.com for European tenants, https://na12.api.sandbox.p-44.com for trials.' }).optional(),
  publish: z.enum(['loads']).meta({ title: 'Register', description: 'loads: loads are registered there for tracking once a carrier has confirmed them, and changed and ended there with them. Nothing unless given.' }).optional(),
  publishFrom: z.string().max(1_000).meta({ title: 'Loads of', description: 'Connections whose loads are registered, parted by commas. Those that are kept here unless given.' }).optional(),
  carriers: carriers.meta({ title: 'Carriers', description: 'By what project44 knows the carriers of loads, e.g. ACME=ABCD, Muller=VAT:DE123456789: a SCAC, or SCAC, MC_NUMBER, DOT_NUMBER, SYSTEM, VAT or P44_EU before a colon. A carrier of two to four letters is its own SCAC.' }).optional(),
  settleSeconds: z.coerce.number('must be a whole number').int('must be a whole number').min(0).max(86_400).meta({ title: 'Settling time', description: 'Seconds after a registration whose answer was lost within which it is looked for before anything else is done. Default 120.' }).optional(),
  afterSettling: z.enum(['ask', 'register']).meta({ title: 'After settling', description: 'ask: a person looks at project44 where a registration whose answer was lost is not found. register: what is not found was not registered, and is registered again. Set register only once you have seen that loads are found there by their bill of lading. Default ask.' }).optional(),
  equipment: z.enum(['LICENSE_PLATE', 'VEHICLE_ID']).meta({ title: 'Trucks are named by', description: 'What the name of a truck is for project44: its licence plate (default) or the id under which the carrier shares its positions.' }).optional(),
});

export type Project44Settings = z.infer<typeof settings>;
