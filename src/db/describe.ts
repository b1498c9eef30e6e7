import { sql } from 'kysely';
import type { Database } from './database.js';

interface Column {
  table: string;
  name: string;
  type: string;
  not_null: boolean;
  default: string | null;
}

/** The tables, constraints, indexes and policies as they are in the database, as SQL for people to read. */
export async function describeDatabase(database: Database): Promise<string> {
  const columns = await sql<Column>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null, pg_get_expr(d.adbin, d.adrelid) as default
    from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`.execute(database.kysely);
  const constraints = await sql<{ table: string; definition: string }>`
    select c.relname as table, pg_get_constraintdef(k.oid) as definition from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace and not c.relispartition and k.contype in ('p', 'u', 'f', 'c') order by c.relname, k.contype desc, k.conname`.execute(database.kysely);
  const partitioning = await sql<{ table: string; key: string }>`
    select c.relname as table, pg_get_partkeydef(c.oid) as key from pg_class c where c.relkind = 'p' and c.relnamespace = 'public'::regnamespace`.execute(database.kysely);
  const indexes = await sql<{ table: string; definition: string }>`
    select c.relname as table, pg_get_indexdef(i.indexrelid) as definition from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and not c.relispartition
      and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid) order by c.relname, definition`.execute(database.kysely);
  const functions = await sql<{ definition: string }>`
    select pg_get_functiondef(p.oid) as definition from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname`.execute(database.kysely);

  const policies = await sql<{ table: string; name: string; command: string; condition: string }>`
    select tablename as table, policyname as name, lower(cmd) as command, qual as condition from pg_policies where schemaname = 'public' order by 1, 2`.execute(database.kysely);

  const tables = [...new Set(columns.rows.map((column) => column.table))];
  const texts = tables.map((table) => {
    const lines = [
      ...columns.rows.filter((column) => column.table === table).map(columnLine),
      ...constraints.rows.filter((constraint) => constraint.table === table).map((constraint) => constraint.definition),
    ];
    const key = partitioning.rows.find((row) => row.table === table)?.key;
    const own = indexes.rows.filter((index) => index.table === table).map((index) => `${index.definition};`);
    const secured = policies.rows.filter((policy) => policy.table === table).flatMap(({ name, command, condition }) => [`alter table ${table} enable row level security;`, `create policy ${name} on ${table} for ${command} using (${condition.replaceAll(/\s+/g, ' ')});`]);
    return [`create table ${table} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)${key === undefined ? '' : ` partition by ${key}`};`, ...own, ...secured].join('\n');
  });
  const functionTexts = functions.rows.map(({ definition }) => `${definition.trim()};`);
  return `-- Generated from src/db/migrations by npm run schema. Do not edit.\n\n${[...functionTexts, ...texts].join('\n\n')}\n`;
}

function columnLine({ name, type, not_null: notNull, default: value }: Column): string {
  return `${name} ${type}${notNull ? ' not null' : ''}${value === null ? '' : ` default ${value}`}`;
}
