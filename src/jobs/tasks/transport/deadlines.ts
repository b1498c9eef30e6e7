import { sql } from 'kysely';
import { system } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
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
    await passDeadlines(tasks);
  }, everyMs, (error) => tasks.log.error({ err: error }, 'tenders whose deadline has passed could not be looked at; it is tried again'));
}

/**
 * Takes the next step of each tender whose deadline has passed, each in a transaction of its own: one that fails holds up no other.
 * Several processes may do so, for a step that another one took changes nothing.
 * @returns how many steps were taken
 */
export async function passDeadlines(tasks: Pick<TaskContext, 'database' | 'bodies' | 'log'>): Promise<number> {
  // One clock: what is due here is due to the step, which is taken later by the same clock.
  const now = instant(Date.now());
  let taken = 0;
  let after: Due | undefined;
  do {
    const due = await dueAt(tasks, now, after);
    for (const each of due) if (await passDeadline(tasks, each)) taken++;
    // Those that failed are left behind until the next look, so that they keep nobody waiting however many they are.
    after = due.length === batchSize ? due.at(-1) : undefined;
  } while (after !== undefined);
  return taken;
}

interface Due {
  id: string;
  load_id: string;
  deadline_at: string | null;
}

async function dueAt({ database }: Pick<TaskContext, 'database'>, now: string, after: Due | undefined): Promise<Due[]> {
  // A carrier may answer up to the very instant.
  let query = database.kysely.selectFrom('tender_plan').innerJoin('load', 'load.id', 'tender_plan.load_id').select(['tender_plan.id', 'load_id', 'deadline_at']).where('deadline_at', '<', now).where('load.deleted', '=', false);
  if (after !== undefined) query = query.where(sql<boolean>`(deadline_at, tender_plan.id) > (${after.deadline_at}::timestamptz, ${after.id}::uuid)`);
  return query.orderBy('deadline_at').orderBy('tender_plan.id').limit(batchSize).execute();
}

/** @returns whether the step was taken */
async function passDeadline(tasks: Pick<TaskContext, 'database' | 'bodies' | 'log'>, { id, load_id: loadId }: Due): Promise<boolean> {
  try {
    await tasks.database.transaction(async (tx) => {
      const work = new TransportWork(tasks, tx, system, uuidv7());
      const [load] = await holdLoads(tx, [loadId], '*');
      await work.stepTender(load!, { do: 'deadline' });
      await work.finish();
    });
    return true;
  } catch (error) {
    tasks.log.error({ err: error, tender: id }, 'the deadline of a tender could not be kept; it is tried again');
    return false;
  }
}
