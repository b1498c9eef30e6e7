import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { ourConnection } from '../model/our-connection.js';

/** A shipment that a truck comes for, though nobody named it: its order was named, or its load. */
export interface ImpliedShipment {
  record_kind: 'appointment' | 'visit';
  record_id: string;
  shipment_id: string;
  company: string;
}

interface OfOrder extends ImpliedShipment {
  name: string;
  order_id: string;
  is_here: boolean;
}

/** The name of an order as names are compared; there is an index of it. */
const nameKey = (of: string) => sql`upper(regexp_replace(${sql.ref(of)}, '\\s', '', 'g'))`;
const living = sql`not t.deleted and t.state not in ('draft', 'cancel')`;
const anyOf = (ids: readonly string[]) => sql`any(${[...ids]}::uuid[])`;
/** Goods that come in have a receipt here, and those that leave a delivery. */
const fits = (direction: string) => sql`t.direction = any(case ${sql.ref(direction)} when 'INBOUND' then '{INCOMING}'::text[] when 'OUTBOUND' then '{OUTGOING}'::text[] else '{INCOMING,OUTGOING}'::text[] end)`;

/**
 * What the orders and loads that these appointments and visits name bring or fetch, of their own company alone.
 * @param named shipments that are named by themselves, as `<appointment> <shipment>`: where one of them is of an order, no other of it is meant
 */
export async function impliedShipments(tx: Transaction, ids: readonly string[], named: ReadonlySet<string>): Promise<ImpliedShipment[]> {
  if (ids.length === 0) return [];
  const ofOrders = [...Map.groupBy(await shipmentsOfOrders(tx, ids), ({ record_id: id, name }) => `${id} ${name}`).values()].flatMap((rows) => {
    // Two orders of one name, of two installations: nobody can tell which is meant.
    if (new Set(rows.map((row) => row.order_id)).size > 1) return [];
    if (rows.some((row) => named.has(`${row.record_id} ${row.shipment_id}`))) return [];
    return rows.some((row) => row.is_here) ? rows.filter((row) => row.is_here) : rows;
  });
  return [...ofOrders.map(({ record_kind, record_id, shipment_id, company }) => ({ record_kind, record_id, shipment_id, company })), ...(await shipmentsOfLoads(tx, ids))];
}

/** When a truck began to be handled: until then whatever is done is done by others. Odoo knows seconds. */
const begun = sql`coalesce(least(v.handling_started_at, v.at_dock_at, (select min((count->'at'->>'instant')::timestamptz) from jsonb_array_elements(v.counts) as count)), case when v.checked_out_at is not null then coalesce(v.checked_in_at, v.arrived_at) end, 'infinity')`;

/**
 * An order may be delivered in several parts: what was done before the truck was handled is none of its matters, nor is what was
 * left behind by what was done then. Numbers of outside schedulers may be orders, too.
 */
async function shipmentsOfOrders(tx: Transaction, ids: readonly string[]): Promise<OfOrder[]> {
  const { rows } = await sql<OfOrder>`
    with named as (
      select a.id, a.company, a.direction, f.code, x.name, coalesce((select date_trunc('second', min(${begun})) from visit v where v.appointment_id = a.id and not v.deleted and v.state <> 'CANCELLED'), a.starts_at) as begun_at
      from appointment a left join facility f on f.id = a.facility_id and not f.deleted
      join lateral (
        select m.value as name from mention m where m.record_id = a.id and m.kind = 'order_name'
        union select n.number from appointment_number n where n.appointment_id = a.id and a.connection <> ${ourConnection}
      ) x on true
      where a.id = ${anyOf(ids)} and not a.deleted
    )
    select distinct 'appointment' as record_kind, n.id as record_id, n.name, n.company, o.id as order_id, coalesce(s.merged_into, s.id) as shipment_id, coalesce(upper(split_part(t.reference, '/', 1)) = n.code, false) as is_here
    from named n join sales_order o on ${nameKey('o.reference')} = n.name and o.company = n.company and not o.deleted
    join transfer t on t.order_id = o.id and t.company = n.company and ${living} and ${fits('n.direction')} and (t.done_at is null or t.done_at >= n.begun_at)
    left join transfer before on before.id = t.backorder_of and before.order_id = t.order_id
    join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1) join shipment s on s.id = r.shipment_id
    where before.done_at is null or before.done_at < n.begun_at
    order by record_id, n.name, shipment_id`.execute(tx);
  return rows;
}

