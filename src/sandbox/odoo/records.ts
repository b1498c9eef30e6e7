/** Records as the gatehouse addon sends them: Odoo's field names, a many2one with id and name, empty fields null. */

export interface Many2one {
  id: number;
  name: string;
}

export interface PartnerReference extends Many2one {
  commercial_partner_id: Many2one;
}

export interface PartnerRecord {
  name: string;
  is_company: boolean;
  commercial_partner_id: Many2one;
  email: string | null;
  phone: string | null;
  street: string;
  street2: null;
  city: string;
  zip: string;
  state_id: Many2one | null;
  country_code: string;
  active: boolean;
}

export interface ProductRecord {
  name: string;
  default_code: string;
  barcode: string;
  weight: number;
  weight_uom_name: string;
  active: boolean;
}

export interface OrderLine {
  id: number;
  product_id: Many2one;
  name: string;
  quantity: number;
  uom_id: Many2one;
  display_type: null;
  /** The shop's own id of the line, of an order of a shop. */
  shop_line?: string;
}

export interface OrderRecord {
  name: string;
  state: 'draft' | 'sale' | 'cancel';
  locked: boolean;
  partner_id: PartnerReference;
  partner_shipping_id: PartnerReference;
  client_order_ref: string | null;
  date_order: string;
  commitment_date: string | null;
  amount_total: number;
  currency_id: Many2one;
  delivery_status: 'pending' | 'full' | null;
  invoice_status: 'no' | 'to invoice' | 'invoiced';
  /** Of an order of a shop. */
  shop?: { connection: string; order: string };
  lines: OrderLine[];
}

export interface PickingLine {
  id: number;
  product_id: Many2one;
  quantity: number;
  uom_id: Many2one;
  lot_id: Many2one | null;
  package_id: Many2one | null;
  /** The line of the order that it fulfils. */
  order_line_id: number;
}

/** A stock.move: what was asked for, and how much of it is reserved or done. */
export interface MoveLine {
  id: number;
  product_id: Many2one;
  state: 'assigned' | 'done' | 'cancel';
  product_uom_qty: number;
  quantity: number;
  picked: boolean;
  uom_id: Many2one;
  order_line_id: number;
}

export interface PickingRecord {
  name: string;
  state: 'assigned' | 'done' | 'cancel';
  picking_type_code: 'outgoing' | 'incoming';
  origin: string;
  priority: '0' | '1';
  partner_id: PartnerReference;
  sale_id: Many2one;
  purchase_id: null;
  backorder_id: Many2one | null;
  return_id: null;
  carrier_id: Many2one | null;
  carrier_tracking_ref: string | null;
  scheduled_date: string;
  date_deadline: string | null;
  date_done: string | null;
  weight: number;
  weight_uom_name: string;
  package_count: number;
  lines: PickingLine[];
  moves: MoveLine[];
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

/** A receipt is a transfer under a topic of its own. */
export function topicOf(model: Model, record: Records[Model] | undefined): string {
  return model === 'stock.picking' && (record as PickingRecord | undefined)?.picking_type_code === 'incoming' ? 'receipt' : topics[model];
}

/** Master data belongs to no company of its own. */
export const sharedModels: readonly Model[] = ['res.partner', 'product.product'];

export type OdooVersion = '18.0' | '19.0';

export const company: Many2one = { id: 1, name: 'Harbor Supply' };
export const database = 'sandbox';

/** Odoo's datetime: UTC, whole seconds, without a zone. */
export function datetime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

export function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The one stock location; a level is known by its product. */
export const stockLevel = {
  location: 8,
  nought: (productId: number): StockRecord => ({
    product_id: { id: productId, name: `Product ${productId}` }, location_id: { id: 8, name: 'WH/Stock' }, quantity: 0, reserved_quantity: 0, uom_id: { id: 1, name: 'Units' },
  }),
};
