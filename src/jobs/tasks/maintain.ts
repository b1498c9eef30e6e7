import { sql } from 'kysely';
import { pruneTokens } from '../../auth/token-issuer.js';
import { headPosition } from '../../events/read.js';
import { auditRejections } from './audit-rejections.js';
import { cutFeed } from '../../projections/feed-retention.js';
import { followCancellations, pollProofs, pollSilent } from './bookings/poll.js';
import type { TaskContext } from './context.js';
import { giveUpOverdue } from './outbound/overdue.js';
import { tellOverdueReceipts } from './overdue-receipts.js';
import { partitionSize } from './partitions.js';
import { retain } from './retention.js';
import { sweepErased } from './subject.js';
import { settleProgressInTime } from './transport/progress.js';
import { askAboutLoads } from './transport/publications.js';
import { compareLevels } from './warehouse/levels.js';
import { watchReleases } from './warehouse/release.js';
import { keepAppointments } from './yard/appointments/upkeep.js';

const lockNumber = 7_134_024;

/** What is done every minute, one after the other. */
const upkeep: ReadonlyArray<(tasks: TaskContext) => Promise<unknown>> = [
  ensurePartitions,
  (tasks) => cutFeed(tasks.database, tasks.feedDays),
  auditRejections,
  sweepErased,
  retain,
  (tasks) => pruneTokens(tasks.database.kysely),
  giveUpOverdue,
  tellOverdueReceipts,
  watchReleases,
  keepAppointments,
  compareLevels,
  pollSilent,
  pollProofs,
  followCancellations,
  (tasks) => settleProgressInTime(tasks),
  askAboutLoads,
];

/**
 * Every minute: makes the log's next partitions in time, forgets tokens that ended, and whatever else nobody asks for. One that
 * fails stops none of the others.
 * @throws the first failure, once all were tried
 */
export async function maintain(tasks: TaskContext): Promise<void> {
  const failures: unknown[] = [];
  for (const task of upkeep) {
    try {
      await task(tasks);
    } catch (error) {
      tasks.log.error({ err: error, task: task.name }, 'upkeep failed; it is tried again in a minute');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The two partitions after the one that is being filled exist: more than any minute can fill. */
async function ensurePartitions(tasks: TaskContext): Promise<void> {
  const current = Math.floor((await headPosition(tasks.database.kysely)) / partitionSize);
  await tasks.database.transaction(async (tx) => {
    // "if not exists" looks first and creates later: two processes that start together would both create.
    await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(tx);
    for (const index of [current, current + 1, current + 2]) {
      await sql`create table if not exists ${sql.table(`event_p${index}`)} partition of event for values from (${sql.lit(index * partitionSize)}) to (${sql.lit((index + 1) * partitionSize)})`.execute(tx);
    }
  });
}
