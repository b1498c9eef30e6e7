import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { progress } from '../support/measurements.js';
import { createDatabase, dropDatabase, statement } from './cluster.js';
import { runOdoo, type Installation } from './installation.js';

/** What the addon meets in practice. */
const modules = ['sale_stock', 'stock_delivery', 'purchase_stock', 'account'];

/**
 * Name of a database with the modules but without our addon. Made once and kept: its comment says
 * which Odoo made it, and one made by another is made anew.
 */
export async function baseDatabase(odoo: Installation, fresh: boolean): Promise<string> {
  const name = `gatehouse_odoo_${odoo.series}_base`;
  const fingerprint = fingerprintOf(odoo);
  const [kept] = await statement<{ comment: string | null }>(odoo.databaseUrl, `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`, 'postgres', [name]);
  if (!fresh && kept?.comment === fingerprint) return name;
  progress(`${odoo.series}: initialises the base database (${modules.join(', ')}); it is kept for the next run`);
  await createDatabase(odoo.databaseUrl, name);
  removeFiles(odoo, name);
  // Until 18 demonstration data is the default, since 19 it is not.
  await runOdoo(odoo, 'base', name, ['-i', modules.join(','), ...(odoo.series === '19' ? [] : ['--without-demo=all']), '--stop-after-init', '--log-level=info']);
  await statement(odoo.databaseUrl, `comment on database "${name}" is '${fingerprint}'`);
  return name;
}

/** A copy of `from` with its files. */
export async function copyDatabase(odoo: Installation, from: string, to: string): Promise<void> {
  await createDatabase(odoo.databaseUrl, to, from);
  removeFiles(odoo, to);
  if (existsSync(filesOf(odoo, from))) cpSync(filesOf(odoo, from), filesOf(odoo, to), { recursive: true });
}

export async function removeDatabase(odoo: Installation, name: string): Promise<void> {
  await dropDatabase(odoo.databaseUrl, name);
  removeFiles(odoo, name);
}

function filesOf(odoo: Installation, database: string): string {
  return join(odoo.folder, 'data', 'filestore', database);
}

function removeFiles(odoo: Installation, database: string): void {
  rmSync(filesOf(odoo, database), { recursive: true, force: true });
}

function fingerprintOf(odoo: Installation): string {
  const release = join(dirname(odoo.bin), 'odoo', 'release.py');
  const text = existsSync(release) ? readFileSync(release, 'utf8') : odoo.bin;
  return createHash('sha256').update([...modules, odoo.bin, text].join('\n')).digest('hex').slice(0, 32);
}
