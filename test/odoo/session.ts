import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/lib/package-root.js';
import { openDatabaseServer } from './cluster.js';
import { allSeries, installedSeries, killAll, type Installation, type Series } from './installation.js';
import { addonDatabase } from './prepared.js';

/** Where databases, filestores and logs are kept from run to run. */
export function testFolder(): string {
  const folder = process.env['ODOO_TEST_FOLDER'] ?? join(tmpdir(), 'gatehouse-odoo');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Builds the addon and runs `use` on each Odoo that is installed, with the addon in a database for
 * steps to copy. What is missing is said.
 * @param wanted which; none: all
 * @returns the series that are not installed
 */
export async function withInstallations(wanted: readonly Series[], fresh: boolean, use: (odoo: Installation) => Promise<void>): Promise<Series[]> {
  const installed = installedSeries();
  const asked = wanted.length > 0 ? wanted : allSeries;
  const missing = asked.filter((series) => !installed.has(series));
  for (const series of missing) console.log(`Odoo ${series}: NOT TESTED, ODOO_${series}_BIN is not set.`);
  const present = asked.filter((series) => installed.has(series));
  if (present.length === 0) return missing;

  execFileSync(process.env['ODOO_PYTHON'] ?? 'python3', [join(packageRoot, 'odoo_addon', 'build.py'), ...present.map((series) => `${series}.0`)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const folder = testFolder();
  const server = await openDatabaseServer(join(folder, 'postgres'));
  const interrupted = () => {
    killAll();
    void server.stop().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    for (const series of present) {
      const odoo: Installation = { series, bin: installed.get(series)!, databaseUrl: server.url, folder };
      await addonDatabase(odoo, fresh);
      await use(odoo);
    }
  } finally {
    await server.stop();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
  return missing;
}
