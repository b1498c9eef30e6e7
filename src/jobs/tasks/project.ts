import { logChannel } from '../../events/append.js';
import { runProjections, type FollowUp } from '../../projections/runner.js';
import { writeBackChannel } from '../../projections/write-back.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { whenWoken } from './when-woken.js';
import { tellShopOrders } from './shops/tell.js';
import { publishLoads } from './transport/publications.js';
import { writeBack, writeBackWhereWanted } from './write-back.js';

/** How often a process looks for what is to be told by itself, ms: another may have been killed before it did. */
const lookMs = 60_000;

/** Brings the read model up to the log, and has what follows from it told to Odoo and to partners. */
export async function project(tasks: TaskContext): Promise<void> {
  await projectLog(tasks);
  await writeBackWhereWanted(tasks);
  await tellShopOrders(tasks);
  await publishLoads(tasks, 'wanted');
}

/** Projects in this process whenever somebody appends, in any process: the log itself says what is left to do. */
export async function startProjecting(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  let [projected, told] = [0, 0];
  let [marks, toldMarks] = [0, 0];
  let lookedMs = 0;
  // Beside the projector: the next batch does not wait for it.
  const telling = whenWoken(async (signal) => {
    const isDue = told !== projected || toldMarks !== marks;
    if (!isDue && Date.now() - lookedMs < lookMs) return;
    const [upTo, upToMark] = [projected, marks];
    lookedMs = Date.now();
    await (isDue ? writeBackWhereWanted : writeBack)(tasks, signal);
    await tellShopOrders(tasks, signal);
    await publishLoads(tasks, isDue ? 'wanted' : 'always', signal);
    [told, toldMarks] = [upTo, upToMark];
  }, (error) => tasks.log.error({ err: error }, 'what changed could not be told to Odoo; it is tried again'));
  const projecting = whenWoken(async (signal) => {
    projected = await projectLog(tasks, signal);
    telling.wake();
  }, (error) => tasks.log.error({ err: error }, 'the read model could not be brought up to the log; it is tried again'));
  const listening = await tasks.database.listen(logChannel, (position) => {
    if (position === undefined || Number(position) > projected) projecting.wake();
  });
  const marking = await tasks.database.listen(writeBackChannel, () => {
    marks++;
    telling.wake();
  });
  return {
    async stop() {
      await listening.close();
      await marking.close();
      await projecting.stop();
      await telling.stop();
    },
  };
}

/** @returns up to where the read model is */
function projectLog(tasks: TaskContext, signal?: AbortSignal): Promise<number> {
  const onFollowUps = (tx: Transaction, followUps: FollowUp[]) => tasks.jobs.send(tx, 'follow-up', followUps);
  return runProjections(tasks.database, { onFollowUps, bus: tasks.bus }, signal);
}
