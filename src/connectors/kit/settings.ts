import { z } from 'zod';
import { isZone } from '../../lib/zone.js';

/** The secret under which the outside system signs, or the token which it sends. Encrypted at rest. */
export const webhookSecret = z.string().min(6, 'a secret has 6 characters at least; openssl rand -base64 32 makes a good one').meta({ secret: true, title: 'Webhook secret', description: 'Shared with the sender; proves that a message is theirs.' });

export const zone = z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin')
  .meta({ title: 'Zone', description: 'IANA zone of times that arrive without one.' });

/** Settings that every connection has, whatever its connector. */
export const commonSettings = {
  messagesPerMinute: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(100_000_000).optional()
    .meta({ title: 'Messages per minute', description: 'Authentic messages a minute that are taken; more is answered with 429. Default: GATEHOUSE_MESSAGES_PER_MINUTE.' }),
};
