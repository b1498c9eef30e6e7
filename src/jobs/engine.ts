import { PgBoss, type Job } from 'pg-boss';
import { jobsDatabaseOf, type Database, type JobsDatabase, type Queryable, type Transaction } from '../db/database.js';
import type { Log } from '../lib/log.js';
import { deadLetterQueue, queues, type QueueName } from './queues.js';

export type { Database, Queryable, Transaction };
export { holdNames } from '../db/named-locks.js';

export interface QueueState {
  queue: string;
  waiting: number;
  active: number;
  failed: number;
}

/**
 * How often lost jobs are looked for (default 60 s: a message whose worker was killed would wait for
 * minutes), and how often finished ones are deleted (default a day: millions of rows by then).
 */
const upkeep = { superviseIntervalSeconds: 5, monitorIntervalSeconds: 5, maintenanceIntervalSeconds: 300 };

/** A notification wakes workers for what is new; what waits for its time (a retry, a delay) is found by polling alone, every 30 s unless said otherwise. */
const polling = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2 };

/** Jobs on pg-boss: sent inside the transaction that causes them, retried as `queues` says. */
export class Jobs {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /**
   * Opens the engine and makes its tables and queues where they are missing.
   * @param options.supervise whether this process also retries, expires and schedules
   */
  static async open(database: Database, log: Log, options: { supervise: boolean }): Promise<Jobs> {
    const boss = new PgBoss({
      ...('db' in database.jobs ? { db: database.jobs.db, backend: 'pglite' as const } : { connectionString: database.jobs.connectionString, max: 4 }),
      useListenNotify: true,
      supervise: options.supervise,
      schedule: options.supervise,
      ...upkeep,
      monitorVacuum: false,
    } as ConstructorParameters<typeof PgBoss>[0]);
    boss.on('error', (error) => log.error({ err: error }, 'job engine'));
    boss.on('warning', (warning) => log.warn({ warning }, 'job engine'));
    await boss.start();
    if ('db' in database.jobs) await releaseAbandoned(database.jobs.db);
    await boss.createQueue(deadLetterQueue, { retentionSeconds: 365 * 86_400 });
    for (const [name, row] of Object.entries(queues)) {
      const { batchSize: _, concurrency: __, ...policy } = row;
      const options = { ...policy, retryBackoff: true, deadLetter: deadLetterQueue, notify: true, deleteAfterSeconds: 600 };
      await boss.createQueue(name, options);
      await boss.updateQueue(name, options);
      // pg-boss looks a queue up at its first use and keeps it. Inside a transaction on the embedded
      // database's one connection that look-up would wait for ever, so it is made now.
      await boss.insert(name, []);
    }
    return new Jobs(boss);
  }

  /**
   * Sends inside `tx`: the jobs exist when and only when it commits.
   * @param startAfterSeconds how long they wait at least, whole seconds
   */
  async send(tx: Transaction, queue: QueueName, data: readonly object[], startAfterSeconds = 0): Promise<void> {
    if (data.length === 0) return;
    const waiting = startAfterSeconds > 0 ? { startAfter: startAfterSeconds } : {};
    await this.#boss.insert(queue, data.map((each) => ({ data: each, ...waiting })), { db: jobsDatabaseOf(tx) });
  }

  /** Calls `handler` with up to `batchSize` jobs' data at a time. When it throws, all of them are retried. */
  async work<T extends object>(queue: QueueName, handler: (data: T[]) => Promise<void>): Promise<void> {
    const { batchSize, concurrency } = queues[queue];
    await this.#boss.work<T>(queue, { batchSize, localConcurrency: concurrency, burstWhenBatchFull: true, ...polling }, (jobs: Job<T>[]) => handler(jobs.map((job) => job.data)));
  }

  /** Sends a job of `queue` at every time that `cron` (UTC) names. */
  async schedule(queue: QueueName, cron: string): Promise<void> {
    await this.#boss.schedule(queue, cron, {});
  }

  async states(): Promise<QueueState[]> {
    const found = await this.#boss.getQueues();
    return found.map((each) => ({ queue: each.name, waiting: each.queuedCount, active: each.activeCount, failed: each.failedCount }));
  }

  /** Lets running jobs end, at most `timeoutMs`; the rest runs again elsewhere. */
  async close(timeoutMs = 10_000): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: timeoutMs });
  }
}

/**
 * The embedded database has one owner, so a job that is active when it is opened was left by a process
 * that is gone: it runs again at once instead of when its heartbeat has run out. One that has used up
 * its tries is left to the heartbeat, which gives it to the dead letter queue.
 */
async function releaseAbandoned(db: JobsDatabase): Promise<void> {
  await db.executeSql(`update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null where state = 'active' and retry_count < retry_limit`);
}
