import { runProjections, type FollowUp } from '../../projections/runner.js';
import type { TaskContext } from './context.js';

/** Brings the read model up to the log. One run serves every job that asked for it. */
export async function project(tasks: TaskContext): Promise<number> {
  return runProjections(tasks.database, {
    onFollowUps: (tx, followUps: FollowUp[]) => tasks.jobs.send(tx, 'follow-up', followUps),
  });
}
