import { sql, type Expression, type SqlBool } from 'kysely';
import type { Schema } from '../db/schema.js';
import type { Principal } from './principal.js';

/**
 * Which rows of each readable table a principal sees. A table that is not here cannot be read by a
 * principal at all.
 */
type Rule = (principal: Principal) => Expression<SqlBool>;

/** Kinds of records to which outsiders are granted access one by one. */
type AccessKind = 'shipment' | 'order' | 'transfer' | 'invoice' | 'load' | 'appointment' | 'visit' | 'trailer_stay' | 'vehicle' | 'tender_offer';

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
    return holdsKey(principal.keys, kind, `${table}.${idColumn}`);
  };
}

const insiders = (table: string): Rule => (principal) => ofCompany(principal, `${table}.company`);

/** A booking or document is seen by who sees a shipment of it. */
function ofShipment(table: 'booking' | 'document'): Rule {
  return (principal) => {
    if (principal.companies !== 'none') return ofCompany(principal, `${table}.company`);
    if (principal.keys.length === 0) return never;
    const [link, id] = [`${table}_shipment`, `${table}_id`].map((name) => sql.raw(name));
    return sql<SqlBool>`exists (select 1 from ${link} x where x.${id} = ${sql.ref(`${table}.id`)} and ${holdsKey(principal.keys, 'shipment', 'x.shipment_id')})`;
  };
}

/** A manifest names parcels of others: who sees one of its shipments does not see it. A photo of a visit is seen by who runs the facility. */
function documentRule(principal: Principal): Expression<SqlBool> {
  const ofItsShipment = ofShipment('document')(principal);
  if (principal.companies !== 'none') return ofItsShipment;
  const sites = principal.keys.filter((key) => key.startsWith(facilityPrefix));
  return sql<SqlBool>`(document.kind <> 'MANIFEST' and (${ofItsShipment} or ${holdsKey(sites, 'visit', 'document.visit_id')}))`;
}

/** Rules of a company, and those of every company. */
function forCompany(table: string): Rule {
  return (principal) => (principal.companies === 'none' ? never : sql<SqlBool>`(${sql.ref(`${table}.company`)} = '*' or ${ofCompany(principal, `${table}.company`)})`);
}

/** What a warehouse reports is seen by who runs it. Whose goods are in a shipment sees that, and not what else the warehouse said. */
function ofFacility(table: 'warehouse_order' | 'warehouse_confirmation' | 'inventory_adjustment' | 'inventory_level' | 'pallet' | 'pallet_report'): Rule {
  return (principal) => (principal.companies === 'none' ? atOwnFacility(principal, `${table}.facility`, `${table}.company`) : ofCompany(principal, `${table}.company`));
}

/** What a shop has of its orders is seen by the shop: the company that sells there. */
function ofShop(table: 'shop_order' | 'shop_fulfilment'): Rule {
  return (principal) => {
    if (principal.companies !== 'none') return ofCompany(principal, `${table}.company`);
    const companies = principal.keys.filter((key) => key.startsWith(shopPrefix)).map((key) => key.slice(shopPrefix.length));
    return companies.length === 0 ? never : sql<SqlBool>`${sql.ref(`${table}.company`)} = any(${companies}::text[])`;
  };
}

