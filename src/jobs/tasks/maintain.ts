import { sql } from 'kysely';
import { overdueMessages } from '../../events/messages.js';
import { headPosition } from '../../events/read.js';
import { instant } from '../../lib/clock.js';
import type { TaskContext } from './context.js';

const partitionSize = 10_000_000;
const lockNumber = 7_134_024;
/** A message that waits longer than this has lost its job, ms. */
const overdueMs = 5 * 60_000;

/** Every minute: makes the log's next partitions in time, and sends messages whose job was lost to be decoded. */
export async function maintain(tasks: TaskContext): Promise<void> {
  await ensurePartitions(tasks);
  const overdue = await overdueMessages(tasks.database.kysely, instant(Date.now() - overdueMs), 1000);
  if (overdue.length === 0) return;
  tasks.log.warn({ count: overdue.length }, 'messages were not decoded in time; sending them again');
  await tasks.database.transaction((tx) => tasks.jobs.send(tx, 'decode', overdue.map((row) => ({ connection: row.connection, ids: [row.id] }))));
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
