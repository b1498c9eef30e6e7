import { z } from 'zod';
import { isZone } from '../../lib/zone.js';
import { outsideUrl } from './addresses.js';

/** The secret under which the outside system signs, or the token which it sends. Encrypted at rest. */
export const webhookSecret = z.string().min(6, 'a secret has 6 characters at least; openssl rand -base64 32 makes a good one').meta({ secret: true, title: 'Webhook secret', description: 'Shared with the sender; proves that a message is theirs.' });

export const zone = z.string().refine(isZone, 'must be an IANA zone, e.g. Europe/Berlin')
  .meta({ title: 'Zone', description: 'IANA zone of times that arrive without one.' });

/** An address that we call. Where it leads is checked with every call, by `sendRequest`. */
export const callableUrl = z.url({ protocol: /^https?$/, error: 'must be an address of http or https, e.g. https://odoo.example.com' }).max(2000)
  .refine((text) => {
    try {
      return outsideUrl(text) !== null;
    } catch {
      return false;
    }
  }, 'must be an address of http or https without user and password');

/** Of a carrier that can be asked about addresses. */
export const undeliverable = z.enum(['book', 'refuse']).optional()
  .meta({ title: 'Undeliverable addresses', description: 'refuse: the carrier is asked about the address before anything is booked, and what it says cannot be delivered to is not booked. Default book.' });

/** Settings that every connection has, whatever its connector. */
export const commonSettings = {
  messagesPerMinute: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(100_000_000).optional()
    .meta({ title: 'Messages per minute', description: 'Authentic messages a minute that are taken; more is answered with 429. Default: GATEHOUSE_MESSAGES_PER_MINUTE.' }),
};
