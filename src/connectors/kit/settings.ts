import { z } from 'zod';
import { isZone } from './zone.js';

/** The secret under which the outside system signs, or the token which it sends. Encrypted at rest. */
export const webhookSecret = z.string().min(1).meta({ secret: true, title: 'Webhook secret', description: 'Shared with the sender; proves that a message is theirs.' });

export const zone = z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin')
  .meta({ title: 'Zone', description: 'IANA zone of times that arrive without one.' });
