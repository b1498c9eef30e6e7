import { z } from 'zod';
import { customsContents } from '../../model/commands.js';

/**
 * What the Odoo addon sends: one envelope with a batch of events, each the whole state of one
 * record after a change. schema/odoo-events.json is generated from here.
 *
 * Conventions of every record: Odoo's own field names (where versions of Odoo differ, the addon
 * sends the name below); a many2one is `{"id", "name"}` or null; an empty field is null, absent or
 * Odoo's `false`; a datetime is Odoo's UTC text `YYYY-MM-DD HH:MM:SS`, a date `YYYY-MM-DD`; an
 * unknown key is ignored, so that a newer addon may speak to an older server.
 *
 * Patterns of times are published but not enforced by zod: a year mistyped in one field must cost
 * that field, not the record.
 */

/** Odoo writes `false` for an empty field of any type. */
function optional<T extends z.ZodType>(type: T) {
  return z.union([type, z.null(), z.literal(false)]).optional();
}

const text = z.string();
const amount = z.union([z.number(), z.string().regex(/^-?\d{1,18}(\.\d{1,12})?$/)]).meta({ description: 'A number, or the same as decimal text.' });
/** Published as a whole number and not enforced, like the patterns of times: what is out of range costs the field. */
const count = z.unknown().meta({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const recordId = z.int().min(1);
const datetime = z.string().meta({ pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$', description: 'Odoo datetime, UTC.' });
const date = z.string().meta({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'Odoo date.' });
const offsetTime = z.string().meta({ format: 'date-time', description: 'ISO 8601 with offset, e.g. 2026-11-21T12:00:00Z.' });

export const many2one = z.looseObject({ id: recordId, name: optional(text) }).meta({ id: 'Many2one' });

/** A many2one to res.partner also says which commercial entity the address belongs to. */
export const partnerReference = z.looseObject({
  id: recordId,
  name: optional(text),
  commercial_partner_id: optional(many2one),
}).meta({ id: 'PartnerReference' });

/** A line of a sale or purchase order. Section and note lines carry `display_type`. */
export const orderLine = z.looseObject({
  id: recordId,
  product_id: optional(many2one),
  name: optional(text),
  quantity: amount.meta({ description: 'Ordered: product_uom_qty of a sale line, product_qty of a purchase line.' }),
  uom_id: optional(many2one),
  display_type: optional(text),
  shop_line: optional(text).meta({ description: 'Of an order of a shop: the shop\'s own id of the line.' }),
}).meta({ id: 'OrderLine' });

/** sale.order or purchase.order. */
export const orderRecord = z.looseObject({
  name: text,
  state: text,
  partner_id: partnerReference,
  partner_shipping_id: optional(partnerReference),
  client_order_ref: optional(text).meta({ description: 'Customer reference of a sale order; partner_ref of a purchase order.' }),
  date_order: optional(datetime),
  commitment_date: optional(datetime).meta({ description: 'Promised to the customer (sale.order).' }),
  date_planned: optional(datetime).meta({ description: 'Expected arrival (purchase.order).' }),
  amount_total: optional(amount),
  currency_id: optional(many2one).meta({ description: 'name is the ISO 4217 code.' }),
  delivery_status: optional(text).meta({ description: 'delivery_status of a sale order; receipt_status of a purchase order.' }),
  invoice_status: optional(text),
  shop: optional(z.looseObject({ connection: text, order: text })).meta({ description: 'Of an order of a shop: the connection of the shop, and the shop\'s own id of the order.' }),
  lines: z.array(orderLine).optional(),
}).meta({ id: 'Order' });

/** A many2one to stock.location: `name` is its complete name. */
export const locationReference = z.looseObject({
  id: recordId,
  name: optional(text),
  warehouse: optional(text).meta({ description: 'Short name of the warehouse that it is part of.' }),
  stored: optional(z.boolean()).meta({ description: 'Whether it is storage: the stock location of its warehouse, or below that.' }),
}).meta({ id: 'LocationReference' });

/** One per stock.move.line where the move has any, else one per stock.move. */
export const pickingLine = z.looseObject({
  id: recordId,
  product_id: optional(many2one),
  quantity: amount,
  uom_id: optional(many2one),
  lot_id: optional(many2one),
  package_id: optional(many2one).meta({ description: 'The package it leaves in (result_package_id).' }),
  location_dest_id: optional(locationReference).meta({ description: 'Where it goes.' }),
  expiration_date: optional(datetime).meta({ description: 'Of its lot (product_expiry).' }),
  order_line_id: optional(recordId).meta({ description: 'The line of the sale or purchase order that it fulfils.' }),
}).meta({ id: 'PickingLine' });

/** One reason why a delivery is not released to transport. `check` says which check found it; a newer addon may make others. */
export const releaseBlock = z.looseObject({
  check: text.meta({ description: 'address, weight, dimensions, service, window, credit.' }),
  reason: text.meta({ description: 'For people.' }),
}).meta({ id: 'ReleaseBlock' });

/** stock.picking. */
export const pickingRecord = z.looseObject({
  name: text,
  state: text,
  picking_type_code: text.meta({ description: 'incoming, outgoing, internal, dropship, mrp_operation, repair_operation.' }),
  origin: optional(text),
  partner_id: optional(partnerReference),
  sale_id: optional(many2one),
  purchase_id: optional(many2one),
  backorder_id: optional(many2one),
  return_id: optional(many2one),
  carrier_id: optional(many2one),
  carrier_tracking_ref: optional(text).meta({ description: 'Tracking numbers, joined by commas.' }),
  scheduled_date: optional(datetime),
  date_deadline: optional(datetime).meta({ description: 'Promised to the customer.' }),
  date_done: optional(datetime),
  weight: optional(amount),
  weight_uom_name: optional(text),
  package_count: optional(count),
  release: optional(z.looseObject({ ready: z.boolean(), blocked: z.array(releaseBlock) })).meta({ description: 'Whether an open delivery may go to transport. Null where the company makes no checks, and for every other transfer.' }),
  lines: z.array(pickingLine).optional(),
}).meta({ id: 'Picking' });

/** account.move of an invoice type. */
export const invoiceRecord = z.looseObject({
  name: optional(text),
  state: text,
  payment_state: optional(text),
  move_type: optional(text),
  partner_id: partnerReference,
  invoice_origin: optional(text).meta({ description: 'Names of the orders it bills, joined by commas.' }),
  invoice_date: optional(date),
  invoice_date_due: optional(date),
  amount_total: amount,
  amount_residual: optional(amount),
  currency_id: many2one.meta({ description: 'name is the ISO 4217 code.' }),
}).meta({ id: 'Invoice' });

/** product.product. */
export const productRecord = z.looseObject({
  name: text,
  default_code: optional(text),
  barcode: optional(text),
  weight: optional(amount),
  weight_uom_name: optional(text),
}).meta({ id: 'Product' });

/** res.partner. */
export const partnerRecord = z.looseObject({
  name: optional(text),
  is_company: optional(z.boolean()).meta({ description: 'False of a person, whose name is then kept encrypted.' }),
  commercial_partner_id: optional(many2one),
  email: optional(text),
  phone: optional(text),
  street: optional(text),
  street2: optional(text),
  city: optional(text),
  zip: optional(text),
  state_id: optional(many2one),
  country_code: optional(text).meta({ description: 'ISO 3166 alpha-2.' }),
}).meta({ id: 'Partner' });

/** The level of one product at one location in one company: all its stock.quant added up. */
export const stockRecord = z.looseObject({
  product_id: many2one,
  location_id: many2one,
  quantity: amount,
  reserved_quantity: optional(amount),
  uom_id: optional(many2one),
}).meta({ id: 'StockLevel' });

const requestAddress = z.looseObject({
  name: optional(text), company: optional(text), street: optional(text), street2: optional(text), city: optional(text), region: optional(text).meta({ description: 'Code of the state.' }),
  postalCode: optional(text), country: optional(text).meta({ description: 'ISO 3166 alpha-2.' }), phone: optional(text), email: optional(text),
}).meta({ id: 'FreightAddress' });

const requestPackage = z.looseObject({
  id: z.string().min(1).max(100).meta({ description: 'Name of the package in Odoo, or of the transfer for what lies in none.' }),
  weight: optional(amount), weight_uom: optional(text).meta({ description: 'kg, lb.' }), length: optional(amount), width: optional(amount), height: optional(amount),
  dimension_uom: optional(text).meta({ description: 'mm, cm, m, in, ft.' }),
}).meta({ id: 'FreightPackage' });

const customsItem = z.looseObject({
  package: optional(text).meta({ description: 'id of the package that holds it.' }), description: z.string().min(1), quantity: amount, value: amount.meta({ description: 'Of one.' }), currency: text.meta({ description: 'ISO 4217.' }),
  weight: amount.meta({ description: 'Of one.' }), weight_uom: optional(text), hs_code: optional(text), origin: optional(text).meta({ description: 'ISO 3166 alpha-2.' }), sku: optional(text),
}).meta({ id: 'CustomsItem' });

const requestCustoms = z.looseObject({
  contents: z.enum(customsContents), explanation: optional(text), incoterm: optional(text), invoice: optional(text), signer: optional(text), items: z.array(customsItem).max(5000),
}).meta({ id: 'Customs', description: 'What customs are told of what crosses their border.' });

/** What is wanted at a carrier, as it was when it was asked for. The same request_id asks for the same thing. */
export const requestRecord = z.looseObject({
  request_id: z.string().min(1).max(100),
  kind: z.enum(['shipment.requested', 'shipment.cancel_requested', 'return_label.requested']),
  picking: optional(text),
  from: optional(requestAddress),
  to: optional(requestAddress),
  packages: z.array(requestPackage).max(1000).optional(),
  service: optional(z.looseObject({ carrier: text, code: text })).meta({ description: 'Chosen already. Without, the rules of Gatehouse choose.' }),
  quoted: optional(z.looseObject({ amount, currency: text })),
  quote_id: optional(text),
  promised_at: optional(offsetTime),
  label_format: optional(z.enum(['PDF', 'ZPL', 'PNG'])),
  customs: optional(requestCustoms),
  booking: optional(text).meta({ description: 'What is cancelled, where it is known.' }),
  cancels: optional(text).meta({ description: 'request_id of the booking that is cancelled.' }),
  replaces: optional(text).meta({ description: 'request_id of a booking in whose place this one comes: it is cancelled.' }),
  return_of: optional(text),
  return_of_request: optional(text).meta({ description: 'request_id of the booking that brought what comes back.' }),
}).meta({ id: 'Request' });
export type OdooRequestRecord = z.infer<typeof requestRecord>;

export const topics = ['order', 'delivery', 'receipt', 'invoice', 'product', 'partner', 'stock'] as const;
export type OdooTopic = (typeof topics)[number];

/** What every event carries, whatever its topic. */
export const eventBase = z.looseObject({
  id: z.string().min(1).max(200).meta({ description: 'Id of the outbox row (UUID); the same in every attempt to send it.' }),
  topic: z.string(),
  action: z.enum(['created', 'updated', 'deleted']),
  model: z.string().meta({ description: 'Odoo model, e.g. stock.picking.' }),
  recordId: z.int().min(0).meta({ description: 'Database id of the record; of the product for stock levels.' }),
  version: z.int().min(0).meta({ description: 'Rises with every change of the record (outbox sequence).' }),
  occurredAt: offsetTime,
  company: optional(many2one),
  transition: optional(z.looseObject({ field: text, from: optional(text), to: optional(text) })),
  origin: optional(z.string()).meta({ description: 'user, or gatehouse where our own write-back caused the change.' }),
  correlationId: optional(text),
  record: z.unknown().optional(),
});
export type OdooEventBase = z.infer<typeof eventBase>;

function changed<const T extends readonly OdooTopic[], R extends z.ZodType>(of: T, record: R) {
  return eventBase.extend({ topic: z.enum(of), action: z.enum(['created', 'updated']), record });
}

/** Stock keeps its record when deleted: product and location are its name. */
const deleted = eventBase.extend({ topic: z.enum(topics), action: z.literal('deleted') });

export const requestEvent = eventBase.extend({ topic: z.literal('request'), action: z.literal('created'), record: requestRecord });

export const event = z.union([
  changed(['order'], orderRecord),
  changed(['delivery', 'receipt'], pickingRecord),
  changed(['invoice'], invoiceRecord),
  changed(['product'], productRecord),
  changed(['partner'], partnerRecord),
  changed(['stock'], stockRecord),
  deleted,
]);
export type OdooEvent = z.infer<typeof event>;

export const envelope = z.looseObject({
  specversion: z.literal('1'),
  database: z.string(),
  odooVersion: z.string().meta({ examples: ['18.0'] }),
  sentAt: offsetTime,
  events: z.array(z.union([event, requestEvent])),
});

/** The envelope with its events unread, so that each is decoded on its own. */
export const looseEnvelope = z.looseObject({ specversion: z.literal('1'), events: z.array(z.unknown()) });

export type OdooEnvelope = z.infer<typeof envelope>;

/** JSON Schema 2020-12 of the body that the addon posts to /ingest/<connection>. */
export function odooEventsJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(envelope, { io: 'input' });
  return { $schema, $id: 'urn:gatehouse:odoo-events:1', title: 'What the Odoo addon sends to Gatehouse', ...rest };
}
