import { progress } from '../../support/measurements.js';
import type { Installation } from './installation.js';
import { runLoad } from './run-load.js';
import { caughtUpWithinMs, loadOf, warmUp } from './shapes.js';

const seconds = 10;
const steps = 5;

export interface Sustained {
  rate: number;
  caughtUpMs: number;
}

/**
 * The highest offered rate after which the pipeline has caught up in time, by halving the range
 * between nothing and `most`; each step offers the rate evenly for ten seconds.
 */
export async function highestSustainedRate(installation: Installation, most: number): Promise<Sustained> {
  await warmUp(installation);
  let best: Sustained = { rate: 0, caughtUpMs: 0 };
  let low = 0;
  let high = most;
  for (let step = 1; step <= steps; step++) {
    const offered = Math.round((low + high) / 2);
    const outcome = await runLoad(loadOf(installation, { firstSerial: 20_000_000 + step * 1_000_000, messages: offered * seconds, rate: offered }));
    const caughtUpMs = await installation.untilCaughtUp();
    const rate = outcome.accepted / outcome.seconds;
    const inTime = caughtUpMs <= caughtUpWithinMs && rate >= 0.97 * offered;
    progress(`offered ${offered}/s, took ${Math.round(rate)}/s, caught up after ${Math.round(caughtUpMs)} ms`);
    if (inTime) best = { rate, caughtUpMs };
    if (inTime) low = offered;
    else high = offered;
  }
  return best;
}
