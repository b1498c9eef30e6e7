/**
 * Every queue and how its failures are retried: the one place that decides it. Work that moves
 * freight stands apart from work that only reports, so that the second never delays the first.
 */
export interface QueueRow {
  /** Tries after the first, then the job goes to the dead letter queue. */
  retryLimit: number;
  /** Seconds before the first retry; doubles with jitter up to `retryDelayMax`. */
  retryDelay: number;
  retryDelayMax: number;
  /** Seconds after which a job that is still running counts as lost and runs again. */
  expireInSeconds: number;
  /** Seconds after which a job whose worker has given no sign of life runs again elsewhere: its process was killed. */
  heartbeatSeconds: number;
  /** Jobs handed to one call of the worker. */
  batchSize: number;
  /** Calls of the worker that run at once in one process. */
  concurrency: number;
}

/** The least that pg-boss takes is 10. */
const heartbeatSeconds = 12;

export const deadLetterQueue = 'dead-letter';

export const queues = {
  /** What a fold found and that asks for an event. Data: FollowUp. */
  'follow-up': { retryLimit: 20, retryDelay: 1, retryDelayMax: 300, expireInSeconds: 120, heartbeatSeconds, batchSize: 50, concurrency: 1 },
  /** One page read from a source, two connections at a time at most. Data: { run, step }. */
  sync: { retryLimit: 100, retryDelay: 5, retryDelayMax: 300, expireInSeconds: 600, heartbeatSeconds, batchSize: 1, concurrency: 2 },
  /** Every night: a run for each connection that can be read from. Data: {}. */
  'sync-start': { retryLimit: 5, retryDelay: 60, retryDelayMax: 900, expireInSeconds: 120, heartbeatSeconds, batchSize: 1, concurrency: 1 },
  /** Kept messages of a connection through the mapping again, from the beginning where it was cut short: done again it changes nothing. Data: { connection, from }. */
  replay: { retryLimit: 20, retryDelay: 5, retryDelayMax: 300, expireInSeconds: 6 * 3600, heartbeatSeconds, batchSize: 1, concurrency: 1 },
  /** Partitions ahead, retention. Data: {}. */
  maintain: { retryLimit: 3, retryDelay: 10, retryDelayMax: 300, expireInSeconds: 300, heartbeatSeconds, batchSize: 1, concurrency: 1 },
} as const satisfies Record<string, QueueRow>;

export type QueueName = keyof typeof queues;
