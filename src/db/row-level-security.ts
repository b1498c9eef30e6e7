import { CompiledQuery, sql } from 'kysely';
import { ConfigError } from '../lib/config.js';
import type { Log } from '../lib/log.js';
import type { Database, Queryable, Transaction } from './database.js';

/** Whether what outsiders read can run as their role. */
export interface RowLevelSecurity {
  role: string;
  /** Statements that are missing for it; one with a right that we do not have must be run by an administrator. */
  missing: readonly string[];
}

/**
 * The role of outsiders in this database: it reads the tables that have a policy `outsiders`, and nothing else. Roles are the
 * cluster's, so each database has one of its own: whoever may take on that of another could read there by any key.
 */
export async function inspectRowLevelSecurity(db: Queryable): Promise<RowLevelSecurity> {
  const { rows } = await sql<{ role: string; exists: boolean; usable: boolean; bypasses: boolean; user: string; schema: string; enters: boolean; unreadable: string[]; open: string[] }>`
    with own as (select case when octet_length(current_database()) <= 44 then 'gatehouse_outsider_' || current_database() else 'gatehouse_outsider_' || md5(current_database()) end as name)
    select own.name as role, r.oid is not null as exists, quote_ident(current_user) as user, quote_ident(current_schema()) as schema,
      coalesce(pg_has_role(r.oid, case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end), false) as usable,
      coalesce(r.rolsuper or r.rolbypassrls or exists (select from pg_tables t where t.schemaname = current_schema() and pg_has_role(r.oid, t.tableowner, 'USAGE')), false) as bypasses,
      coalesce(has_schema_privilege(r.oid, current_schema(), 'USAGE'), false) as enters,
      array(select quote_ident(p.tablename) from pg_policies p where p.schemaname = current_schema() and p.policyname = 'outsiders'
        and not coalesce(has_table_privilege(r.oid, format('%I.%I', p.schemaname, p.tablename), 'SELECT'), false) order by 1) as unreadable,
      array(select quote_ident(p.tablename) from pg_policies p join pg_tables t using (schemaname, tablename) where p.schemaname = current_schema() and p.policyname = 'outsiders' and not t.rowsecurity order by 1) as open
    from own left join pg_roles r on r.rolname = own.name`.execute(db);
  const { role, exists, usable, bypasses, user, schema, enters, unreadable, open } = rows[0]!;
  const name = `"${role.replaceAll('"', '""')}"`;
  return {
    role,
    missing: [
      ...(exists ? [] : [`create role ${name} nologin`]),
      ...(bypasses ? [`alter role ${name} nosuperuser nobypassrls `] : []),
      ...(usable ? [] : [`grant ${name} to ${user}`]),
      ...(enters ? [] : [`grant usage on schema ${schema} to ${name}`]),
      ...(unreadable.length === 0 ? [] : [`grant select on ${unreadable.join(', ')} to ${name}`]),
      ...open.map((table) => `alter table ${table} enable row level security`),
    ],
  };
}

/** Any fixed number: instances that start at once make the role one after the other. */
const lockNumber = 7_134_023;

/**
 * Lets what outsiders read run under row-level security, on PostgreSQL: makes what is missing for it where we may.
 * The embedded database's only user is a superuser, whom row-level security does not hold.
 * @param wanted undefined: where it can be had
 * @throws ConfigError where it is wanted and cannot be had
 */
export async function secureRows(database: Database, wanted: 'on' | 'off' | undefined, log: Log): Promise<void> {
  if (database.kind === 'embedded' || wanted === 'off') return;
  let found = await inspectRowLevelSecurity(database.kysely);
  if (found.missing.length > 0) {
    await makeWhatIsMissing(database);
    found = await inspectRowLevelSecurity(database.kysely);
  }
  if (found.missing.length === 0) database.outsiders.role = found.role;
  else if (wanted === undefined) log.warn({ missing: found.missing }, 'row-level security does not hold for what outsiders read, as its role cannot be used: see gatehouse doctor');
  else throw new ConfigError(`GATEHOUSE_ROW_LEVEL_SECURITY: on, and the role for it cannot be used. An administrator of PostgreSQL mends that with:\n${statementsFor(found)}`);
}

/** What an administrator runs in this database. */
export function statementsFor({ missing }: RowLevelSecurity): string {
  return missing.map((statement) => `${statement};`).join(' ');
}

/** Of SQL: somebody else may do that. */
const notOurs = '42501';

/** Does what we may of what is missing; managed databases often let nobody make roles. */
async function makeWhatIsMissing(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(tx);
    for (const statement of (await inspectRowLevelSecurity(tx)).missing) {
      // The grants are to the role.
      if (!(await isDone(tx, statement)) && statement.startsWith('create role')) return;
    }
  });
}

async function isDone(tx: Transaction, statement: string): Promise<boolean> {
  await sql`savepoint attempt`.execute(tx);
  try {
    await tx.executeQuery(CompiledQuery.raw(statement));
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== notOurs) throw error;
    await sql`rollback to savepoint attempt`.execute(tx);
    return false;
  }
}
