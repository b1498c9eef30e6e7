/** Somebody who is told when a time has come. */
export interface Due {
  /** Milliseconds UTC. It may change while it is waited for: then it is added again. */
  readonly dueMs: number;
  /** The time has come. Nobody waits for it any more. */
  due(): void;
}

/** Longest that a timer takes, ms: timers do not hear of a clock that was set, nor of the time that a machine slept. */
const maxTimerMs = 60_000;

/**
 * One timer for the times of many. Each minute, and when the earliest has come, all are looked at, so it is for times that
 * mostly pass without anything to do (the end of a token, of a wait for a first message), not for thousands a second.
 */
export class Deadlines {
  readonly #waiting = new Set<Due>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off. */
  #nextMs = Infinity;

  add(each: Due): void {
    this.#waiting.add(each);
    this.#wakeAt(each.dueMs);
  }

  delete(each: Due): void {
    this.#waiting.delete(each);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#nextMs = Infinity;
  }

  #wakeAt(dueMs: number): void {
    if (dueMs >= this.#nextMs) return;
    clearTimeout(this.#timer);
    this.#nextMs = dueMs;
    this.#timer = setTimeout(() => this.#look(), Math.min(dueMs - Date.now(), maxTimerMs));
  }

  #look(): void {
    this.#nextMs = Infinity;
    const now = Date.now();
    let earliest = Infinity;
    for (const each of this.#waiting) {
      if (each.dueMs > now) earliest = Math.min(earliest, each.dueMs);
      else {
        this.#waiting.delete(each);
        each.due();
      }
    }
    this.#wakeAt(earliest);
  }
}
