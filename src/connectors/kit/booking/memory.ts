import { z } from 'zod';
import type { Json } from '../../../lib/json.js';
import type { CommandMemory } from '../../contract.js';
import { keptFile, type KeptFile } from './answers.js';

const bookingMemory = z.object({
  /** Ids of drafts by package. They were made, which costs nothing. */
  parts: z.record(z.string(), z.string()),
  chosen: z.object({ carrier: z.string(), code: z.string(), reasons: z.array(z.string()) }).nullish().transform((chosen) => chosen ?? null),
  /** What the booking's record says of what was asked for. */
  asked: z.json(),
  /** Packages of which a purchase was begun, and is not known to have failed: when its call ended last, or began, and what it bought. */
  begun: z.record(z.string(), z.object({ atMs: z.number(), by: z.string().optional() })).optional(),
  /** Ids of what was bought, by package. */
  bought: z.record(z.string(), z.string()).optional(),
  /** Packages of which what was bought is being voided, as it is of no use; and ids of what was, by package. */
  voiding: z.record(z.string(), z.literal(true)).optional(),
  voided: z.record(z.string(), z.array(z.string())).optional(),
  /** What came with a purchase and is given once, by package: the carrier's object, and files in base64. */
  given: z.record(z.string(), z.object({ raw: z.json(), files: z.array(z.object({ documentId: z.string(), mediaType: z.string(), content: z.string(), kept: keptFile })) })).optional(),
});

/** What a booking command remembers: what at the carrier stands for which package, and what was chosen. */
export interface BookingMemory {
  parts: Record<string, string>;
  chosen: { carrier: string; code: string; reasons: string[] } | null;
  asked: Json;
  begun?: Record<string, { atMs: number; by?: string }>;
  bought?: Record<string, string>;
  voiding?: Record<string, true>;
  voided?: Record<string, string[]>;
  given?: Record<string, { raw: Json; files: Array<{ documentId: string; mediaType: string; content: string; kept: KeptFile }> }>;
}

/** Null where nothing, or nothing that is understood, is remembered. */
export function readMemory(value: Json | null): BookingMemory | null {
  const parsed = bookingMemory.safeParse(value);
  return parsed.success ? (parsed.data as BookingMemory) : null;
}

/**
 * Keeps the memory of one booking while its packages are worked on side by side: one write at a time, each of
 * the whole as it stands then, so that an older state never comes to lie over a newer one.
 */
export class MemoryKeeper {
  readonly state: BookingMemory;
  readonly #memory: CommandMemory;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(memory: CommandMemory, state: BookingMemory) {
    this.#memory = memory;
    this.state = state;
  }

  /** Durable when it resolves. Those who ask while a write is under way share the next one. */
  save(): Promise<void> {
    this.#next ??= this.#writing.catch(() => undefined).then(() => {
      this.#next = null;
      this.#writing = this.#memory.remember(structuredClone(this.state) as unknown as Json);
      return this.#writing;
    });
    return this.#next;
  }
}
