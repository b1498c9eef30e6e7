import { commandChannel } from '../../../events/commands.js';
import type { TaskContext } from '../context.js';
import { releaseAbandoned } from '../leases/lease.js';
import { LeasedWorkers } from '../leases/leased-workers.js';
import { partnersToTake } from './claim.js';
import { PartnerLease, partnerTable } from './lease.js';
import { PartnerWorker } from './partner-worker.js';

/**
 * Performs commands in this process: takes partners of which something is due and that no other process looks
 * after, each with a worker of its own.
 * @returns stops it: begins nothing any more, and waits for what is under way, some seconds at most
 */
export async function startOutbound(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  const { database, log } = tasks;
  await releaseAbandoned(database, partnerTable);
  const workers = new LeasedWorkers({
    wanted: async () => (await partnersToTake(database.kysely)).map((id) => ({ id })),
    async take({ id }) {
      const lease = await PartnerLease.take(database, id);
      return lease === null ? null : new PartnerWorker(tasks, lease);
    },
    failed: (error) => log.error({ err: error }, 'commands that are due could not be looked for; it is tried again'),
    looksWhenOneEnds: true,
  });
  const listening = await database.listen(commandChannel, () => workers.wake());
  const running = workers.run();
  return {
    async stop() {
      workers.stop();
      await running;
      await listening.close();
    },
  };
}
