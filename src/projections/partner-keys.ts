import { sql, type RawBuilder } from 'kysely';
import type { Transaction } from '../db/database.js';
import { ourConnection } from '../model/our-connection.js';

interface PartnerKey {
  shipment_id: string;
  key: string;
  /** It opens shipments of this company alone; null: of whatever company. */
  of_company: string | null;
}

/** A key under which a partner sees a shipment. */
export interface PartnerGrant {
  key: string;
  ofCompany: string | null;
}

/** An appointment that is kept here names what somebody says: of another company's freight it opens nothing. */
export const grantsFor = (grants: readonly PartnerGrant[], company: string): string[] => [...new Set(grants.filter(({ ofCompany }) => ofCompany === null || ofCompany === company).map(({ key }) => key))];

/** Where loads, appointments and orders to warehouses bring shipments: the warehouses that handle them, the TMS that planned them. */
const partners = (which: { loads: RawBuilder<unknown>; appointments: RawBuilder<unknown>; orders: RawBuilder<unknown> }) => sql<PartnerKey>`
  select ls.shipment_id, 'facility:' || s.facility_code || '@' || s.company as key, null::text as of_company
  from load_shipment ls join stop s on s.load_id = ls.load_id and s.sequence = ls.stop
  where ${which.loads} and s.facility_code is not null
  union
  select ls.shipment_id, 'tms:' || l.connection, null from load_shipment ls join load l on l.id = ls.load_id where ${which.loads}
  union
  select x.shipment_id, 'facility:' || f.code || '@' || f.company, case when a.connection = ${ourConnection} then f.company end
  from appointment_shipment x join appointment a on a.id = x.appointment_id join facility f on f.id = a.facility_id
  where ${which.appointments} and f.code is not null and not f.deleted
  union
  select w.shipment_id, 'facility:' || o.facility || '@' || o.company, null from warehouse_shipment w join warehouse_order o on o.id = w.record_id
  where ${which.orders} and o.facility is not null and not o.deleted`;

/** Keys under which warehouses and transport management systems see these shipments. */
export async function partnerKeys(tx: Transaction, shipmentIds: readonly string[]): Promise<Map<string, PartnerGrant[]>> {
  const ids = sql`${[...shipmentIds]}::uuid[]`;
  const found = await partners({ loads: sql`ls.shipment_id = any(${ids})`, appointments: sql`x.shipment_id = any(${ids})`, orders: sql`w.shipment_id = any(${ids})` }).execute(tx);
  const grants = new Map<string, PartnerGrant[]>();
  for (const { shipment_id: id, key, of_company: ofCompany } of found.rows) grants.set(id, [...(grants.get(id) ?? []), { key, ofCompany }]);
  return grants;
}

/** Which shipments these loads, appointments and orders to warehouses open to whom, as they are linked now: `<shipment> <key>`. */
export async function openedBy(tx: Transaction, recordIds: readonly string[]): Promise<Set<string>> {
  if (recordIds.length === 0) return new Set();
  const ids = sql`${[...recordIds]}::uuid[]`;
  const found = await partners({ loads: sql`ls.load_id = any(${ids})`, appointments: sql`x.appointment_id = any(${ids})`, orders: sql`w.record_id = any(${ids})` }).execute(tx);
  return new Set(found.rows.map(({ shipment_id: id, key }) => `${id} ${key}`));
}
