import type { Services } from '../../../src/main.js';
import { startProduct, type Product } from '../../support/product.js';
import { openChaosDatabase } from '../target.js';

/** Two workers on a PostgreSQL of their own, and the services by which commands are accepted. */
export interface Target {
  services: Services;
  /** SIGKILL to one of the workers, which is started again. */
  killWorker(which: 0 | 1): Promise<void>;
  remove(): Promise<void>;
}

export async function startTarget(programs: string): Promise<Target> {
  const { env, services, remove } = await openChaosDatabase(programs);
  const workers: [Product, Product] = [await startProduct(['work'], env), await startProduct(['work'], env)];
  return {
    services,
    async killWorker(which) {
      await workers[which].kill();
      workers[which] = await startProduct(['work'], env);
    },
    async remove() {
      await Promise.all(workers.map((worker) => worker.kill()));
      await remove();
    },
  };
}
