import { z } from 'zod';
import { parseOffsetTime } from '../../model/time.js';
import type { BookedParcel } from '../kit/booking/carrier.js';
import type { Price } from './pricing.js';

const amount = z.string().regex(/^\d{1,15}(\.\d{1,6})?$/);

/** A booking of ours as it is kept: from it alone come the facts. */
const booked = z.object({
  rateTable: z.literal(1), number: z.string().min(1).max(60), carrier: z.string().min(1).max(60), state: z.enum(['DRAWN', 'BOOKED', 'CANCELLED']), bookedAt: z.string().optional(),
  service: z.string().optional(), zone: z.string().optional(), chargedKg: z.string().optional(), deliveryAt: z.string().optional(),
  price: z.object({ amount, currency: z.string() }).optional(), lines: z.array(z.object({ code: z.string(), label: z.string(), amount: z.string() })).optional(),
});
export type Booked = z.infer<typeof booked>;

export function bookedOf(number: string, carrier: string, { service, zone, chargedKg, amount: of, currency, lines }: Price, bookedAt: string, deliveryAt: string | undefined): Booked {
  return { rateTable: 1, number, carrier, state: 'BOOKED', bookedAt, service, zone, chargedKg, price: { amount: of, currency }, lines, ...(deliveryAt === undefined ? {} : { deliveryAt }) };
}

export function readKept(raw: unknown): BookedParcel | null {
  const parsed = booked.safeParse(raw);
  if (!parsed.success) return null;
  const { number, carrier, state, price, deliveryAt, bookedAt } = parsed.data;
  return {
    externalId: number, carrier,
    ...(state === 'DRAWN' ? {} : { trackingNumber: number }), ...(price === undefined ? {} : { price }), ...(deliveryAt === undefined ? {} : { deliveryAt }),
    ...(state === 'BOOKED' ? { label: { madeAt: parseOffsetTime(bookedAt ?? '') } } : {}),
    cancellation: state === 'CANCELLED' ? { raw: 'cancelled', state: 'DONE' } : null,
  };
}