const shopPrefix = 'shop:';

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
  yard_move: yardMoveRule,
  // By who runs the yard: whose trailers stand there is nobody else's matter.
  trailer_stay: byAccess('trailer_stay', 'trailer_stay', 'id'),
  facility_plan: facilityPlanRule,
  detention_rule: detentionRule,
  standing_appointment: standingRule,
  standing_skip: standingSkipRule,
  stop_time: stopTimeRule,
  vehicle: byAccess('vehicle', 'vehicle', 'id'),
  geofence: insiders('geofence'),
  vehicle_load: byAccess('load', 'vehicle_load', 'load_id'),
  exception: insiders('exception'),
  connection_health: insiders('connection_health'),
  command: insiders('command'),
  command_attempt: insiders('command_attempt'),
  booking: ofShipment('booking'),
  booking_shipment: byAccess('shipment', 'booking_shipment', 'shipment_id'),
  document: documentRule,
  document_shipment: byAccess('shipment', 'document_shipment', 'shipment_id'),
  // It names parcels of others, as a manifest does.
  pickup: insiders('pickup'),
  pickup_booking: insiders('pickup_booking'),
  quote: insiders('quote'),
  booking_rule: forCompany('booking_rule'),
  carrier_cut_off: insiders('carrier_cut_off'),
  interchange: insiders('interchange'),
  interchange_answer: insiders('interchange_answer'),
  tender: insiders('tender'),
  tender_plan: insiders('tender_plan'),
  tender_offer: byAccess('tender_offer', 'tender_offer', 'id'),
  load_assignment: assignmentRule,
  warehouse_order: ofFacility('warehouse_order'),
  warehouse_confirmation: ofFacility('warehouse_confirmation'),
  inventory_adjustment: ofFacility('inventory_adjustment'),
  inventory_level: ofFacility('inventory_level'),
  pallet: ofFacility('pallet'),
  pallet_report: ofFacility('pallet_report'),
  warehouse_shipment: byAccess('shipment', 'warehouse_shipment', 'shipment_id'),
  warehouse_release: insiders('warehouse_release'),
  shop_order: ofShop('shop_order'),
  shop_fulfilment: ofShop('shop_fulfilment'),
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
 * A carrier and a TMS see all stops of their loads. Who sees a shipment sees the stops where that is loaded
 * and unloaded, and nothing else of the load: other stops are of other people's goods. A warehouse sees those
 * at its own facility alone.
 */
function stopRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'stop.company');
  if (principal.keys.length === 0) return never;
  const others = principal.keys.filter((key) => !key.startsWith(facilityPrefix));
  return sql<SqlBool>`(${atOwnFacility(principal, 'stop.facility_code', 'stop.company')} or ${holdsKey(others, 'load', 'stop.load_id')} or exists (
    select 1 from load_shipment ls where ls.load_id = stop.load_id and ls.stop = stop.sequence and ${holdsKey(others, 'shipment', 'ls.shipment_id')}))`;
}

/** What sources say of a stop is seen by who sees the stop. */
function stopTimeRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'stop_time.company');
  return sql<SqlBool>`exists (select 1 from stop where stop.load_id = stop_time.load_id and stop.sequence = stop_time.sequence and ${stopRule(principal)})`;
}

const facilityPrefix = 'facility:';

/** Code and company are those of a facility which the principal runs. */
function atOwnFacility({ keys }: Principal, codeColumn: string, companyColumn: string): Expression<SqlBool> {
  const names = keys.filter((key) => key.startsWith(facilityPrefix)).map((key) => key.slice(facilityPrefix.length));
  if (names.length === 0) return never;
  const pairs = names.map((name) => sql`(${name.slice(0, name.lastIndexOf('@'))}, ${name.slice(name.lastIndexOf('@') + 1)})`);
  return sql<SqlBool>`(${sql.ref(codeColumn)}, ${sql.ref(companyColumn)}) in (${sql.join(pairs)})`;
}

/** Who drives a load is told to that carrier, not to another that is asked for it. */
function assignmentRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'load_assignment.company');
  const codes = principal.keys.filter((key) => key.startsWith(carrierPrefix)).map((key) => key.slice(carrierPrefix.length));
  return codes.length === 0 ? never : sql<SqlBool>`load_assignment.carrier = any(${codes}::text[])`;
}

const carrierPrefix = 'carrier:';

/** A facility is seen by who runs it, by who sees something that happens there, and by carriers where they may book. */
function facilityRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'facility.company');
  if (principal.keys.length === 0) return never;
  const mayBook = principal.keys.some((key) => key.startsWith(carrierPrefix)) ? sql<SqlBool>`facility.carriers_book` : never;
  return sql<SqlBool>`(${atOwnFacility(principal, 'facility.code', 'facility.company')} or ${mayBook} or exists (select 1 from appointment p where p.facility_id = facility.id and ${holdsKey(principal.keys, 'appointment', 'p.id')})
    or exists (select 1 from visit v where v.facility_id = facility.id and ${holdsKey(principal.keys, 'visit', 'v.id')})
    or exists (select 1 from stop where stop.facility_code = facility.code and stop.company = facility.company and ${stopRule(principal)}))`;
}

