import DataLoader from 'dataloader';
import type { Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { OrderTable, PartyTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { FieldColumns } from '../shared/columns.js';
import { byUuid, listBelow, pageLoader } from '../shared/page-loader.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
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
  const address = row.address as Pick<Party, 'city' | 'region' | 'postalCode' | 'country'>;
  return {
    id: globalId('Party', row.id), city: address.city, region: address.region, postalCode: address.postalCode, country: address.country,
    commercialId: row.commercial_id, openName: row.name === '' ? null : row.name, person: { partyId: row.id, personalDataId: row.personal_data_id, sealed: row.sealed },
  };
}

/** Lines are read by those who ask for them: there may be thousands. */
export const orderFields = new FieldColumns('sales_order', ['id', 'reference'], {
  direction: ['direction'], state: ['state'], customerReference: ['customer_reference'], orderedAt: ['ordered_at'], promisedAt: ['first_promised_at'], plannedAt: ['promised_at'], total: ['total'],
  deliveryStatus: ['delivery_status'], invoiceStatus: ['invoice_status'], lines: ['lines'], updatedAt: ['updated_at'], party: ['party_id'],
});
const shipmentFields = new FieldColumns('shipment', ['id'], {});

const orders = rowsByKey({ columns: orderFields, from: (db) => db.selectFrom('sales_order').where('deleted', '=', false), key: 'sales_order.id' });
const ordersOfShipments = rowsByKey({
  columns: orderFields,
  from: (db) => db.selectFrom('shipment').innerJoin('sales_order', 'sales_order.id', 'shipment.order_id').where('sales_order.deleted', '=', false),
  key: 'shipment.id',
});
/** Oldest first. */
const shipmentsOfOrders = listBelow({ columns: shipmentFields, from: (db) => db.selectFrom('shipment').where('merged_into', 'is', null), parent: 'shipment.order_id', order: byUuid('shipment.id') });

/** One statement per kind and level. Everything is read as the principal. */
export function odooLoaders(reader: Reader) {
  return {
    order: rowLoader(reader, orders, orderOf),
    party: new DataLoader<string, Party | null>(async (ids) => {
      const rows = await reader.db.selectFrom('party').selectAll('party').where('party.id', '=', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, partyOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    orderOfShipment: rowLoader(reader, ordersOfShipments, orderOf),
    shipmentsOfOrder: pageLoader(reader, shipmentsOfOrders, (row: { id: string }): Shipment & { uuid: string } => ({ id: globalId('Shipment', row.id), uuid: row.id })),
  };
}
