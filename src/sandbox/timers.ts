import type { Log } from '../lib/log.js';

/** Timers that never keep the process alive, run at the sandbox's pace, and stop together. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  /** @param pace 1 is demo speed; 10 is ten times as fast */
  constructor(private readonly pace: number, private readonly log: Log) {}

  /** Runs `task` after so many milliseconds of demo time; never after `stop`. */
  after(ms: number, task: () => void | Promise<void>): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      this.#run(task);
    }, ms / this.pace);
    timer.unref();
    this.#pending.add(timer);
  }

  #run(task: () => void | Promise<void>): void {
    const running = Promise.resolve().then(task).catch((error: unknown) => {
      if (!this.#stopped) this.log.error({ err: error }, 'A step of the sandbox failed.');
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Cancels what waits and resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    await Promise.all(this.#running);
  }
}
