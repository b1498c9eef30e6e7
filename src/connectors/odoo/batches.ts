import type { Outcome } from '../contract.js';
import { failure } from '../kit/http.js';

interface Waiting<Item, Answer> {
  item: Item;
  bytes: number;
  /** Milliseconds that its call may take. */
  timeoutMs: number;
  /** Milliseconds UTC after which it is no longer waited for the calls before it. */
  lineUntilMs: number;
  answer(outcome: Outcome<Answer>): void;
}

interface Line<Item, Answer> {
  isCalling: boolean;
  waiting: Waiting<Item, Answer>[];
}

export interface BatchLimits {
  items: number;
  /** Of what one call carries; an item that is larger goes alone. */
  bytes: number;
}

/** Sends items and answers one outcome for each, in their order, or why all of them failed. */
export type SendBatch<Item, Answer> = (items: readonly Item[], timeoutMs: number) => Promise<Outcome<Array<Outcome<Answer>>>>;

/** Its turn in a line may be as far off as so many calls. */
export const callsBefore = 3;

/**
 * Joins what waits at the same time into one call: while a call of a line is under way the others gather, and go
 * together in the next. A lone item never waits. What an item may take is counted from the beginning of its own call: one
 * whose turn does not come was not sent, which says nothing of who is called.
 */
export class Batches<Item, Answer> {
  readonly #lines = new Map<string, Line<Item, Answer>>();
  readonly #limits: BatchLimits;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /**
   * @param line items of one line go in one call at a time
   * @param bytes about how large it is
   */
  add(line: string, item: Item, bytes: number, timeoutMs: number, send: SendBatch<Item, Answer>): Promise<Outcome<Answer>> {
    return new Promise((answer) => {
      const known = this.#lines.get(line) ?? { isCalling: false, waiting: [] };
      this.#lines.set(line, known);
      known.waiting.push({ item, bytes, timeoutMs, lineUntilMs: Date.now() + callsBefore * timeoutMs, answer });
      if (!known.isCalling) void this.#run(line, known, send);
    });
  }

  async #run(name: string, line: Line<Item, Answer>, send: SendBatch<Item, Answer>): Promise<void> {
    line.isCalling = true;
    // Those that are added in the same turn go together.
    await Promise.resolve();
    while (line.waiting.length > 0) await this.#call(this.#next(line), send);
    this.#lines.delete(name);
  }

  #next({ waiting }: Line<Item, Answer>): Waiting<Item, Answer>[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(waiting.length, this.#limits.items); count++) {
      bytes += waiting[count]!.bytes;
      if (count > 0 && bytes > this.#limits.bytes) break;
    }
    return waiting.splice(0, count);
  }

  async #call(batch: readonly Waiting<Item, Answer>[], send: SendBatch<Item, Answer>): Promise<void> {
    const nowMs = Date.now();
    const late = batch.filter(({ lineUntilMs }) => lineUntilMs <= nowMs);
    for (const { answer } of late) answer({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, message: 'The calls before it took too long: it was not sent.', raw: '' } });
    const due = batch.filter(({ lineUntilMs }) => lineUntilMs > nowMs);
    if (due.length === 0) return;
    const outcome = await send(due.map(({ item }) => item), Math.min(...due.map(({ timeoutMs }) => timeoutMs))).catch((error: unknown) => failure('unparseable', `The call failed: ${String(error)}`, ''));
    if (outcome.ok) {
      due.forEach(({ answer }, index) => answer(outcome.value[index] ?? failure('unparseable', 'Nothing was answered to it.', '')));
    } else if (due.length > 1 && (outcome.error.kind === 'invalid' || outcome.error.kind === 'unparseable')) {
      // One of them may be to blame: alone it harms nobody else.
      for (const each of due) await this.#call([each], send);
    } else {
      for (const { answer } of due) answer(outcome);
    }
  }
}
