import 'reflect-metadata';
import { readFileSync, mkdtempSync, rmSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { odooEventsJsonSchema } from '../connectors/odoo/payloads.js';
import { openDatabase, type Database } from '../db/database.js';
import { describeDatabase } from '../db/describe.js';
import { migrate } from '../db/migrate.js';
import { compose } from '../gateway/compose.js';
import { sscDescription } from '../jobs/tasks/yard/ssc/description.js';
import { packageRoot } from '../lib/package-root.js';
import { accessTable } from './access-table.js';
import { checkBreakingChanges, releaseSchema } from './breaking-changes.js';
import { carrierSubgraph } from '../subgraphs/carrier/index.js';
import { odooSubgraph } from '../subgraphs/odoo/index.js';
import { operationsSubgraph } from '../subgraphs/operations/index.js';
import { tmsSubgraph } from '../subgraphs/tms/index.js';
import { yardSubgraph } from '../subgraphs/yard/index.js';

const folder = join(packageRoot, 'schema');

/** Name and text of every generated file under schema/. */
export async function generateSchema(): Promise<Map<string, string>> {
  const subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
  const { api, supergraph } = compose(subgraphs);
  return new Map([
    ...subgraphs.map(({ name, sdl }) => [`${name}.graphql`, `${sdl.trim()}\n`] as const),
    ['supergraph.graphql', `${supergraph.trim()}\n`],
    ['api.graphql', `${api.trim()}\n`],
    ['odoo-events.json', `${JSON.stringify(odooEventsJsonSchema(), null, 2)}\n`],
    ['ssc-openapi.json', `${JSON.stringify(sscDescription(), null, 2)}\n`],
    ['database.sql', await databaseSql()],
    ['access.md', accessTable(subgraphs)],
  ]);
}

/** What `npm run schema` does: write the files, check them, or release the API as it is. */
export const schemaSteps = {
  async write(): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of await generateSchema()) writeFileSync(join(folder, name), text);
    console.log('schema/ is written.');
  },
  async check(): Promise<void> {
    const stale = await staleSchemaFiles();
    if (stale.length === 0) console.log('schema/ is up to date.');
    else {
      console.error(`Not up to date: ${stale.join(', ')}. Run: npm run schema`);
      process.exitCode = 1;
    }
    await checkBreakingChanges((await generateSchema()).get('api.graphql')!);
  },
  async release(): Promise<void> {
    await schemaSteps.write();
    releaseSchema((await generateSchema()).get('api.graphql')!);
  },
};

/** Names of files under schema/ that differ from what the code says. */
export async function staleSchemaFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of await generateSchema()) {
    const path = join(folder, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) stale.push(name);
  }
  return stale;
}

async function databaseSql(): Promise<string> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-schema-'));
  let database: Database | undefined;
  try {
    database = await openDatabase({ dataFolder, poolSize: 1, readTimeoutMs: 0 });
    await migrate(database);
    await sql`drop table schema_migration`.execute(database.kysely);
    return await describeDatabase(database);
  } finally {
    await database?.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
