import { countRejections } from '../events/messages.js';
import { instant } from '../lib/clock.js';
import type { Log } from '../lib/log.js';

type Store = Parameters<typeof countRejections>[0];

/**
 * Counts messages that were refused for their signature, per connection, minute and reason. Counts
 * are written every few seconds, so that a flood of bad messages costs the database nothing.
 */
export class Rejections {
  readonly #counts = new Map<string, { connection: string; minute: string; reason: string; count: number }>();
  readonly #timer: NodeJS.Timeout;
  readonly #store: Store;
  readonly #log: Log;

  constructor(store: Store, log: Log, everyMs = 5000) {
    this.#store = store;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), everyMs);
    this.#timer.unref();
  }

  count(connection: string, reason: string): void {
    const minute = `${instant(Date.now()).slice(0, 16)}:00.000Z`;
    const key = `${connection} ${minute} ${reason}`;
    const row = this.#counts.get(key);
    if (row === undefined) this.#counts.set(key, { connection, minute, reason, count: 1 });
    else row.count++;
  }

  async flush(): Promise<void> {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    try {
      await countRejections(this.#store, counts);
    } catch (error) {
      this.#log.error({ err: error, counts }, 'counts of refused messages could not be written; they stand in this line');
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
