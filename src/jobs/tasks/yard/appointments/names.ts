import { sql } from 'kysely';
import type { Principal } from '../../../../auth/principal.js';
import { readerFor } from '../../../../auth/reader.js';
import { GatehouseError } from '../../../../lib/errors.js';
import { ourConnection } from '../../../../model/our-connection.js';
import { normalizeReferenceValue, referenceKey, type Reference } from '../../../../model/references.js';
import { livingStates } from '../../../../model/yard/appointment.js';
import type { NamedGoods } from '../../../../model/yard/desk.js';
import type { AppointmentRecord, DockDirection } from '../../../../model/yard/records.js';
import { shipmentsMeant } from '../../../../projections/mentions.js';
import type { Transaction } from '../../../engine.js';
import type { OwnFacility } from '../facilities.js';

interface Names {
  loads: string[];
  references: Reference[];
}

const most = 50;
const longest = 100;

function namesOf(named: NamedGoods): Names {
  const list = (field: keyof NamedGoods) => {
    const values = [...new Set(named[field].map(normalizeReferenceValue))].filter((value) => value !== '');
    if (values.length > most) throw new GatehouseError('BAD_INPUT', `At most ${most} ${field} in one appointment.`, { field: `input.${field}` });
    if (values.some((value) => value.length > longest)) throw new GatehouseError('BAD_INPUT', `A name has at most ${longest} characters.`, { field: `input.${field}` });
    if (values.some((value) => value.includes('\0') || !value.isWellFormed())) throw new GatehouseError('BAD_INPUT', 'A name holds a character that cannot be stored.', { field: `input.${field}` });
    return values;
  };
  return {
    loads: list('loads'),
    references: [...list('deliveries').map((value): Reference => ({ kind: 'delivery_name', issuer: ourConnection, value })), ...list('orders').map((value): Reference => ({ kind: 'order_name', issuer: '*', value }))],
  };
}

/**
 * What of these names counts. Of what an outsider names only that counts which it sees by itself: the rest is its claim, whether there
 * is such a thing or not, until somebody of the company confirms it. Of an order that it does not see, the deliveries and receipts
 * count that it sees.
 */
export async function judgedNames(tx: Transaction, by: Principal, company: string, named: NamedGoods): Promise<Pick<AppointmentRecord, 'loads' | 'references' | 'claimed'>> {
  const names = namesOf(named);
  if (by.companies !== 'none') return names;
  const { db } = readerFor(tx, by);
  const loads = names.loads.length === 0 ? [] : await db.selectFrom('load').select(['load.name_key', 'load.aliases']).where(sql<boolean>`(load.name_key = any(${names.loads}::text[]) or (load.aliases <> '{}' and load.aliases && ${names.loads}::text[]))`).where('load.merged_into', 'is', null).where('load.company', '=', company).where('load.deleted', '=', false).execute();
  const meant = await shipmentsMeant(tx, names.references);
  const shipments = meant.size === 0 ? [] : await db.selectFrom('shipment').select('shipment.id').where('shipment.id', 'in', [...new Set(meant.values())]).where('shipment.company', '=', company).execute();
  const ofOrders = await ordersSeen(tx, by, company, names.references.filter(({ kind }) => kind === 'order_name').map(({ value }) => value));
  const seenLoads = new Set(loads.flatMap((row) => [row.name_key, ...row.aliases]));
  const seenShipments = new Set(shipments.map((row) => row.id));
  const sees = (reference: Reference) => (reference.kind === 'order_name' ? ofOrders.orders.has(reference.value) : seenShipments.has(meant.get(referenceKey(reference)) ?? ''));
  // What is named by itself stays under the name that was given.
  const seen = [...ofOrders.deliveries, ...names.references.filter(sees)];
  const claimed = { loads: names.loads.filter((load) => !seenLoads.has(load)), references: names.references.filter((reference) => !sees(reference)) };
  return {
    loads: names.loads.filter((load) => seenLoads.has(load)), references: [...new Map(seen.map((reference) => [`${reference.kind} ${reference.value}`, reference])).values()],
    ...(claimed.loads.length + claimed.references.length === 0 ? {} : { claimed }),
  };
}

