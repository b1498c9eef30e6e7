import { setTimeout as pause } from 'node:timers/promises';

/** A day that passes faster than the clock on the wall and catches up with it at its end: what happens in it is always in the past. */
export class PlayedClock {
  readonly #realStartMs = Date.now();

  /** @param speed seconds of the day that pass in one second */
  constructor(private readonly startMs: number, private readonly speed: number) {}

  nowMs(): number {
    return this.startMs + (Date.now() - this.#realStartMs) * this.speed;
  }

  async until(atMs: number): Promise<void> {
    const waitMs = (atMs - this.nowMs()) / this.speed;
    if (waitMs > 0) await pause(waitMs);
  }
}

/** Work that shares a lane is done one after the other, in the order in which it was given; all other work at once. */
export class Lanes {
  readonly #last = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];

  /** @param limit of what runs at once */
  constructor(private readonly limit: number) {}

  /** Resolves when it was taken in; what waits for its lanes is taken in, too. */
  async add(lanes: readonly string[], work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.limit) await Promise.race(this.#running);
    const before = lanes.flatMap((lane) => this.#last.get(lane) ?? []);
    const done = Promise.all(before).then(work);
    // One that failed is thrown by `settled`; who comes behind it is not held up.
    const quiet = done.catch(() => {});
    for (const lane of lanes) this.#last.set(lane, quiet);
    const running = done.finally(() => this.#running.delete(running));
    running.catch((error: unknown) => this.#failures.push(error));
    this.#running.add(running);
  }

  /** @throws the first error of all work that was given */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}
