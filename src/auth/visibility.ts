import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Schema } from '../db/schema.js';
import type { Principal } from './principal.js';

/**
 * Which rows of each readable table a principal sees. A table that is not here cannot be read by a
 * principal at all. `null`: everything of the table may be seen by nobody of this kind.
 */
type Rule = (principal: Principal) => Expression<SqlBool>;

const never = sql<SqlBool>`false`;
const always = sql<SqlBool>`true`;

function ofCompany(principal: Principal, column: string): Expression<SqlBool> {
  if (principal.companies === '*') return always;
  if (principal.companies === 'none') return never;
  return sql<SqlBool>`${sql.ref(column)} = any(${[...principal.companies]}::text[])`;
}

/** Insiders by company, outsiders by the keys they hold on the record. */
function byAccess(kind: 'shipment' | 'order', table: string, idColumn: string): Rule {
  return (principal) => {
    if (principal.companies !== 'none') return ofCompany(principal, `${table}.company`);
    if (principal.keys.length === 0) return never;
    return sql<SqlBool>`exists (select 1 from record_access a where a.kind = ${sql.lit(kind)} and a.record_id = ${sql.ref(`${table}.${idColumn}`)} and a.key = any(${[...principal.keys]}::text[]))`;
  };
}

const insiders = (table: string): Rule => (principal) => ofCompany(principal, `${table}.company`);

/** A link of old ids to the record that replaced them is visible as the record is; its company is the old one's. */
export const readableTables = {
  shipment: byAccess('shipment', 'shipment', 'id'),
  milestone: milestoneRule,
  feed: feedRule,
  sales_order: byAccess('order', 'sales_order', 'id'),
  transfer: insiders('transfer'),
  party: insiders('party'),
  product: insiders('product'),
  stock_level: insiders('stock_level'),
  invoice: insiders('invoice'),
  exception: insiders('exception'),
} as const satisfies Partial<Record<keyof Schema, Rule>>;

export type ReadableTable = keyof typeof readableTables;

/** A milestone is seen by who sees its shipment. */
function milestoneRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies === '*') return always;
  if (principal.companies !== 'none') return sql<SqlBool>`exists (select 1 from shipment s where s.id = milestone.shipment_id and s.company = any(${[...principal.companies]}::text[]))`;
  return byAccess('shipment', 'milestone', 'shipment_id')(principal);
}

/**
 * The feed holds a row for each key and milestone at the position that made it visible. Whoever holds
 * several keys meets a milestone at the first of them only.
 */
function feedRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies === '*') return sql<SqlBool>`feed.key = 'all'`;
  if (principal.companies === 'none') {
    if (principal.keys.length === 0) return never;
    if (principal.keys.length === 1) return sql<SqlBool>`feed.key = ${principal.keys[0]}`;
    return firstOf(principal.keys, always);
  }
  const own = principal.companies.map((company) => `company:${company}`);
  return firstOf(['all', ...own], sql<SqlBool>`(f.key <> 'all' or f.company = any(${[...principal.companies]}::text[]))`);
}

function firstOf(keys: readonly string[], applies: Expression<SqlBool>): Expression<SqlBool> {
  const held = sql`${[...keys]}::text[]`;
  return sql<SqlBool>`(feed.key, feed.position, feed.ordinal) = (
    select f.key, f.position, f.ordinal from feed f where f.milestone_id = feed.milestone_id and f.key = any(${held}) and ${applies}
    order by f.position, f.ordinal, f.key limit 1)`;
}

export function visible(table: ReadableTable, principal: Principal): Expression<SqlBool> {
  return readableTables[table](principal);
}

export type AnyExpressionBuilder = ExpressionBuilder<Schema, keyof Schema>;
