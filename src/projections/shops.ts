import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import type { ShopFulfilmentTable, ShopOrderTable } from '../db/schema.js';
import type { LogEvent } from '../events/event.js';
import type { Money, OrderRecord, TransferRecord } from '../model/facts.js';
import type { OdooOrderLine, ShopDelivery, StandingShopOrder } from '../model/shop-orders.js';
import type { ShopFulfiller, ShopOrderLine, ShopOrderState, ShopPayment } from '../model/shop.js';
import { recordId, recordsOf } from './record-ids.js';

/** Has orders of shops looked at of which events say something: the shop, Odoo of its order, or Odoo of a delivery of that. */
export async function markShopOrders(tx: Transaction, events: readonly LogEvent[]): Promise<void> {
  const own = recordsOf(events, 'shop_order');
  const ofOrders = events.flatMap((event) => {
    const shop = event.type === 'order.reported' ? (event.payload as { data: OrderRecord }).data.shop : undefined;
    return shop === undefined ? [] : [recordId('shop_order', shop.connection, shop.order)];
  });
  const orderIds = events.flatMap((event) => {
    const order = event.type === 'transfer.reported' ? (event.payload as { data: TransferRecord }).data.orderId : undefined;
    return order === undefined ? [] : [recordId('order', event.connection!, order)];
  });
  const ofTransfers = orderIds.length === 0 ? [] : await tx.selectFrom('sales_order').select('shop_order_id').where('id', '=', sql<string>`any(${orderIds}::uuid[])`).where('shop_order_id', 'is not', null).execute();
  await markShopOrdersDue(tx, [...own, ...ofOrders, ...ofTransfers.map((row) => row.shop_order_id!)], null);
}

/**
 * @param ids of orders of shops, whether they are known or not
 * @param notBefore ISO instant; null: at once
 */
export async function markShopOrdersDue(tx: Transaction, ids: readonly string[], notBefore: string | null): Promise<void> {
  if (ids.length === 0) return;
  // One that is marked already is held until this transaction ends: nobody takes it before what changes can be seen.
  await sql`
    insert into shop_due (shop_order_id, not_before) select distinct id, coalesce(${notBefore}::timestamptz, '-infinity') from unnest(${[...ids]}::uuid[]) as x(id) order by id
    on conflict (shop_order_id) do update set not_before = least(shop_due.not_before, excluded.not_before)`.execute(tx);
}

/** Whether any order of a shop is to be looked at now. */
export async function isShopOrderDue(db: Queryable): Promise<boolean> {
  return (await db.selectFrom('shop_due').select('shop_order_id').where('not_before', '<=', sql<string>`now()`).limit(1).executeTakeFirst()) !== undefined;
}

/** Takes what is due, at most so many. @returns ids of orders of shops */
export async function takeDueShopOrders(tx: Transaction, limit: number): Promise<string[]> {
  const { rows } = await sql<{ shop_order_id: string }>`
    delete from shop_due where shop_order_id in (select shop_order_id from shop_due where not_before <= now() order by shop_order_id limit ${limit} for update skip locked) returning shop_order_id`.execute(tx);
  return rows.map((row) => row.shop_order_id);
}

/** An order of a shop with what Odoo has of it. */
export interface ShopOrderWithOdoo {
  id: string;
  subject: string;
  company: string;
  order: StandingShopOrder;
  personalDataId: string | null;
  sealed: string | null;
  correlationId: string | null;
  /** In Odoo, with its deliveries, those that were done first first; null: it is not there yet. */
  inOdoo: { lines: OdooOrderLine[]; deliveries: ShopDelivery[] } | null;
}

type OrderRow = Pick<ShopOrderTable, 'id' | 'subject' | 'company' | 'connection' | 'order_key' | 'reference' | 'state' | 'payment' | 'fulfilled_by' | 'ordered_at' | 'deliver_by' | 'prices_include_tax' | 'personal_data_id' | 'sealed'> & {
  total: Money; lines: ShopOrderLine[]; shipping: { label: string; price: string } | null; correlation_id: string | null;
};

/** These orders, as far as the shop has told of them. One that was deleted there is called off, unless everything of it was done. */
export async function shopOrdersWithOdoo(tx: Transaction, ids: readonly string[]): Promise<ShopOrderWithOdoo[]> {
  const wanted = sql`any(${[...ids]}::uuid[])`;
  const { rows } = await sql<OrderRow>`
    select s.id, s.subject, s.company, s.connection, s.order_key, s.reference, case when s.deleted and s.state <> 'CLOSED' then 'CANCELLED' else s.state end as state, s.payment, s.fulfilled_by, s.ordered_at, s.deliver_by, s.prices_include_tax, s.personal_data_id, s.sealed, s.total, s.lines, s.shipping,
      (select e.correlation_id from event e where e.subject = s.subject order by e.position desc limit 1) as correlation_id
    from shop_order s where s.id = ${wanted} order by s.id`.execute(tx);
  const orders = await sql<{ id: string; shop_order_id: string; lines: OdooOrderLine[] }>`
    select o.id, o.shop_order_id, o.lines from sales_order o join shop_order s on s.id = o.shop_order_id and s.company = o.company where o.shop_order_id = ${wanted} and o.direction = 'SALE' and not o.deleted order by o.id`.execute(tx);
  const deliveries = await deliveriesOf(tx, orders.rows.map((row) => row.id));
  return rows.map((row): ShopOrderWithOdoo => {
    const odoo = orders.rows.filter((each) => each.shop_order_id === row.id);
    return {
      id: row.id, subject: row.subject, company: row.company, personalDataId: row.personal_data_id, sealed: row.sealed, correlationId: row.correlation_id,
      order: {
        connection: row.connection, order: row.order_key, name: row.reference, state: row.state as ShopOrderState, payment: row.payment as ShopPayment, fulfilledBy: row.fulfilled_by as ShopFulfiller,
        orderedAt: row.ordered_at, deliverBy: row.deliver_by, total: row.total.amount, currency: row.total.currency, pricesIncludeTax: row.prices_include_tax, lines: row.lines, shipping: row.shipping,
      },
      inOdoo: odoo.length === 0 ? null : { lines: odoo.flatMap((each) => each.lines), deliveries: deliveries.filter((each) => odoo.some(({ id }) => id === each.order_id)).map(({ order_id: _, ...delivery }) => delivery) },
    };
  });
}

