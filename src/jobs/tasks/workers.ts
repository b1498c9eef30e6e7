import type { FollowUp } from '../../projections/runner.js';
import type { TaskContext } from './context.js';
import { decodeMessages, type DecodeJob } from './decode.js';
import { followUp } from './follow-up.js';
import { maintain } from './maintain.js';
import { project } from './project.js';
import { watchFolders } from './watch-folders.js';
import { syncStep } from './sync-connection.js';
import type { SyncJob } from './sync-run.js';
import { startNightly } from './sync-start.js';

/**
 * Starts a worker for every queue in this process, and the watch over folders.
 * @returns stops what the job engine does not stop itself
 */
export async function startWorkers(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  const { jobs } = tasks;
  await jobs.work<DecodeJob>('decode', (batch) => decodeMessages(tasks, batch));
  await jobs.work('project', async () => void (await project(tasks)));
  await jobs.work<FollowUp>('follow-up', (batch) => followUp(tasks, batch));
  await jobs.work<SyncJob>('sync', async (batch) => {
    for (const job of batch) await syncStep(tasks, job);
  });
  await jobs.work('sync-start', () => startNightly(tasks));
  await jobs.schedule('sync-start', '17 * * * *');
  await jobs.work('maintain', () => maintain(tasks));
  await jobs.schedule('maintain', '* * * * *');
  await maintain(tasks);
  return watchFolders(tasks);
}
