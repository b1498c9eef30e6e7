import { webhookChannel } from '../../../events/webhooks.js';
import { pause } from '../../../lib/pause.js';
import type { TaskContext } from '../context.js';
import { releaseAbandoned } from '../leases/lease.js';
import { LeasedWorkers, type LeasedWorker } from '../leases/leased-workers.js';
import { BrokerWorker } from './broker-worker.js';
import { EndpointWorker } from './endpoint-worker.js';
import { keepEnvironmentBroker } from './environment-broker.js';
import { EndpointLease, endpointTable } from './lease.js';
import { endpointsToTake } from './rows.js';

/** Until the feed is followed again after that failed, ms. */
const retryMs = 1_000;

/**
 * Tells partners' endpoints and the broker of events: takes endpoints that no other process looks after, each with a
 * worker of its own.
 * @returns stops it: begins nothing any more, and waits for what is under way, some seconds at most
 */
export async function startWebhooks(tasks: TaskContext): Promise<{ stop(): Promise<void> }> {
  const { database, broker, log } = tasks;
  await releaseAbandoned(database, endpointTable);
  await keepEnvironmentBroker(tasks);
  const stopping = new AbortController();
  let following: Promise<void> | null = null;
  const workers: LeasedWorkers<{ id: string; kind: string }> = new LeasedWorkers({
    wanted: () => endpointsToTake(database.kysely, broker === undefined ? ['HTTP'] : ['HTTP', 'NATS']),
    async take({ id, kind }): Promise<LeasedWorker | null> {
      const lease = await EndpointLease.take(database, id);
      if (lease === null) return null;
      following ??= followFeed(tasks, () => workers.wakeWorkers(), stopping.signal);
      return kind === 'NATS' ? new BrokerWorker(tasks, lease, broker!) : new EndpointWorker(tasks, lease);
    },
    failed: (error) => log.error({ err: error }, 'endpoints could not be looked for; it is tried again'),
    // An endpoint with as much waiting as may wait ends at once, and would be taken again without a pause.
    looksWhenOneEnds: false,
  });
  const listening = await database.listen(webhookChannel, () => workers.wake());
  const running = workers.run();
  return {
    async stop() {
      stopping.abort();
      workers.stop();
      await running;
      await following;
      await listening.close();
    },
  };
}

/** Tells whenever the feed has moved on. */
async function followFeed(tasks: TaskContext, moved: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const live = await tasks.graph.live();
      while (!signal.aborted) {
        await live.next(signal);
        moved();
      }
    } catch (error) {
      tasks.log.warn({ err: error }, 'the feed could not be followed; endpoints look by themselves until it can be');
      await pause(retryMs, signal);
    }
  }
}