/** What goes out to who bought; steps within our walls and what comes back is no delivery. */
async function deliveriesOf(tx: Transaction, orderIds: readonly string[]): Promise<Array<ShopDelivery & { order_id: string }>> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<ShopDelivery & { order_id: string }>`
    select order_id, subject as transfer, reference as name, state, done_at as "doneAt", carrier, tracking_numbers as "trackingNumbers", lines from transfer
    where order_id = any(${[...orderIds]}::uuid[]) and direction = 'OUTGOING' and return_of is null and not deleted order by done_at nulls last, id`.execute(tx);
  return rows;
}

export type ToldShopOrder = { shop_order_id: string; connection: string; revision: number; digest: string; command_id: string };

/** What Odoo was told of these orders; locks it until the transaction ends. */
export async function toldShopOrders(tx: Transaction, ids: readonly string[]): Promise<Map<string, ToldShopOrder>> {
  const rows = await tx.selectFrom('shop_told').select(['shop_order_id', 'connection', 'revision', 'digest', 'command_id']).where('shop_order_id', '=', sql<string>`any(${[...ids]}::uuid[])`).orderBy('shop_order_id').forUpdate().execute();
  return new Map(rows.map((row) => [row.shop_order_id, row]));
}

export async function keepToldShopOrders(tx: Transaction, rows: readonly ToldShopOrder[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into shop_told (shop_order_id, connection, revision, digest, command_id, updated_at)
    select shop_order_id, connection, revision, digest, command_id, now() from json_populate_recordset(null::shop_told, ${JSON.stringify(rows)}::json)
    on conflict (shop_order_id) do update set connection = excluded.connection, revision = excluded.revision, digest = excluded.digest, command_id = excluded.command_id, updated_at = excluded.updated_at`.execute(tx);
}

/** What a shop was told of one delivery. `command_id` is null where it had all of it as sent already. */
export type FulfilmentRow = Pick<ShopFulfilmentTable, 'transfer' | 'shop_order_id' | 'company' | 'connection' | 'command_id' | 'revision' | 'tracking_digest' | 'track_command_id'> & { lines: Array<{ id: string; sku: string; quantity: string }> };

/** Of these orders; locks it until the transaction ends. */
export async function fulfilmentsOfShopOrders(tx: Transaction, ids: readonly string[]): Promise<FulfilmentRow[]> {
  const { rows } = await sql<FulfilmentRow>`
    select transfer, shop_order_id, company, connection, command_id, revision, tracking_digest, track_command_id, lines from shop_fulfilment where shop_order_id = any(${[...ids]}::uuid[]) order by transfer for update`.execute(tx);
  return rows;
}

export async function keepFulfilments(tx: Transaction, rows: readonly FulfilmentRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into shop_fulfilment (transfer, shop_order_id, company, connection, command_id, revision, tracking_digest, track_command_id, lines, updated_at)
    select transfer, shop_order_id, company, connection, command_id, revision, tracking_digest, track_command_id, lines, now() from json_populate_recordset(null::shop_fulfilment, ${JSON.stringify(rows)}::json)
    on conflict (transfer) do update set command_id = excluded.command_id, revision = excluded.revision, tracking_digest = excluded.tracking_digest, track_command_id = excluded.track_command_id, lines = excluded.lines, updated_at = excluded.updated_at`.execute(tx);
}

/** Carrier and service that was booked for each of these transfers, by their subjects. */
export async function bookedCarriers(tx: Transaction, transfers: readonly string[]): Promise<Map<string, { carrier: string; service: string }>> {
  if (transfers.length === 0) return new Map();
  const { rows } = await sql<{ transfer: string; carrier: string; service: string }>`
    select distinct on (t.subject) t.subject as transfer, b.carrier, b.service from transfer t
    join reference r on r.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1) join booking_shipment x on x.shipment_id = r.shipment_id join booking b on b.id = x.booking_id
    where t.subject = any(${[...transfers]}::text[]) and not b.deleted and not b.is_return and b.state in ('BOOKED', 'PARTIAL') order by t.subject, b.updated_at desc, b.id`.execute(tx);
  return new Map(rows.map(({ transfer, carrier, service }) => [transfer, { carrier, service }]));
}