/** Of a load that is what is handled at its stop here, in the direction in which the truck brings or fetches it. */
async function shipmentsOfLoads(tx: Transaction, ids: readonly string[]): Promise<ImpliedShipment[]> {
  const { rows } = await sql<ImpliedShipment>`
    with named as (
      select 'appointment' as record_kind, a.id, a.company, a.direction, a.facility_id, n.number from appointment a join appointment_number n on n.appointment_id = a.id where a.id = ${anyOf(ids)} and not a.deleted
      union all
      select 'visit', v.id, v.company, coalesce(v.direction, 'UNKNOWN'), v.facility_id, n.number from visit v join lateral unnest(v.numbers) as n(number) on true where v.id = ${anyOf(ids)} and not v.deleted
    )
    select distinct n.record_kind, n.id as record_id, n.company, coalesce(s.merged_into, s.id) as shipment_id
    from named n join facility f on f.id = n.facility_id and not f.deleted
    cross join lateral load_named(n.company, n.number) as meant(id) join load l on l.id = meant.id and not l.deleted
    join stop on stop.load_id = l.id and stop.facility_code = f.code
    join load_shipment ls on ls.load_id = l.id and ls.stop = stop.sequence and (n.direction not in ('INBOUND', 'OUTBOUND') or (n.direction = 'INBOUND') = (ls.action = 'UNLOAD'))
    join shipment s on s.id = ls.shipment_id
    join reference r on r.shipment_id = coalesce(s.merged_into, s.id) and r.kind = 'odoo.delivery' join transfer t on t.subject = 'transfer:' || substr(r.subject, length('odoo.delivery:') + 1)
    where t.company = n.company and ${living} and ${fits('n.direction')}
    order by record_id, shipment_id`.execute(tx);
  return rows;
}

/** Records from which follows what trucks come for. */
export interface ImplyingRecords {
  orders: readonly string[];
  transfers: readonly string[];
  visits: readonly string[];
  /** Loads that changed, or whose names may lead elsewhere. */
  loads: readonly string[];
  /** Subjects of names that lead elsewhere now. */
  references: readonly string[];
}

/** Appointments and visits that may be of other shipments, once these changed. Before the links of loads are made anew, and after the records are written. */
export async function trucksImplied(tx: Transaction, { orders, transfers, visits, loads, references }: ImplyingRecords): Promise<string[]> {
  const renamed = references.filter((subject) => subject.startsWith('odoo.delivery:')).map((subject) => subject.replace('odoo.delivery:', 'transfer:'));
  if (orders.length + transfers.length + visits.length + loads.length + renamed.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    with moved as (
      select t.subject, t.order_id, t.company from transfer t where t.id = ${anyOf(transfers)}
      union select t.subject, t.order_id, t.company from transfer t where t.order_id = ${anyOf(orders)}
      union select t.subject, t.order_id, t.company from transfer t where t.subject = any(${renamed}::text[])
    ), names as (
      select distinct ${nameKey('o.reference')} as name, o.company from moved m join sales_order o on o.id = m.order_id
    ), shipments as (
      select r.shipment_id as id from moved m join reference r on r.subject = 'odoo.delivery:' || substr(m.subject, length('transfer:') + 1)
      union select shipment_id from load_shipment where load_id = ${anyOf(loads)}
    ), load_names as (
      select unnest(array_append(l.aliases, l.name_key)) as name, l.company from load l where l.id = ${anyOf(loads)}
      union select unnest(array_append(l.aliases, l.name_key)), l.company from shipments s join load_shipment ls on ls.shipment_id = s.id join load l on l.id = ls.load_id
    )
    select m.record_id as id from names n join mention m on m.value = n.name and m.kind = 'order_name' and m.record_kind = 'appointment'
    union select x.appointment_id from (select name, company from names union select name, company from load_names) n join appointment_number x on x.number = n.name and x.company = n.company
    union select x.appointment_id from shipments s join appointment_shipment x on x.shipment_id = s.id
    union select v.id from load_names n join visit v on v.numbers @> array[n.name] and v.company = n.company
    union select x.visit_id from shipments s join visit_shipment x on x.shipment_id = s.id
    union select v.appointment_id from visit v where v.id = ${anyOf(visits)} and v.appointment_id is not null`.execute(tx);
  return rows.map(({ id }) => id);
}
