import { baseDatabase, copyDatabase, removeDatabase } from './base.js';
import { progress } from '../support/measurements.js';
import { runOdoo, type Installation } from './installation.js';

/** Name of the database with the addon installed that the steps copy. */
function nameOf(odoo: Installation): string {
  return `gatehouse_odoo_${odoo.series}_addon`;
}

/**
 * Installs the addon as it is now into a copy of the base database, for the steps to copy.
 * @throws where the installation leaves a warning or an error in the log
 */
export async function addonDatabase(odoo: Installation, fresh: boolean): Promise<void> {
  const base = await baseDatabase(odoo, fresh);
  progress(`${odoo.series}: installs the addon`);
  await copyDatabase(odoo, base, nameOf(odoo));
  const { complaints, logFile } = await runOdoo(odoo, 'install', nameOf(odoo), ['-i', 'gatehouse', '--stop-after-init', '--log-level=info']);
  if (complaints.length > 0) throw new Error(`Installing the addon in ${odoo.series} leaves this in the log (${logFile}):\n${complaints.join('\n')}`);
}

/** Runs `use` on a database of its own with the addon installed, and removes it afterwards. */
export async function withDatabase<T>(odoo: Installation, what: string, use: (database: string) => Promise<T>): Promise<T> {
  const database = `gatehouse_odoo_${odoo.series}_${what}`;
  await copyDatabase(odoo, nameOf(odoo), database);
  try {
    return await use(database);
  } finally {
    await removeDatabase(odoo, database);
  }
}
