/** Records as the gatehouse addon sends them: Odoo's field names, a many2one with id and name. */

export interface Many2one {
  id: number;
  name: string;
}

export interface PartnerReference extends Many2one {
  commercial_partner_id: Many2one;
}

export interface PartnerRecord {
  name: string;
  commercial_partner_id: Many2one;
  email: string | false;
  phone: string | false;
  street: string;
  street2: false;
  city: string;
  zip: string;
  state_id: Many2one | false;
  country_code: string;
}

export interface ProductRecord {
  name: string;
  default_code: string;
  barcode: string;
  weight: number;
  weight_uom_name: string;
}

export interface OrderLine {
  id: number;
  product_id: Many2one;
  name: string;
  quantity: number;
  uom_id: Many2one;
  display_type: false;
}

export interface OrderRecord {
  name: string;
  state: 'draft' | 'sale' | 'cancel';
  partner_id: PartnerReference;
  partner_shipping_id: PartnerReference;
  client_order_ref: string | false;
  date_order: string;
  commitment_date: string;
  amount_total: number;
  currency_id: Many2one;
  delivery_status: 'pending' | 'full' | false;
  invoice_status: 'no' | 'to invoice' | 'invoiced';
  lines: OrderLine[];
}

export interface PickingLine {
  id: number;
  product_id: Many2one;
  quantity: number;
  uom_id: Many2one;
  lot_id: false;
  package_id: Many2one | false;
}

export interface PickingRecord {
  name: string;
  state: 'assigned' | 'done' | 'cancel';
  picking_type_code: 'outgoing';
  origin: string;
  partner_id: PartnerReference;
  sale_id: Many2one;
  purchase_id: false;
  backorder_id: false;
  return_id: false;
  carrier_id: Many2one;
  carrier_tracking_ref: string | false;
  scheduled_date: string;
  date_deadline: string;
  date_done: string | false;
  weight: number;
  weight_uom_name: string;
  package_count: number;
  lines: PickingLine[];
}

export interface InvoiceRecord {
  name: string;
  state: 'posted';
  payment_state: 'not_paid' | 'paid';
  move_type: 'out_invoice';
  partner_id: PartnerReference;
  invoice_origin: string;
  invoice_date: string;
  invoice_date_due: string;
  amount_total: number;
  amount_residual: number;
  currency_id: Many2one;
}

export interface StockRecord {
  product_id: Many2one;
  location_id: Many2one;
  quantity: number;
  reserved_quantity: number;
  uom_id: Many2one;
}

export interface Records {
  'res.partner': PartnerRecord;
  'product.product': ProductRecord;
  'sale.order': OrderRecord;
  'stock.picking': PickingRecord;
  'account.move': InvoiceRecord;
  'stock.quant': StockRecord;
}
export type Model = keyof Records;

/** The topic under which the addon sends each model. */
export const topics: Readonly<Record<Model, string>> = {
  'res.partner': 'partner',
  'product.product': 'product',
  'sale.order': 'order',
  'stock.picking': 'delivery',
  'account.move': 'invoice',
  'stock.quant': 'stock',
};

export const company: Many2one = { id: 1, name: 'Harbor Supply' };
export const database = 'sandbox';

/** Odoo's datetime: UTC, whole seconds, without a zone. */
export function datetime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

export function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
