import type { Json } from '../../lib/json.js';
import type { WarehouseRelease } from '../../model/warehouse.js';
import type { Outcome } from '../contract.js';
import { failure } from '../kit/http.js';
import { warehouseUuid } from './api.js';
import type { ShipHeroSettings } from './settings.js';

/** What goes into a mutation. */
type Input = { [name: string]: Json };

export const queries = {
  findOrder: 'query ($id: String!) { orders(partner_order_id: $id) { request_id complexity data(first: 5) { edges { node { id order_number partner_order_id fulfillment_status } } } } }',
  ordersNamed: 'query ($name: String!) { orders(order_number: $name) { request_id complexity data(first: 20) { edges { node { id order_number partner_order_id fulfillment_status } } } } }',
  createOrder: 'mutation ($data: CreateOrderInput!) { order_create(data: $data) { request_id complexity order { id order_number partner_order_id fulfillment_status } } }',
  cancelOrder: 'mutation ($data: CancelOrderInput!) { order_cancel(data: $data) { request_id complexity order { id order_number partner_order_id fulfillment_status } } }',
  purchasesNamed: 'query ($name: String!) { purchase_orders(po_number: $name) { request_id complexity data(first: 20) { edges { node { id po_number partner_order_number fulfillment_status } } } } }',
  createPurchase: 'mutation ($data: CreatePurchaseOrderInput!) { purchase_order_create(data: $data) { request_id complexity purchase_order { id po_number partner_order_number fulfillment_status } } }',
  cancelPurchase: 'mutation ($data: CancelPurchaseOrderInput!) { purchase_order_cancel(data: $data) { request_id complexity } }',
  levels: 'query ($warehouse: String!, $first: Int!, $after: String) { warehouse_products(warehouse_id: $warehouse) { request_id complexity data(first: $first, after: $after) { pageInfo { hasNextPage endCursor } edges { node { sku on_hand allocated available } } } } }',
} as const;

/** An order for what is to be shipped. ShipHero counts whole pieces. */
export function orderInput(release: WarehouseRelease, command: string, settings: ShipHeroSettings): Outcome<Input> {
  const { party } = release;
  if (party?.street === undefined || party.city === undefined || party.country === undefined) return failure('invalid', 'ShipHero ships to a street, a city and a country: the address of the delivery lacks one of them.', '');
  const odd = release.lines.find((line) => !/^\d{1,9}$/.test(line.quantity));
  if (odd !== undefined) return failure('invalid', `ShipHero counts whole pieces: ${odd.quantity} ${odd.unit} of ${odd.sku} are none.`, '');
  const [first, ...rest] = (party.name ?? release.order).split(' ');
  return {
    ok: true,
    value: {
      ...account(settings), order_number: release.order, partner_order_id: command, shop_name: settings.shopName ?? 'Gatehouse', fulfillment_status: 'pending', subtotal: '0.00', total_discounts: '0.00', total_price: '0.00',
      ...(release.scheduledAt === undefined ? {} : { required_ship_date: release.scheduledAt }),
      shipping_lines: { title: release.carrier ?? 'Standard', carrier: release.carrier ?? 'Standard', method: release.carrier ?? 'Standard', price: '0.00' },
      shipping_address: { first_name: first ?? '', last_name: rest.join(' '), address1: party.street, city: party.city, state: party.region ?? '', zip: party.postalCode ?? '', country: party.country, ...(party.email === undefined ? {} : { email: party.email }), ...(party.phone === undefined ? {} : { phone: party.phone }) },
      line_items: release.lines.map((line) => ({
        sku: line.sku, partner_line_item_id: `${command}-${line.id}`, quantity: Number(line.quantity), price: '0.00', product_name: line.description, fulfillment_status: 'pending', quantity_pending_fulfillment: Number(line.quantity), warehouse_id: warehouseUuid(release.warehouse),
      })),
    },
  };
}

/** A purchase order for what is expected. */
export function purchaseInput(release: WarehouseRelease, command: string, settings: ShipHeroSettings): Outcome<Input> {
  const odd = release.lines.find((line) => !/^\d{1,9}$/.test(line.quantity));
  if (odd !== undefined) return failure('invalid', `ShipHero counts whole pieces: ${odd.quantity} ${odd.unit} of ${odd.sku} are none.`, '');
  const vendor: Input = settings.vendorId === undefined ? {} : { vendor_id: settings.vendorId };
  return {
    ok: true,
    value: {
      ...account(settings), ...vendor, po_number: release.order, partner_order_number: command, subtotal: '0.00', shipping_price: '0.00', total_price: '0.00', warehouse_id: warehouseUuid(release.warehouse), fulfillment_status: 'pending',
      ...(release.scheduledAt === undefined ? {} : { po_date: release.scheduledAt }),
      line_items: release.lines.map((line) => ({ sku: line.sku, quantity: Number(line.quantity), expected_weight_in_lbs: '0.00', quantity_received: 0, quantity_rejected: 0, price: '0.00', product_name: line.description, fulfillment_status: 'pending', sell_ahead: 0, ...vendor })),
    },
  };
}

export function account({ customerAccountId }: ShipHeroSettings): { customer_account_id?: string } {
  return customerAccountId === undefined ? {} : { customer_account_id: customerAccountId };
}
