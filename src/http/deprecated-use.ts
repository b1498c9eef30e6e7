import { countDeprecatedUse, type DeprecatedUseCount } from '../events/deprecated-use.js';
import { instant } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { PeriodicCounts } from '../lib/periodic-counts.js';

type Store = Parameters<typeof countDeprecatedUse>[0];

/** Counts who uses what is deprecated, per subject, field and day. */
export class DeprecatedUse extends PeriodicCounts<DeprecatedUseCount> {
  constructor(store: Store, log: Log, everyMs = 5000) {
    super({
      write: (rows) => countDeprecatedUse(store, rows),
      onFailure: (error, rows) => log.error({ err: error, rows: rows.length }, 'counts of who uses what is deprecated could not be written and are lost'),
      everyMs,
    });
  }

  count(subject: string, used: ReadonlyArray<{ coordinate: string }>): void {
    const day = instant(Date.now()).slice(0, 10);
    for (const { coordinate } of used) this.add(`${subject}\n${coordinate}\n${day}`, { subject, coordinate, day });
  }
}
