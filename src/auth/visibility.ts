import { sql, type Expression, type SqlBool } from 'kysely';
import type { Schema } from '../db/schema.js';
import type { Principal } from './principal.js';

/**
 * Which rows of each readable table a principal sees. A table that is not here cannot be read by a
 * principal at all.
 */
type Rule = (principal: Principal) => Expression<SqlBool>;

/** Kinds of records to which outsiders are granted access one by one. */
type AccessKind = 'shipment' | 'order' | 'transfer' | 'invoice' | 'load' | 'appointment' | 'visit';

const never = sql<SqlBool>`false`;
const always = sql<SqlBool>`true`;

function ofCompany(principal: Principal, column: string): Expression<SqlBool> {
  if (principal.companies === '*') return always;
  if (principal.companies === 'none') return never;
  return sql<SqlBool>`${sql.ref(column)} = any(${[...principal.companies]}::text[])`;
}

/** Insiders by company, outsiders by the keys they hold on the record. */
function byAccess(kind: AccessKind, table: string, idColumn: string): Rule {
  return (principal) => {
    if (principal.companies !== 'none') return ofCompany(principal, `${table}.company`);
    if (principal.keys.length === 0) return never;
    return holdsKey(principal, kind, `${table}.${idColumn}`);
  };
}

const insiders = (table: string): Rule => (principal) => ofCompany(principal, `${table}.company`);

/** A link of old ids to the record that replaced them is visible as the record is; its company is the old one's. */
export const readableTables = {
  shipment: byAccess('shipment', 'shipment', 'id'),
  milestone: milestoneRule,
  feed: feedRule,
  sales_order: byAccess('order', 'sales_order', 'id'),
  transfer: byAccess('transfer', 'transfer', 'id'),
  reference: referenceRule,
  party: insiders('party'),
  product: insiders('product'),
  stock_level: insiders('stock_level'),
  invoice: byAccess('invoice', 'invoice', 'id'),
  load: byAccess('load', 'load', 'id'),
  stop: stopRule,
  load_shipment: byAccess('shipment', 'load_shipment', 'shipment_id'),
  facility: facilityRule,
  appointment: byAccess('appointment', 'appointment', 'id'),
  appointment_number: byAccess('appointment', 'appointment_number', 'appointment_id'),
  appointment_shipment: byAccess('shipment', 'appointment_shipment', 'shipment_id'),
  visit: byAccess('visit', 'visit', 'id'),
  exception: insiders('exception'),
} as const satisfies Partial<Record<keyof Schema, Rule>>;

export type ReadableTable = keyof typeof readableTables;

/** A name of a shipment is seen by who sees the shipment. */
function referenceRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies === '*') return always;
  if (principal.companies !== 'none') return sql<SqlBool>`exists (select 1 from shipment s where s.id = reference.shipment_id and s.company = any(${[...principal.companies]}::text[]))`;
  return byAccess('shipment', 'reference', 'shipment_id')(principal);
}

/** A milestone is seen by who sees its shipment. */
function milestoneRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies === '*') return always;
  if (principal.companies !== 'none') return sql<SqlBool>`exists (select 1 from shipment s where s.id = milestone.shipment_id and s.company = any(${[...principal.companies]}::text[]))`;
  return byAccess('shipment', 'milestone', 'shipment_id')(principal);
}

/**
 * A carrier sees all stops of its loads. Who sees a shipment sees the stops where that is loaded and
 * unloaded, and nothing else of the load: other stops are of other people's goods.
 */
function stopRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'stop.company');
  if (principal.keys.length === 0) return never;
  return sql<SqlBool>`(${holdsKey(principal, 'load', 'stop.load_id')} or exists (
    select 1 from load_shipment ls where ls.load_id = stop.load_id and ls.stop = stop.sequence and ${holdsKey(principal, 'shipment', 'ls.shipment_id')}))`;
}

/** A facility is seen by who sees something that happens there. */
function facilityRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'facility.company');
  if (principal.keys.length === 0) return never;
  return sql<SqlBool>`(exists (select 1 from appointment p where p.facility_id = facility.id and ${holdsKey(principal, 'appointment', 'p.id')})
    or exists (select 1 from visit v where v.facility_id = facility.id and ${holdsKey(principal, 'visit', 'v.id')})
    or exists (select 1 from stop where stop.facility_code = facility.code and stop.company = facility.company and ${stopRule(principal)}))`;
}

function holdsKey(principal: Principal, kind: AccessKind, idColumn: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from record_access a where a.kind = ${sql.lit(kind)} and a.record_id = ${sql.ref(idColumn)} and a.key = any(${[...principal.keys]}::text[]))`;
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
