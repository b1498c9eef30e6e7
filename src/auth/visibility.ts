import { sql, type Expression, type SqlBool } from 'kysely';
import type { Schema } from '../db/schema.js';
import type { Principal } from './principal.js';

/**
 * Which rows of each readable table a principal sees. A table that is not here cannot be read by a
 * principal at all.
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
    return firstOf(principal.keys, () => always);
  }
  const { companies } = principal;
  const own = companies.map((company) => `company:${company}`);
  // A row of a company's key is of that company too. One company is compared by `=`, for the order of its index.
  return firstOf(['all', ...own], (row) => (companies.length === 1 ? sql<SqlBool>`${sql.ref(`${row}.company`)} = ${companies[0]}` : ofCompany(principal, `${row}.company`)));
}

/**
 * Rows of the held keys that no other such row of the same milestone comes before. The outer condition
 * lets an index find the rows; `offset 0` keeps the look at the others a look-up per row that is shown,
 * which a page stops early, where a join would read the whole feed first.
 */
function firstOf(keys: readonly string[], applies: (row: 'feed' | 'f') => Expression<SqlBool>): Expression<SqlBool> {
  const held = sql`${[...keys]}::text[]`;
  return sql<SqlBool>`(feed.key = any(${held}) and ${applies('feed')} and not exists (
    select 1 from feed f where f.milestone_id = feed.milestone_id and f.key = any(${held}) and ${applies('f')}
    and (f.position, f.ordinal, f.key) < (feed.position, feed.ordinal, feed.key) offset 0))`;
}

export function visible(table: ReadableTable, principal: Principal): Expression<SqlBool> {
  return readableTables[table](principal);
}
