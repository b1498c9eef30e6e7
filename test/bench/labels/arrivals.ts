import type { Random } from '../../../src/sandbox/random.js';

/** Share of the deliveries that are validated in batches, as a batch transfer is. */
const batchedShare = 0.1;
const batchSize = 5;

/**
 * When each of `count` deliveries is validated, milliseconds from the beginning, in ascending order. Packers come closer
 * together towards the cut-off: the rate rises with the square of the time, to three times its mean. A tenth comes in batches.
 */
export function arrivals(count: number, windowMs: number, random: Random): number[] {
  const at = () => windowMs * Math.cbrt(random.next());
  const batches = Math.round((count * batchedShare) / batchSize);
  const batched = Array.from({ length: batches }, at).flatMap((ms) => Array.from({ length: batchSize }, () => ms));
  return [...batched, ...Array.from({ length: count - batched.length }, at)].sort((a, b) => a - b);
}