/** A move within the yard is seen by who runs it: whose trailers stand there is nobody else's matter. */
function yardMoveRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'yard_move.company');
  return sql<SqlBool>`exists (select 1 from facility where facility.id = yard_move.facility_id and ${atOwnFacility(principal, 'facility.code', 'facility.company')})`;
}

/** When trucks are taken is told to who sees the facility. */
function facilityPlanRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'facility_plan.company');
  return sql<SqlBool>`exists (select 1 from facility where facility.id = facility_plan.facility_id and ${facilityRule(principal)})`;
}

/** Carriers see what is paid to carriers, to all or to them, and warehouses what is paid where they work. */
function detentionRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'detention_rule.company');
  const carriers = principal.keys.filter((key) => key.startsWith(carrierPrefix)).map((key) => key.slice(carrierPrefix.length));
  const companies = principal.keys.filter((key) => key.startsWith(facilityPrefix)).map((key) => key.slice(key.lastIndexOf('@') + 1));
  const paid = carriers.length === 0 ? never : sql<SqlBool>`(detention_rule.carrier is null or detention_rule.carrier = any(${carriers}::text[]))`;
  const there = companies.length === 0 ? never : sql<SqlBool>`(detention_rule.facility is null and detention_rule.company = any(${companies}::text[]))`;
  return sql<SqlBool>`(detention_rule.side = 'PAYABLE' and (${paid} or ${there} or ${atOwnFacility(principal, 'detention_rule.facility', 'detention_rule.company')}))`;
}

/** A standing appointment is seen by who runs the facility, and by the carrier that comes. */
function standingRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'standing_appointment.company');
  const carriers = principal.keys.filter((key) => key.startsWith(carrierPrefix)).map((key) => key.slice(carrierPrefix.length));
  const isCarrier = carriers.length === 0 ? never : sql<SqlBool>`standing_appointment.carrier = any(${carriers}::text[])`;
  return sql<SqlBool>`(${isCarrier} or exists (select 1 from facility where facility.id = standing_appointment.facility_id and ${atOwnFacility(principal, 'facility.code', 'facility.company')}))`;
}

function standingSkipRule(principal: Principal): Expression<SqlBool> {
  if (principal.companies !== 'none') return ofCompany(principal, 'standing_skip.company');
  return sql<SqlBool>`exists (select 1 from standing_appointment where standing_appointment.id = standing_skip.standing_id and ${standingRule(principal)})`;
}

function holdsKey(keys: readonly string[], kind: AccessKind, idColumn: string): Expression<SqlBool> {
  if (keys.length === 0) return never;
  // Of one key PostgreSQL knows how many records it has on average, of a list it guesses: then it plans each time anew.
  const held = keys.length === 1 ? sql`a.key = ${keys[0]}` : sql`a.key = any(${[...keys]}::text[])`;
  return sql<SqlBool>`exists (select 1 from record_access a where a.kind = ${sql.lit(kind)} and a.record_id = ${sql.ref(idColumn)} and ${held})`;
}

/**
 * Rows of the held keys. Whoever holds several meets one thing under each; `feedBranches` says how these
 * are read one by one, and the reader of the feed shows it once.
 */
function feedRule(principal: Principal): Expression<SqlBool> {
  const branches = feedBranches(principal);
  if (branches.length === 0) return never;
  const held = sql<SqlBool>`feed.key = any(${branches.map((branch) => branch.key)}::text[])`;
  return Array.isArray(principal.companies) ? sql<SqlBool>`${held} and ${ofCompany(principal, 'feed.company')}` : held;
}

/** Rows of the feed that an index finds in order: of one key, and, of the key of all insiders, of one company. */
export interface FeedBranch {
  key: string;
  company?: string;
}

/** The parts that make up what a principal sees of the feed. A row of a company's own key is of that company. */
export function feedBranches({ companies, keys }: Principal): FeedBranch[] {
  if (companies === '*') return [{ key: 'all' }];
  if (companies === 'none') return keys.map((key) => ({ key }));
  return companies.flatMap((company) => [{ key: 'all', company }, { key: `company:${company}`, company }]);
}

export function visible(table: ReadableTable, principal: Principal): Expression<SqlBool> {
  return readableTables[table](principal);
}
