import { countRejections } from '../events/messages.js';
import { instant } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { PeriodicCounts } from '../lib/periodic-counts.js';

type Store = Parameters<typeof countRejections>[0];

/** Counts what was refused for its signature or token, per connection, minute and reason. */
export class Rejections extends PeriodicCounts<Parameters<typeof countRejections>[1][number]> {
  constructor(store: Store, log: Log, everyMs = 5000) {
    super({
      write: (rows) => countRejections(store, rows),
      onFailure: (error, counts) => log.error({ err: error, counts }, 'counts of refused messages could not be written; they stand in this line'),
      everyMs,
    });
  }

  count(connection: string, reason: string): void {
    const minute = `${instant(Date.now()).slice(0, 16)}:00.000Z`;
    this.add(`${connection} ${minute} ${reason}`, { connection, minute, reason });
  }
}
