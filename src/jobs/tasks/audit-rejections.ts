import { sql } from 'kysely';
import { recordAudit, system } from '../../events/audit.js';
import { instant } from '../../lib/clock.js';
import type { TaskContext } from './context.js';

/** Counts of a minute that is over may still come from a process that writes them every few seconds, ms. */
const settledMs = 60_000;
const maxMinutes = 60;

/** Puts the counts of refused messages and sign-ins into the audit log: one entry a minute; what is counted late comes in a later one. */
export async function auditRejections({ database }: Pick<TaskContext, 'database'>): Promise<void> {
  await database.transaction(async (tx) => {
    const rows = await tx.selectFrom('rejection').selectAll().where('minute', '<', instant(Date.now() - settledMs)).where('count', '>', sql<number>`audited`).orderBy('minute').orderBy(sql`connection collate "C"`).orderBy(sql`reason collate "C"`).forUpdate().execute();
    const minutes = [...new Set(rows.map((row) => row.minute))].slice(0, maxMinutes);
    const entries = minutes.map((minute) => ({
      actor: system, action: 'refusals.counted', target: { kind: 'minute', id: minute },
      payload: { counts: rows.filter((row) => row.minute === minute).map(({ connection, reason, count, audited }) => ({ at: connection, reason, count: count - audited })) },
    }));
    for (const row of rows.filter((each) => minutes.includes(each.minute))) {
      await tx.updateTable('rejection').set({ audited: row.count }).where('connection', '=', row.connection).where('minute', '=', row.minute).where('reason', '=', row.reason).execute();
    }
    await recordAudit(tx, entries);
  });
}
