import type { Random } from '../random.js';
import { currency, customers, deliveryMethods, products, unit, type Customer } from './catalog.js';
import { date, datetime, type InvoiceRecord, type Many2one, type OrderLine, type OrderRecord, type PickingRecord } from './records.js';

const hourMs = 3_600_000;

/** One sale with the documents that follow from it. All share one number. */
export interface Sale {
  number: number;
  customer: Customer;
  method: (typeof deliveryMethods)[number];
  order: OrderRecord;
  picking: PickingRecord;
  packages: number;
}

/**
 * A quotation and the delivery it will lead to.
 * @param createdMs when the customer asked
 * @param abroad whether it leaves the country; by chance where not said
 * @param warehouse short name of the warehouse that delivers it
 */
export function draftSale(number: number, createdMs: number, random: Random, abroad: boolean = random.chance(0.3), warehouse = 'WH'): Sale {
  const customer = random.pick(customers.filter((each) => (each.place.country !== 'US') === abroad));
  const method = random.weighted(deliveryMethods.filter((each) => each.reach === (abroad ? 'abroad' : 'domestic')));
  const lines = drawLines(number, random);
  const promisedMs = createdMs + (abroad ? 96 : 66) * hourMs + random.between(0, 10) * hourMs;
  const name = `S${number}`;
  const packages = random.chance(0.12) ? 2 : 1;
  const kilograms = sum(lines, (line) => line.quantity * productOf(line).record.weight);
  const order: OrderRecord = {
    name, state: 'draft', locked: false, partner_id: customer.company, partner_shipping_id: customer.delivery,
    client_order_ref: random.chance(0.6) ? `PO-${random.between(10_000, 99_999)}` : null,
    date_order: datetime(createdMs), commitment_date: datetime(promisedMs),
    amount_total: Math.round(sum(lines, (line) => line.quantity * productOf(line).price) * 100) / 100,
    currency_id: currency, delivery_status: null, invoice_status: 'no', lines,
  };
  const picking: PickingRecord = {
    name: `${warehouse}/OUT/${number}`, state: 'assigned', picking_type_code: 'outgoing', origin: name, priority: '0', partner_id: customer.delivery,
    sale_id: { id: number, name }, purchase_id: null, backorder_id: null, return_id: null,
    carrier_id: method.method, carrier_tracking_ref: null,
    scheduled_date: datetime(createdMs + 4 * hourMs), date_deadline: datetime(promisedMs), date_done: null,
    weight: Math.round(kilograms * 100) / 100, weight_uom_name: 'kg', package_count: packages,
    lines: lines.map((line, index) => ({ id: line.id, product_id: line.product_id, quantity: line.quantity, uom_id: unit, lot_id: null, package_id: packageOf(number, index % packages), order_line_id: line.id })),
    moves: lines.map((line) => ({ id: line.id, product_id: line.product_id, state: 'assigned', product_uom_qty: line.quantity, quantity: line.quantity, picked: false, uom_id: unit, order_line_id: line.id })),
  };
  return { number, customer, method, order, picking, packages };
}

export function invoiceOf(sale: Sale, atMs: number): InvoiceRecord {
  return {
    name: `INV/${date(atMs).slice(0, 4)}/${sale.number}`, state: 'posted', payment_state: 'not_paid', move_type: 'out_invoice',
    partner_id: sale.customer.company, invoice_origin: sale.order.name, invoice_date: date(atMs), invoice_date_due: date(atMs + 30 * 24 * hourMs),
    amount_total: sale.order.amount_total, amount_residual: sale.order.amount_total, currency_id: currency,
  };
}

function packageOf(number: number, index: number): Many2one {
  return { id: number * 2 + index, name: `PACK${number}-${index + 1}` };
}

function drawLines(number: number, random: Random): OrderLine[] {
  const wanted = random.between(1, 3);
  const chosen = new Set<(typeof products)[number]>();
  while (chosen.size < wanted) chosen.add(random.pick(products));
  return [...chosen].map((product, index) => ({
    id: number * 4 + index, product_id: { id: product.id, name: product.record.name }, name: `[${product.record.default_code}] ${product.record.name}`,
    quantity: product.record.weight > 5 ? 1 : random.between(1, 12), uom_id: unit, display_type: null,
  }));
}

function productOf(line: OrderLine): (typeof products)[number] {
  return products.find((product) => product.id === line.product_id.id)!;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
