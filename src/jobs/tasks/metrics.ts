import { waitingMessages } from '../../events/messages.js';
import { headPosition } from '../../events/read.js';
import type { Metric } from '../../lib/metric.js';
import { watermark } from '../../projections/runner.js';
import type { QueueState } from '../engine.js';
import type { TaskContext } from './context.js';
import { outboundMetrics } from './outbound/metrics.js';
import { syncMetrics } from './sync-metrics.js';
import { webhookMetrics } from './webhooks/metrics.js';

/** How far the log and the read model are, what waits in the queues, how synchronisation does, and how partners do; of the whole installation. */
export async function systemMetrics({ database, jobs }: Pick<TaskContext, 'database' | 'jobs'>): Promise<Metric[]> {
  const [waiting, head, projected, states, synchronisation, outbound, webhooks] = await Promise.all([waitingMessages(database.kysely), headPosition(database.kysely), watermark(database.kysely), jobs.states(), syncMetrics(database), outboundMetrics(database), webhookMetrics(database)]);
  const perQueue = (pick: (state: QueueState) => number) => states.map((state) => ({ labels: { queue: state.queue }, value: pick(state) }));
  return [
    { name: 'gatehouse_messages_waiting', help: 'Messages that are not decoded yet.', values: [{ value: waiting }] },
    { name: 'gatehouse_log_position', help: 'Position of the newest event.', values: [{ value: head }] },
    { name: 'gatehouse_projected_position', help: 'Position up to which the read model is.', values: [{ value: projected }] },
    { name: 'gatehouse_jobs_waiting', help: 'Jobs that wait, by queue.', values: perQueue((state) => state.waiting) },
    { name: 'gatehouse_jobs_active', help: 'Jobs that run, by queue.', values: perQueue((state) => state.active) },
    { name: 'gatehouse_jobs_failed', help: 'Jobs that gave up, by queue.', values: perQueue((state) => state.failed) },
    ...synchronisation,
    ...outbound,
    ...webhooks,
  ];
}
