import { z } from 'zod';
import { isUuid } from '../../../../lib/ids.js';
import type { SlotNeed } from '../../../../model/yard/slots.js';

/** A time that was told to be free: what is booked by its id. It promises nothing and holds nothing. */
const schema = z.tuple([
  z.string().refine(isUuid), z.iso.datetime(), z.string().min(1).max(100).refine((text) => !text.includes('\0') && text.isWellFormed()), z.enum(['INBOUND', 'OUTBOUND']), z.enum(['LIVE', 'DROP']), z.enum(['AMBIENT', 'CHILLED', 'FROZEN']),
  z.int().min(1).max(2_000).nullable(), z.int().min(0).max(10_000).nullable(),
]);

export interface NamedSlot {
  /** UUID. */
  facility: string;
  startsAt: string;
  dock: string;
  need: SlotNeed;
}

export function slotId({ facility, startsAt, dock, need }: NamedSlot): string {
  return Buffer.from(JSON.stringify([facility, startsAt, dock, need.direction, need.handling, need.temperature, need.heightCm ?? null, need.pallets ?? null])).toString('base64url');
}

/** Null where it is none of ours. */
export function slotOf(id: string): NamedSlot | null {
  try {
    const [facility, startsAt, dock, direction, handling, temperature, heightCm, pallets] = schema.parse(JSON.parse(Buffer.from(id, 'base64url').toString('utf8')));
    return { facility, startsAt, dock, need: { direction, handling, temperature, ...(heightCm === null ? {} : { heightCm }), ...(pallets === null ? {} : { pallets }) } };
  } catch {
    return null;
  }
}
