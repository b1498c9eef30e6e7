import { z } from 'zod';
import { callableUrl, undeliverable } from '../kit/settings.js';
import { readKeySet } from './signatures.js';

/**
 * Without `apiKey` a connection only receives what ShipEngine sends. The secret of incoming messages is ShipEngine's
 * public key set: checking a message must not wait for a network, so the keys are set and not fetched. A key set is
 * replaced as any secret is (`connection rotate`): the one of before stays valid meanwhile.
 */
export const settings = z.object({
  webhookSecret: z.string().refine((text) => readKeySet(text) !== null, 'must be ShipEngine’s key set, the JSON that https://api.shipengine.com/jwks answers')
    .meta({ secret: true, title: 'Key set', description: 'The public keys with which ShipEngine proves that a message is theirs: what https://api.shipengine.com/jwks answers.' }),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of ShipEngine; a test key (TEST_…) books nothing real. Needed for rates, booking and polling.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers. Default https://api.shipengine.com.' }).optional(),
  carrierIds: z.string().regex(/^se-[\w-]+( *, *se-[\w-]+)*$/, 'must be ids of carrier accounts, as se-123, se-456').max(1000).meta({ title: 'Carrier accounts', description: 'Ids of the carrier accounts that are asked for rates, parted by commas. Default: all that are connected there.' }).optional(),
  alsoFormat: z.enum(['PDF', 'ZPL', 'PNG']).meta({ title: 'Second label format', description: 'Kept beside the format that was asked for, where the carrier gives it.' }).optional(),
  settleSeconds: z.coerce.number().int().min(1).max(3600).meta({ title: 'Settling time', description: 'Seconds after a purchase without an answer until “nothing was bought” is believed. Default 30.' }).optional(),
  undeliverable,
});

export type ShipEngineSettings = z.infer<typeof settings>;
