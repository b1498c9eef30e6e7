import { runProjections, type FollowUp } from '../../projections/runner.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';

/** Well below the time after which the queue `project` counts a job as lost. */
const longestRunMs = 60_000;

/** Brings the read model up to the log. One run serves every job that asked for it. */
export async function project(tasks: TaskContext): Promise<void> {
  const onFollowUps = (tx: Transaction, followUps: FollowUp[]) => tasks.jobs.send(tx, 'follow-up', followUps);
  // A job that outlives its time runs again elsewhere, and two would wait for one another.
  const isDone = await runProjections(tasks.database, { onFollowUps }, longestRunMs);
  if (!isDone) await tasks.database.transaction((tx) => tasks.jobs.send(tx, 'project', [{}]));
}
