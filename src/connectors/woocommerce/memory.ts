import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CommandMemory, ConnectorError, Outcome } from '../contract.js';

const memorySchema = z.object({
  /** When the note was begun last, where it is not known what became of it; and the note once it is there. */
  note: z.object({ begunAtMs: z.number().optional(), id: z.string().optional() }),
  /** When the last request that changes the order ended, or began, of which it is not known what became. */
  unsureAtMs: z.number().optional(),
});
type Memory = z.infer<typeof memorySchema>;

/** What a command for WooCommerce remembers of its requests: WooCommerce knows no repeat. */
export class FulfilmentMemory {
  readonly #memory: CommandMemory;
  #state: Memory;

  constructor(memory: CommandMemory) {
    this.#memory = memory;
    const parsed = memorySchema.safeParse(memory.value);
    this.#state = parsed.success ? parsed.data : { note: {} };
  }

  get note(): Memory['note'] {
    return this.#state.note;
  }

  async keepNote(note: Memory['note']): Promise<void> {
    this.#state = { ...this.#state, note };
    await this.#memory.remember(this.#state as unknown as Json);
  }

  /** Makes a request; that it was begun is remembered before, and afterwards where it may have been carried out without an answer. */
  async whileUnsure<T>(request: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const before = this.#state;
    await this.#keepUnsure(Date.now());
    const outcome = await request();
    if (outcome.ok) this.#state = before;
    else if (isRefusal(outcome.error)) await this.#keepUnsure(before.unsureAtMs);
    else await this.#keepUnsure(Date.now());
    return outcome;
  }

  /** Null once nothing is under way any more of which the answer was lost; else when to ask again. */
  settled(settleMs: number): ConnectorError | null {
    const leftMs = (this.#state.unsureAtMs ?? 0) + settleMs - Date.now();
    return leftMs <= 0 ? null : waiting('Whether the shop is still at work on an earlier request is not known: it is looked at again.', leftMs);
  }

  async #keepUnsure(unsureAtMs: number | undefined): Promise<void> {
    const { unsureAtMs: _before, ...rest } = this.#state;
    this.#state = { ...rest, ...(unsureAtMs === undefined ? {} : { unsureAtMs }) };
    await this.#memory.remember(this.#state as unknown as Json);
  }
}

/** Said before anything was done. */
export function isRefusal({ kind }: ConnectorError): boolean {
  return kind === 'invalid' || kind === 'auth' || kind === 'rate_limited';
}

export function waiting(message: string, leftMs: number): ConnectorError {
  return { kind: 'unavailable', message, retryAfter: Math.max(1, Math.ceil(leftMs / 1_000)), onlyThisCommand: true, raw: '' };
}
