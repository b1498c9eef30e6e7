import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { connectorOf } from '../../../src/connectors/registry.js';
import { packageRoot } from '../../../src/lib/package-root.js';
import { damaged, readDamaged } from '../../support/edi-damage.js';
import type { Measurement } from '../../support/measurements.js';

const count = 10_000;
const samples = { x12: ['x12/214-single.edi', 'x12/856-pallet.edi'], edifact: ['edifact/iftsta-two-consignments.edi', 'edifact/iftmin.edi', 'edifact/desadv-pallet.edi'] } as const;

/** Ten thousand damaged interchanges of each syntax: none crashes the reader, none vanishes, each in bounded time. */
export async function chaosEdi(): Promise<Measurement[]> {
  return Object.entries(samples).flatMap(([id, paths]): Measurement[] => {
    const bodies = fc.sample(damaged(paths.map((path) => readFileSync(join(packageRoot, 'test', 'fixtures', path)))), count);
    const { read, refused, slowestMs } = readDamaged(connectorOf(id)!, {}, bodies);
    return [
      { name: `${id}: damaged interchanges`, value: count, unit: 'interchanges', aim: null, ok: true },
      { name: `${id}: crashed or vanished`, value: count - read - refused, unit: 'interchanges', aim: 'none', ok: read + refused === count },
      { name: `${id}: refused with a reason`, value: refused, unit: 'interchanges', aim: null, ok: true },
      { name: `${id}: longest to read one`, value: Math.round(slowestMs), unit: 'ms', aim: 'below 5,000 ms', ok: slowestMs < 5_000 },
    ];
  });
}
