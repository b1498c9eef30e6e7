import type { FollowUp } from '../../projections/runner.js';
import { instant } from '../../lib/clock.js';
import type { TaskContext } from './context.js';
import { startDecoding } from './decode.js';
import { watchAnswers } from './edi/watch.js';
import { followUp } from './follow-up.js';
import { maintain } from './maintain.js';
import { startOutbound } from './outbound/index.js';
import { startPolling } from './polling/schedule.js';
import { startProjecting } from './project.js';
import { replay } from './replay.js';
import { startSealing } from './seal.js';
import { watchFolders } from './watch-folders.js';
import { syncStep } from './sync-connection.js';
import type { SyncJob } from './sync-run.js';
import { startNightly } from './sync-start.js';
import { watchTenders } from './transport/deadlines.js';
import { startWebhooks } from './webhooks/index.js';

/**
 * Starts in this process what works off inbox and log, a worker for every queue, and the watch over folders.
 * @returns stops what the job engine does not stop itself
 */
export async function startWorkers(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  const { jobs } = tasks;
  await jobs.work<FollowUp>('follow-up', (batch) => followUp(tasks, batch));
  await jobs.work<SyncJob>('sync', async (batch) => {
    for (const job of batch) await syncStep(tasks, job);
  });
  await jobs.work<{ connection: string; from: string }>('replay', async (batch) => {
    for (const job of batch) await replay(tasks, { ...job, to: instant(Date.now() + 1) });
  });
  await jobs.work('sync-start', () => startNightly(tasks));
  await jobs.schedule('sync-start', '17 * * * *');
  await jobs.work('maintain', () => maintain(tasks));
  await jobs.schedule('maintain', '* * * * *');
  await maintain(tasks);
  const parts = [await startDecoding(tasks), await startProjecting(tasks), watchFolders(tasks), watchAnswers(tasks), watchTenders(tasks), startPolling(tasks), startSealing(tasks), await startOutbound(tasks), await startWebhooks(tasks)];
  return { stop: async () => void (await Promise.all(parts.map((part) => part.stop()))) };
}
