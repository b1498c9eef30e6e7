import DataLoader from 'dataloader';
import { sql, type Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { OrderTable, PartyTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { pageLoader, type PageGroup } from '../shared/page-loader.js';
import type { Money } from './measures.js';
import type { Order, OrderLine, Party, Shipment } from './types.js';

export type OrderRow = Selectable<OrderTable>;

export function orderOf(row: OrderRow): Order {
  return {
    id: globalId('Order', row.id), uuid: row.id, reference: row.reference, direction: row.direction, state: row.state, customerReference: row.customer_reference,
    orderedAt: row.ordered_at, promisedAt: row.first_promised_at, plannedAt: row.promised_at, total: row.total as Money | null, deliveryStatus: row.delivery_status,
    invoiceStatus: row.invoice_status, allLines: row.lines as unknown as OrderLine[], updatedAt: row.updated_at, partyId: row.party_id,
  };
}

export function partyOf(row: Selectable<PartyTable>): Party {
  const address = row.address as Pick<Party, 'street' | 'city' | 'region' | 'postalCode' | 'country'>;
  return {
    id: globalId('Party', row.id), name: row.name, street: address.street, city: address.city, region: address.region, postalCode: address.postalCode, country: address.country,
    email: row.email, phone: row.phone, commercialId: row.commercial_id,
  };
}

/** One statement per kind and level. Everything is read as the principal. */
export function odooLoaders({ db }: Reader) {
  return {
    order: new DataLoader<string, Order | null>(async (ids) => {
      const rows = await db.selectFrom('sales_order').selectAll('sales_order').where('sales_order.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, orderOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    party: new DataLoader<string, Party | null>(async (ids) => {
      const rows = await db.selectFrom('party').selectAll('party').where('party.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, partyOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    orderOfShipment: new DataLoader<string, Order | null>(async (ids) => {
      const rows = await db
        .selectFrom('shipment')
        .innerJoin('sales_order', 'sales_order.id', 'shipment.order_id')
        .selectAll('sales_order')
        .select('shipment.id as shipment_id')
        .where('shipment.id', '=', anyOf(ids))
        .where('sales_order.deleted', '=', false)
        .execute();
      const byShipment = new Map(rows.map((row) => [row.shipment_id, orderOf(row)]));
      return ids.map((id) => byShipment.get(id) ?? null);
    }),
    /** Oldest first; `after` is the UUID of a shipment. */
    shipmentsOfOrder: pageLoader((groups) => readShipments(db, groups), (row): Shipment => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}

/** Pages of the shipments of any number of orders, with any arguments: one statement. */
async function readShipments(db: Reader['db'], groups: readonly PageGroup[]) {
  const pages = groups.map(({ number, parents, after, limit }) => {
    let shipments = db
      .selectFrom('shipment')
      .select(['shipment.id', 'order_id', sql<number>`row_number() over (partition by order_id order by shipment.id)`.as('place_in_order')])
      .where('order_id', '=', anyOf(parents))
      .where('merged_into', 'is', null);
    if (after !== null) shipments = shipments.where('shipment.id', '>', after);
    return db
      .selectFrom(shipments.as('numbered'))
      .select(['id', 'place_in_order', sql<number>`${number}::integer`.as('group_number'), 'order_id as parent_id'])
      .where('place_in_order', '<=', limit);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_order').execute();
}
