import { sql } from 'kysely';
import { instant } from '../../lib/clock.js';
import type { TaskContext } from './context.js';
import { raiseMatter } from './connection-matters.js';

export const overdueKind = 'DELIVERY_UNCONFIRMED';
const batch = 100;

/**
 * Tells people of what was sent and whose receipt has not come in its time: one exception each, closed when it comes.
 * @returns how many
 */
export async function tellOverdueReceipts({ database }: Pick<TaskContext, 'database'>, nowMs = Date.now()): Promise<number> {
  return database.transaction(async (tx) => {
    const { rows } = await sql<{ id: string; kind: string; connection: string; company: string; correlation_id: string }>`
      update command set result = jsonb_set(result, '{receipt,state}', '"OVERDUE"'), updated_at = clock_timestamp()
      where id in (select id from command where result -> 'receipt' ->> 'state' = 'AWAITED' and result -> 'receipt' ->> 'dueAt' < ${instant(nowMs)} order by id limit ${batch} for update skip locked)
      returning id, kind, connection, company, correlation_id`.execute(tx);
    for (const { id, kind, connection, company, correlation_id: correlationId } of rows) {
      await raiseMatter(tx, { id: connection, company }, {
        kind: overdueKind, command: id, correlationId, title: `${connection} has not said that it has what was sent`,
        detail: `The receipt of ${kind} has not come in its time. Ask the partner whether it arrived; see: gatehouse command show ${id}`,
      });
    }
    return rows.length;
  });
}
