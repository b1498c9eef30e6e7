import { pause } from '../../../lib/pause.js';

/** How often what nobody looks after is looked for without a wake-up, ms. */
const lookMs = 1_000;
/** Wake-ups that come within so many ms after the last look count as one. */
const gatherMs = 10;
/** How long a process waits before it takes one more, ms for each that it has: those with fewer go first. */
const yieldMs = 5;
const longestYieldMs = 50;

/** Looks after one thing for as long as there is something to do. */
export interface LeasedWorker {
  /** Never rejects. */
  run(): Promise<void>;
  /** There may be something to do. */
  wake(): void;
  /** Begins nothing any more; `run` ends when what is under way has. */
  stop(): void;
}

export interface LeasedWorkersOptions<Wanted extends { id: string }> {
  /** What is to be looked after and is by nobody. */
  wanted(): Promise<Wanted[]>;
  /** Takes the lease. @returns null where another process has it */
  take(wanted: Wanted): Promise<LeasedWorker | null>;
  /** Told when that could not be; it is tried again. */
  failed(error: unknown): void;
  /** Whether there may be more to take as soon as one has ended, rather than at the next look. */
  looksWhenOneEnds: boolean;
}

/** The workers of this process: each looks after one thing that no other process does, so that a slow one holds up nobody else. */
export class LeasedWorkers<Wanted extends { id: string }> {
  readonly #options: LeasedWorkersOptions<Wanted>;
  readonly #workers = new Map<string, { worker: LeasedWorker; done: Promise<void> }>();
  readonly #stopping = new AbortController();
  #waking = new AbortController();

  constructor(options: LeasedWorkersOptions<Wanted>) {
    this.#options = options;
  }

  /** Looks at once, and wakes every worker. */
  wake(): void {
    this.#waking.abort();
  }

  /** Wakes every worker; what nobody looks after is looked for in its time. */
  wakeWorkers(): void {
    for (const { worker } of this.#workers.values()) worker.wake();
  }

  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  /** Resolves after `stop`, when every worker has ended. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#waking = new AbortController();
      this.wakeWorkers();
      await this.#takeWanted().catch((error: unknown) => this.#options.failed(error));
      await pause(gatherMs, signal);
      await pause(lookMs, AbortSignal.any([this.#waking.signal, signal]));
    }
    for (const { worker } of this.#workers.values()) worker.stop();
    await Promise.all([...this.#workers.values()].map(({ done }) => done));
  }

  async #takeWanted(): Promise<void> {
    for (const wanted of await this.#options.wanted()) {
      if (this.#workers.has(wanted.id) || this.#stopping.signal.aborted) continue;
      await pause(Math.min(longestYieldMs, yieldMs * this.#workers.size), this.#stopping.signal);
      const worker = await this.#options.take(wanted);
      if (worker === null) continue;
      const done = worker.run().finally(() => {
        this.#workers.delete(wanted.id);
        if (this.#options.looksWhenOneEnds) this.wake();
      });
      this.#workers.set(wanted.id, { worker, done });
    }
  }
}
