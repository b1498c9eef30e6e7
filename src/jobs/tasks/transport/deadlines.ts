import { sql } from 'kysely';
import { system } from '../../../events/audit.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { TaskContext } from '../context.js';
import { repeat } from '../repeat.js';
import { holdLoads } from './held.js';
import { TransportWork } from './work.js';

const everyMs = 1_000;
const batchSize = 100;

/** Looks again and again at the tenders whose deadline has passed; see `passDeadlines`. */
export function watchTenders(tasks: TaskContext): { stop(): Promise<void> } {
  return repeat(async () => {
    while ((await passDeadlines(tasks)) === batchSize);
  }, everyMs, (error) => tasks.log.error({ err: error }, 'tenders whose deadline has passed could not be looked at; it is tried again'));
}

/**
 * Takes the next step of each tender whose deadline has passed, each in a transaction of its own: one that fails holds up no other.
 * Several processes may do so, for a step that another one took changes nothing.
 * @returns how many steps were taken
 */
export async function passDeadlines(tasks: Pick<TaskContext, 'database' | 'bodies' | 'log'>): Promise<number> {
  // A carrier may answer up to the very instant.
  const due = await tasks.database.kysely.selectFrom('tender_plan').innerJoin('load', 'load.id', 'tender_plan.load_id').select(['tender_plan.id', 'load_id']).where('deadline_at', '<', sql<string>`clock_timestamp()`).where('load.deleted', '=', false).orderBy('deadline_at').limit(batchSize).execute();
  let taken = 0;
  for (const { id, load_id: loadId } of due) {
    try {
      await tasks.database.transaction(async (tx) => {
        const work = new TransportWork(tasks, tx, system, uuidv7());
        const [load] = await holdLoads(tx, [loadId], '*');
        await work.stepTender(load!, { do: 'deadline' });
        await work.finish();
      });
      taken++;
    } catch (error) {
      tasks.log.error({ err: error, tender: id }, 'the deadline of a tender could not be kept; it is tried again');
    }
  }
  return taken;
}
