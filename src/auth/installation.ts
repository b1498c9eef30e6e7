import { sql } from 'kysely';
import type { Database } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';

/** `iss` and `aud` of the tokens of one installation in one environment. */
export interface TokenNames {
  issuer: string;
  audience: string;
}

/**
 * Tokens are of one installation and one environment: those of a copy of the database that serves tests are
 * refused in production, though the copy has its keys.
 */
export async function tokenNames(database: Database, environment: string): Promise<TokenNames> {
  const issuer = `gatehouse:${await keptValue(database, 'installation', uuidv7())}`;
  return { issuer, audience: `${issuer}:${environment}` };
}

/** Called by servers: the command line, which may not see the server's environment, makes tokens for the one that is kept. */
export async function keepEnvironment(database: Database, environment: string): Promise<void> {
  await sql`insert into installation (name, value) values ('environment', ${environment}) on conflict (name) do update set value = excluded.value`.execute(database.kysely);
}

/** The environment of the server that started last; `own` where none did. */
export async function keptEnvironment(database: Database, own: string): Promise<string> {
  const row = await database.kysely.selectFrom('installation').select('value').where('name', '=', 'environment').executeTakeFirst();
  return row?.value ?? own;
}

/**
 * Called by servers: what needs a second person needs one on the command line, too, which may not see the server's environment.
 * @returns what needed one until now
 */
export async function keepFourEyes(database: Database, actions: readonly string[]): Promise<string[]> {
  const before = await keptFourEyes(database);
  await sql`insert into installation (name, value) values ('four-eyes', ${actions.join(',')}) on conflict (name) do update set value = excluded.value`.execute(database.kysely);
  return before;
}

/** What needs a second person by the server that started last. */
export async function keptFourEyes(database: Database): Promise<string[]> {
  const row = await database.kysely.selectFrom('installation').select('value').where('name', '=', 'four-eyes').executeTakeFirst();
  return (row?.value ?? '').split(',').filter((action) => action !== '');
}

async function keptValue(database: Database, name: string, first: string): Promise<string> {
  const row = await sql<{ value: string }>`
    insert into installation (name, value) values (${name}, ${first}) on conflict (name) do update set value = installation.value returning value
  `.execute(database.kysely);
  return row.rows[0]!.value;
}
