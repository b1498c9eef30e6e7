import { z } from 'zod';
import { isUuid } from '../../../lib/ids.js';
import type { Answer } from '../../contract.js';

/**
 * What is kept of a command's answers: the carrier's own objects, raw, with what was asked for, in one message.
 * From it alone `decodeAnswer` makes facts, so that a better mapping can be run over it later.
 */
const uuid = z.string().refine(isUuid);
const name = z.string().max(120);
const attempt = z.int().min(1).max(999_999);
const reference = z.object({ kind: z.string().max(40), issuer: name, value: name });
const money = z.object({ amount: z.string(), currency: z.string() });

export const askedRecord = z.object({
  isReturn: z.boolean(),
  references: z.array(reference).max(1000),
  quoted: money.optional(),
  quote: uuid.optional(),
});
export type AskedRecord = z.infer<typeof askedRecord>;

export const keptFile = z.object({
  key: z.string().max(300), kind: z.enum(['LABEL', 'RETURN_LABEL', 'MANIFEST', 'CUSTOMS']), format: z.enum(['PDF', 'ZPL', 'PNG']), package: name.optional(), sha256: z.string().max(64), bytes: z.int32().min(0),
});
export type KeptFile = z.infer<typeof keptFile>;

/** `shipment`: the carrier's own object for this package, by whatever name the carrier calls it; null where there is none. */
const keptPart = z.object({ package: name, shipment: z.unknown(), error: z.string().optional() });

export const bookingAnswer = z.object({
  gatehouse: z.enum(['booking', 'cancellation']),
  command: uuid,
  attempt,
  asked: askedRecord,
  chosen: z.object({ carrier: z.string(), code: z.string(), reasons: z.array(z.string()) }),
  parts: z.array(keptPart).max(1000),
  files: z.array(keptFile).max(5000),
});
export type BookingAnswer = z.infer<typeof bookingAnswer>;

/** `form`: the carrier's own object, or objects, of the manifest. */
export const manifestAnswer = z.object({ gatehouse: z.literal('manifest'), command: uuid, attempt, carrier: z.string(), trackingNumbers: z.array(z.string().max(120)).max(5000), form: z.unknown(), files: z.array(keptFile).max(10) });
export type ManifestAnswer = z.infer<typeof manifestAnswer>;

export function toAnswer(key: string, body: object): Answer {
  return { key, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
