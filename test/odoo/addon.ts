import { join } from 'node:path';
import { packageRoot } from '../../src/lib/package-root.js';
import { freePort } from '../support/free-port.js';
import { runOdoo, type Installation } from './installation.js';
import type { StepResult } from './main.js';
import { withDatabase } from './prepared.js';

/** The addon's own tests, in one Odoo process; what it logs beside them counts as well. */
export function addonStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'tests', async (database) => {
    const args = ['--test-tags', '/gatehouse,/gatehouse_delivery', '-u', 'gatehouse', '--stop-after-init', '--log-level=info', '--http-interface=127.0.0.1', `--http-port=${await freePort()}`];
    const env = { GATEHOUSE_SCHEMA: join(packageRoot, 'schema', 'odoo-events.json') };
    // Failing tests end it with status 1: what they say is in its log, and told below.
    const { output, complaints, logFile } = await runOdoo(odoo, 'addon', database, args, { env, anyStatus: true, http: true });
    const ran = /gatehouse: (\d+) tests/.exec(output)?.[1] ?? /(\d+) failed, \d+ error\(s\) of (\d+) tests/.exec(output)?.[2];
    const skipped = [...output.matchAll(/ skipped '?([^\n]*)/g)].map(([, reason]) => `skipped: ${reason}`);
    const failures = [...complaints];
    if (ran === undefined || Number(ran) === 0) failures.push(`No test was run (log: ${logFile}).`);
    return { failures, told: [`${ran ?? 0} tests`, ...skipped] };
  });
}