/** All names once the claimed ones count: what stood for an order as far as an outsider sees it gives way to the order. */
export function confirmedNames({ references }: Pick<AppointmentRecord, 'references'>, claimed: readonly Reference[]): Reference[] {
  const isForOrder = ({ kind, issuer }: Reference) => kind === 'delivery_name' && issuer !== ourConnection;
  return [...(claimed.some(({ kind }) => kind === 'order_name') ? references.filter((each) => !isForOrder(each)) : references), ...claimed];
}

/** Which of these orders somebody sees, and of the others the deliveries and receipts that it sees and that are still to be handled. */
async function ordersSeen(tx: Transaction, by: Principal, company: string, names: readonly string[]): Promise<{ orders: Set<string>; deliveries: Reference[] }> {
  if (names.length === 0) return { orders: new Set(), deliveries: [] };
  const { rows } = await sql<{ name: string; id: string; connection: string; shipment_id: string | null; reference: string | null }>`
    select upper(regexp_replace(o.reference, '\\s', '', 'g')) as name, o.id, o.connection, coalesce(s.merged_into, s.id) as shipment_id, t.reference
    from sales_order o left join transfer t on t.order_id = o.id and t.company = o.company and not t.deleted and t.direction in ('INCOMING', 'OUTGOING') and t.state not in ('draft', 'cancel', 'done')
    left join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1) left join shipment s on s.id = r.shipment_id
    where upper(regexp_replace(o.reference, '\\s', '', 'g')) = any(${[...names]}::text[]) and o.company = ${company} and not o.deleted order by t.reference`.execute(tx);
  const { db } = readerFor(tx, by);
  if (rows.length === 0) return { orders: new Set(), deliveries: [] };
  const meant = [...new Set(rows.flatMap((row) => row.shipment_id ?? []))];
  const orders = await db.selectFrom('sales_order').select('sales_order.id').where('sales_order.id', 'in', [...new Set(rows.map(({ id }) => id))]).execute();
  const shipments = meant.length === 0 ? [] : await db.selectFrom('shipment').select('shipment.id').where('shipment.id', 'in', meant).execute();
  const [seenOrders, seenShipments] = [new Set(orders.map(({ id }) => id)), new Set(shipments.map(({ id }) => id))];
  return {
    orders: new Set(rows.filter(({ id }) => seenOrders.has(id)).map(({ name }) => name)),
    deliveries: rows.filter((row) => !seenOrders.has(row.id) && row.shipment_id !== null && seenShipments.has(row.shipment_id)).map(({ connection, reference }): Reference => ({ kind: 'delivery_name', issuer: connection, value: normalizeReferenceValue(reference!) })),
  };
}

/**
 * A load has one living appointment at a facility in a direction. The caller holds the facility.
 * @param but UUID of the appointment that is to be for them
 * @throws GatehouseError CONFLICT, which names the other where the asker sees it
 */
export async function checkLoadsFree(tx: Transaction, by: Principal, facility: OwnFacility, direction: DockDirection, loads: readonly string[], but: string | null = null): Promise<void> {
  if (loads.length === 0) return;
  const others = await tx.selectFrom('appointment_number as booked').innerJoin('appointment as a', 'a.id', 'booked.appointment_id').select(['a.id', 'a.confirmation', 'booked.number'])
    .where('booked.number', 'in', [...loads]).where('a.facility_id', '=', facility.id).where('a.direction', '=', direction).where('a.state', 'in', [...livingStates]).where('a.deleted', '=', false).orderBy('a.starts_at').execute();
  const other = others.find(({ id }) => id !== but);
  if (other === undefined) return;
  const isSeen = (await readerFor(tx, by).db.selectFrom('appointment').select('appointment.id').where('appointment.id', '=', other.id).executeTakeFirst()) !== undefined;
  throw new GatehouseError('CONFLICT', isSeen ? `${other.number} has an appointment there already: ${other.confirmation ?? other.id}. Move or cancel that one.` : `${other.number} has an appointment there already.`, { field: 'input.loads' });
}
