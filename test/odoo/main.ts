import { progress } from '../support/measurements.js';
import { addonStep } from './addon.js';
import { costStep } from './cost.js';
import { deliveryStep } from './flows/delivery/index.js';
import { flowsStep } from './flows/index.js';
import { yardStep } from './flows/yard/index.js';
import { allSeries, type Installation } from './installation.js';
import { withInstallations } from './session.js';
import { syncStep } from './sync.js';
import { uninstallStep } from './uninstall.js';

/** A line per thing that was found: what failed, or what is to be told. */
export interface StepResult {
  failures: string[];
  told: string[];
}

export type Step = (odoo: Installation) => Promise<StepResult>;

const steps: Readonly<Record<string, Step>> = { addon: addonStep, uninstall: uninstallStep, flows: flowsStep, delivery: deliveryStep, yard: yardStep, sync: syncStep, cost: costStep };

const usage = `npm run test:odoo [-- [17|18|19 ...] [${Object.keys(steps).join('|')} ...] [--fresh]]

Tests the addon on every Odoo that ODOO_17_BIN, ODOO_18_BIN and ODOO_19_BIN (path of odoo-bin) point to.
ODOO_DATABASE_URL   a PostgreSQL to make databases in; without it one of our own is started
ODOO_TEST_FOLDER    where it, the initialised base databases and the logs are kept (default: gatehouse-odoo in the folder for temporary files)
ODOO_PYTHON         the interpreter (default python3)
--fresh             makes the base databases anew`;

/** Runs the wanted steps; the exit status is 1 where anything failed. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const unknown = args.filter((arg) => arg !== '--fresh' && !Object.hasOwn(steps, arg) && !(allSeries as readonly string[]).includes(arg));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}.\n${usage}`);
  const namedSeries = allSeries.filter((series) => args.includes(series));
  const namedSteps = Object.keys(steps).filter((step) => args.includes(step));
  const wantedSteps = namedSteps.length > 0 ? namedSteps : Object.keys(steps);

  const summary: string[] = [];
  let failed = 0;
  const missing = await withInstallations(namedSeries, args.includes('--fresh'), async (odoo) => {
    for (const step of wantedSteps) failed += await runStep(odoo, step, summary);
  });
  console.log(`\n${[...summary, ...missing.map((series) => `  ${series}  NOT TESTED (ODOO_${series}_BIN is not set)`)].join('\n')}`);
  // Who names a series wants it tested; without a name, what is there is tested.
  return failed > 0 || (namedSeries.length > 0 && missing.length > 0) ? 1 : 0;
}

/** @returns 1 where it failed */
async function runStep(odoo: Installation, step: string, summary: string[]): Promise<number> {
  progress(`${odoo.series} ${step}`);
  const startMs = Date.now();
  let result: StepResult;
  try {
    result = await steps[step]!(odoo);
  } catch (error) {
    result = { failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)], told: [] };
  }
  for (const line of result.told) console.log(`${odoo.series} ${step}: ${line}`);
  for (const line of result.failures) console.log(`${odoo.series} ${step}: FAILED: ${line}`);
  const ok = result.failures.length === 0;
  summary.push(`${ok ? '✓' : '✗'} ${odoo.series}  ${step.padEnd(9)}  ${Math.round((Date.now() - startMs) / 1000)} s${ok ? '' : `  ${result.failures.length} failed`}`);
  return ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
