import { system } from '../../../events/audit.js';
import { uuidv7 } from '../../../lib/ids.js';
import { loadsOutOfStep } from '../../../projections/load-progress.js';
import { projectStopTimes } from '../../../projections/stop-times.js';
import type { TaskContext } from '../context.js';
import { holdLoads } from './held.js';
import { TransportWork } from './work.js';

/** Loads that one look settles; the next one goes on. */
const atOnce = 200;

/**
 * Has loads that are planned here say how far they have come, by the times of their stops: under way, done, or neither again where a
 * time was taken back. Each is a transaction of its own; done again, in any number of processes, it changes nothing.
 */
export async function settleProgress(tasks: Pick<TaskContext, 'database' | 'bodies'>, loadIds: readonly string[]): Promise<void> {
  for (const id of loadIds) {
    await tasks.database.transaction(async (tx) => {
      const work = new TransportWork(tasks, tx, system, uuidv7());
      await holdLoads(tx, [id], '*', undefined, { deleted: true });
      // A batch that began before the load was held may have written its times as they were: they are worked out anew.
      await projectStopTimes(tx, { loads: [id], appointments: [], visits: [], shipments: [] });
      const [load] = await holdLoads(tx, [id], '*', undefined, { deleted: true });
      await work.followProgress(load!);
      await work.finish();
    });
  }
}

/** What no report tells but time: a truck that came to the last stop has left it by now. And what was told before loads followed it. */
export async function settleProgressInTime(tasks: Pick<TaskContext, 'database' | 'bodies'>, nowMs = Date.now()): Promise<number> {
  const loads = (await loadsOutOfStep(tasks.database.kysely, nowMs)).slice(0, atOnce);
  await settleProgress(tasks, loads);
  return loads.length;
}
