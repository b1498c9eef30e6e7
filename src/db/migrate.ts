import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery, sql } from 'kysely';
import { packageRoot } from '../lib/package-root.js';
import { sha256 } from '../lib/ids.js';
import type { Database, Transaction } from './database.js';

const folder = join(packageRoot, 'src', 'db', 'migrations');
/** Any fixed number: all instances take the same advisory lock. */
const lockNumber = 7_134_022;

/**
 * Applies the migrations that are missing, in the order of their names, in one transaction under a
 * lock, so that any number of instances may start at once.
 * @returns names of those applied now
 * @throws when an applied migration was edited afterwards
 */
export async function migrate(database: Database): Promise<string[]> {
  return database.transaction(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(tx);
    await sql`create table if not exists schema_migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())`.execute(tx);
    const applied = await sql<{ name: string; checksum: string }>`select name, checksum from schema_migration`.execute(tx);
    const known = new Map(applied.rows.map((row) => [row.name, row.checksum]));
    const fresh: string[] = [];
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.sql')).sort()) {
      const text = readFileSync(join(folder, name), 'utf8');
      const checksum = sha256(text);
      const before = known.get(name);
      if (before === checksum) continue;
      if (before !== undefined) throw new Error(`Migration ${name} was changed after it had been applied. Restore the file and add a new migration instead.`);
      await apply(tx, text);
      await sql`insert into schema_migration (name, checksum) values (${name}, ${checksum})`.execute(tx);
      fresh.push(name);
    }
    return fresh;
  });
}

/** The embedded driver takes one statement at a time; our migrations hold no ; inside a statement. */
async function apply(tx: Transaction, text: string): Promise<void> {
  const statements = text.replace(/^[^\S\n]*--.*$/gm, '').split(/;\s*$/m);
  for (const statement of statements) {
    if (statement.trim() !== '') await tx.executeQuery(CompiledQuery.raw(statement));
  }
}
