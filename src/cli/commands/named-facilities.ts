import { sql } from 'kysely';
import { connectors } from '../../connectors/registry.js';
import type { Database } from '../../db/database.js';
import { GatehouseError } from '../../lib/errors.js';
import { normalizeReferenceValue } from '../../model/references.js';

/**
 * Facilities with their companies, `<code>@<company>`: two companies may both call one of theirs WH, and who runs the one must not
 * see the other. A code alone is that of the only company that has such a facility, else of the only company there is.
 * @throws GatehouseError BAD_INPUT where it may be that of several, or there is no such company
 */
export async function namedFacilities(database: Pick<Database, 'kysely'>, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map(async (name) => {
    const at = name.lastIndexOf('@');
    if (/^\s*(@|$)/.test(name)) throw new GatehouseError('BAD_INPUT', 'A facility is named by its code: --facility WH, or --facility WH@acme.', { field: 'facility' });
    if (at === -1) return `${name}@${await companyOf(database, name)}`;
    await checkCompany(database, name, name.slice(at + 1));
    return name;
  }));
}

async function companyOf(database: Pick<Database, 'kysely'>, name: string): Promise<string> {
  const code = normalizeReferenceValue(name);
  const { rows } = await sql<{ company: string }>`
    select company from facility where code = ${code} and not deleted union select company from stop where facility_code = ${code}
    union select company from warehouse_order where facility = ${code} union select company from inventory_level where facility = ${code}
    union select company from pallet where facility = ${code} union select company from stock_level where upper(split_part(location, '/', 1)) = ${code} order by company`.execute(database.kysely);
  const known = rows.length > 0 ? rows.map(({ company }) => company) : await companiesOfConnections(database);
  if (known.length > 1) throw new GatehouseError('BAD_INPUT', `Say of which company facility ${name} is: ${known.slice(0, 10).map((company) => `--facility ${name}@${company}`).join(' or ')}.`, { field: 'facility' });
  return known[0]!;
}

/** A company that has neither a connection nor a record is a slip of the pen: its token would see nothing. */
async function checkCompany(database: Pick<Database, 'kysely'>, name: string, company: string): Promise<void> {
  const connected = await companiesOfConnections(database);
  if (connected.includes(company)) return;
  const { rows } = await sql<{ company: string }>`
    select company from facility union select company from stop union select company from warehouse_order union select company from inventory_level`.execute(database.kysely);
  const known = [...new Set([...connected, ...rows.map((row) => row.company)])].sort();
  if (!known.includes(company)) throw new GatehouseError('BAD_INPUT', `There is no company ${company || '""'}, of which facility ${name} would be. There ${known.length === 1 ? 'is' : 'are'}: ${known.slice(0, 10).join(', ')}.`, { field: 'facility' });
}

/** Those that connections serve, in order; main where there is none yet. */
async function companiesOfConnections({ kysely: db }: Pick<Database, 'kysely'>): Promise<string[]> {
  const rows = await db.selectFrom('connection').select(['connector', 'company', 'settings']).where('disabled_at', 'is', null).execute();
  const served = rows.flatMap(({ connector, company, settings }) => [company, ...(connectors.get(connector)?.companiesOf?.(settings) ?? [])]);
  return served.length === 0 ? ['main'] : [...new Set(served)].sort();
}
