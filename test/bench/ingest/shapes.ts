import { journeyLength } from '../../support/easypost-messages.js';
import { startProduct } from '../../support/product.js';
import { connectionId, type Installation } from './installation.js';
import type { LoadOptions } from './load.js';
import { runLoad } from './run-load.js';

/** Sockets of the load, one request under way on each. */
const connections = 128;
/** Projections must be up to date this long after the last message. */
export const caughtUpWithinMs = 1000;

/** The two ways to run the product: as in production, and all in one process. */
const shapes = {
  apart: [['serve', '--no-work'], ['work']],
  together: [['serve']],
} as const;
export type Shape = keyof typeof shapes;

/** Runs `use` while the product runs in this shape. */
export async function inShape<T>(installation: Installation, shape: Shape, use: () => Promise<T>): Promise<T> {
  const running = [];
  try {
    for (const args of shapes[shape]) running.push(await startProduct(args, installation.env));
    return await use();
  } finally {
    for (const product of running) await product.stop();
  }
}

export function loadOf(installation: Installation, load: Pick<LoadOptions, 'firstSerial' | 'messages' | 'rate'>): LoadOptions {
  return { port: installation.port, connection: connectionId, secret: installation.secret, connections, ...load };
}

/** Compiles what is hot and opens the pools before anything is measured. */
export async function warmUp(installation: Installation): Promise<void> {
  await runLoad(loadOf(installation, { firstSerial: 0, messages: 250 * journeyLength, rate: null }));
  await installation.untilCaughtUp();
}
