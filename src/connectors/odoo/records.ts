import type { z } from 'zod';
import type { InvoiceRecord, Money, OrderRecord, PartyRecord, ProductRecord, Release, StockRecord, TransferRecord } from '../../model/facts.js';
import { normalizeReferenceValue } from '../../model/references.js';
import { clip, maxReferenceLength } from '../kit/text.js';
import { compact, given, idOf, InvalidField, nameOf, optionalCount, optionalDecimal, requiredDecimal, text, utcInstant, type Drop } from './fields.js';
import type { invoiceRecord, locationReference, orderRecord, partnerReference, partnerRecord, pickingRecord, productRecord, stockRecord } from './payloads.js';

/** Odoo's default unit of product weight; the addon says which one where it is set otherwise. */
const defaultWeightUnit = 'kg';
/** Odoo's name of the unit that counts pieces. */
const defaultUnit = 'Units';
const noteLimit = 1000;
/** Lines beyond this number are no order that people wrote. */
const maxLines = 5000;
/** Parcels beyond this number are no delivery of one transfer. */
const maxTrackingNumbers = 500;
/** Reasons beyond this number help nobody. */
const maxReasons = 50;
/** A name with blanks and marks that its reference drops. */
const maxNameLength = 300;

/** sale.order and purchase.order are two tables of Odoo that number from 1 each. */
export function orderId(direction: OrderRecord['direction'], recordId: number | string): string {
  return direction === 'SALE' ? String(recordId) : `purchase-${recordId}`;
}

export function toOrder(record: z.infer<typeof orderRecord>, direction: OrderRecord['direction'], drop: Drop): OrderRecord {
  const promised = direction === 'SALE' ? utcInstant(record.commitment_date, 'commitment_date', drop) : utcInstant(record.date_planned, 'date_planned', drop);
  return compact({
    direction,
    name: requiredText(record.name, 'name'),
    state: requiredText(record.state, 'state'),
    customerReference: text(record.client_order_ref),
    partyId: commercialId(record.partner_id),
    shipToId: idOf(record.partner_shipping_id) ?? idOf(record.partner_id),
    orderedAt: utcInstant(record.date_order, 'date_order', drop),
    promisedAt: promised,
    total: optionalMoney(record.amount_total, record.currency_id, drop),
    deliveryStatus: text(record.delivery_status),
    invoiceStatus: text(record.invoice_status),
    shop: shopOf(given(record.shop)),
    lines: bounded(record.lines, drop).filter((line) => given(line.display_type) === undefined).map((line, index) => compact({
      id: String(line.id),
      productId: idOf(line.product_id),
      description: text(line.name, noteLimit) ?? nameOf(line.product_id) ?? '',
      quantity: requiredDecimal(line.quantity, `lines.${index}.quantity`),
      unit: nameOf(line.uom_id) ?? defaultUnit,
      shopLine: text(line.shop_line),
    })),
  });
}

export function toTransfer(record: z.infer<typeof pickingRecord>, direction: TransferRecord['direction'], drop: Drop): TransferRecord {
  const weight = optionalDecimal(record.weight, 'weight', drop);
  const sale = given(record.sale_id);
  const purchase = given(record.purchase_id);
  return compact({
    direction,
    name: deliveryName(record.name, drop),
    state: requiredText(record.state, 'state'),
    origin: text(record.origin),
    orderId: sale === undefined ? purchase && orderId('PURCHASE', purchase.id) : orderId('SALE', sale.id),
    orderName: nameOf(sale ?? purchase),
    partyId: given(record.partner_id) && commercialId(record.partner_id),
    shipToId: idOf(record.partner_id),
    carrier: nameOf(record.carrier_id),
    trackingNumbers: trackingNumbers(record.carrier_tracking_ref, drop),
    scheduledAt: utcInstant(record.scheduled_date, 'scheduled_date', drop),
    deadlineAt: utcInstant(record.date_deadline, 'date_deadline', drop),
    doneAt: utcInstant(record.date_done, 'date_done', drop),
    backorderOfId: idOf(record.backorder_id),
    returnOfId: idOf(record.return_id),
    // Odoo writes 0 where no product has a weight.
    weight: weight === undefined || weight === '0' ? undefined : { amount: weight, unit: text(record.weight_uom_name) ?? defaultWeightUnit },
    packageCount: optionalCount(record.package_count, 'package_count', drop),
    release: toRelease(given(record.release)),
    lines: bounded(record.lines, drop).map((line, index) => compact({
      id: String(line.id),
      productId: idOf(line.product_id),
      name: nameOf(line.product_id),
      quantity: requiredDecimal(line.quantity, `lines.${index}.quantity`),
      unit: nameOf(line.uom_id) ?? defaultUnit,
      lot: nameOf(line.lot_id),
      package: nameOf(line.package_id),
      location: locationOf(given(line.location_dest_id)),
      expiresOn: utcInstant(line.expiration_date, `lines.${index}.expiration_date`, drop)?.slice(0, 10),
      orderLineId: given(line.order_line_id)?.toString(),
    })),
  });
}

function locationOf(location: z.infer<typeof locationReference> | undefined): TransferRecord['lines'][number]['location'] {
  const [name, facility] = [text(location?.name), text(location?.warehouse)];
  return name === undefined ? undefined : { name, ...(facility === undefined ? {} : { facility }), stored: location!.stored === true };
}

function shopOf(shop: { connection: string; order: string } | undefined): OrderRecord['shop'] {
  const [connection, order] = [text(shop?.connection), text(shop?.order)];
  return connection === undefined || order === undefined ? undefined : { connection, order };
}

function toRelease(release: z.infer<typeof pickingRecord>['release']): Release | undefined {
  if (release == null || release === false) return undefined;
  return { ready: release.ready, blocked: release.blocked.slice(0, maxReasons).map(({ check, reason }) => ({ check: clip(check, 60), reason: clip(reason, 1000) })) };
}

export function toInvoice(record: z.infer<typeof invoiceRecord>, drop: Drop): InvoiceRecord {
  const currency = currencyCode(record.currency_id);
  if (currency === undefined) throw new InvalidField('currency_id.name', 'no ISO 4217 code');
  const total = requiredDecimal(record.amount_total, 'amount_total');
  return compact({
    // A draft has no number yet; Odoo itself writes a slash.
    name: text(record.name) ?? '/',
    state: requiredText(record.state, 'state'),
    paymentState: text(record.payment_state) ?? 'not_paid',
    partyId: commercialId(record.partner_id),
    orderNames: (text(record.invoice_origin, noteLimit) ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''),
    invoicedAt: utcInstant(record.invoice_date, 'invoice_date', drop),
    dueAt: utcInstant(record.invoice_date_due, 'invoice_date_due', drop),
    total: { amount: total, currency },
    residual: { amount: optionalDecimal(record.amount_residual, 'amount_residual', drop) ?? total, currency },
  });
}

export function toProduct(record: z.infer<typeof productRecord>, drop: Drop): ProductRecord {
  const weight = optionalDecimal(record.weight, 'weight', drop);
  return compact({
    name: requiredText(record.name, 'name'),
    sku: text(record.default_code),
    barcode: text(record.barcode),
    weight: weight === undefined || weight === '0' ? undefined : { amount: weight, unit: text(record.weight_uom_name) ?? defaultWeightUnit },
  });
}

export function toParty(record: z.infer<typeof partnerRecord>, recordId: number): PartyRecord {
  const street = [text(record.street), text(record.street2)].filter((part) => part !== undefined).join(', ');
  return compact({
    // An address (invoice, delivery) may have no name of its own.
    name: text(record.name) ?? nameOf(record.commercial_partner_id) ?? '',
    isPerson: record.is_company === false ? true : undefined,
    commercialId: idOf(record.commercial_partner_id) ?? String(recordId),
    email: text(record.email),
    phone: text(record.phone),
    street: street === '' ? undefined : street,
    city: text(record.city),
    region: nameOf(record.state_id),
    postalCode: text(record.zip),
    country: text(record.country_code)?.toUpperCase(),
  });
}

export function toStock(record: z.infer<typeof stockRecord>, drop: Drop): StockRecord {
  return {
    productId: String(record.product_id.id),
    locationId: String(record.location_id.id),
    locationName: nameOf(record.location_id) ?? String(record.location_id.id),
    onHand: requiredDecimal(record.quantity, 'quantity'),
    reserved: optionalDecimal(record.reserved_quantity, 'reserved_quantity', drop) ?? '0',
    unit: nameOf(record.uom_id) ?? defaultUnit,
  };
}

/** The party is the commercial entity; an order's or transfer's partner_id may be one of its addresses. */
function commercialId(partner: z.infer<typeof partnerReference> | null | false | undefined): string {
  const known = given(partner);
  const id = idOf(known?.commercial_partner_id) ?? idOf(known);
  if (id === undefined) throw new InvalidField('partner_id', 'is empty');
  return id;
}

/**
 * Odoo joins by commas; people who type numbers also use other marks. `False` is Odoo's empty value
 * printed as text. A number becomes the key of a reference, which is indexed: what is longer than
 * any name of a shipment is left out.
 */
function trackingNumbers(joined: string | null | false | undefined, drop: Drop): string[] {
  const numbers = (given(joined) ?? '').split(/[,;\n]/).map((number) => number.trim()).filter((number) => number !== '' && number !== 'False');
  const known = [...new Set(numbers)];
  const sane = known.filter((number) => fitsReference(number));
  if (sane.length < known.length) drop('carrier_tracking_ref', `${known.length - sane.length} of ${known.length} tracking numbers are longer than ${maxReferenceLength} characters`);
  if (sane.length > maxTrackingNumbers) drop('carrier_tracking_ref', `only the first ${maxTrackingNumbers} of ${sane.length} tracking numbers were read`);
  return sane.slice(0, maxTrackingNumbers);
}

/** The name is needed, and a key as well: one that is too long is cut, which matches nobody's paper. */
function deliveryName(value: string, drop: Drop): string {
  const name = requiredText(value, 'name');
  if (fitsReference(name)) return name;
  drop('name', `it is longer than ${maxReferenceLength} characters and was cut`);
  // Normal form first: some single characters grow to eighteen in it, and the mark of the cut to three.
  return clip(normalizeReferenceValue(name), maxReferenceLength - 2);
}

/** Measured as the reference keeps it. */
function fitsReference(name: string): boolean {
  return name.length <= maxNameLength && normalizeReferenceValue(name).length <= maxReferenceLength;
}

function optionalMoney(amount: number | string | null | false | undefined, currency: z.infer<typeof orderRecord>['currency_id'], drop: Drop): Money | undefined {
  const decimal = optionalDecimal(amount, 'amount_total', drop);
  if (decimal === undefined) return undefined;
  const code = currencyCode(currency);
  if (code === undefined) drop('currency_id.name', 'no ISO 4217 code');
  return code === undefined ? undefined : { amount: decimal, currency: code };
}

function currencyCode(currency: Parameters<typeof nameOf>[0]): string | undefined {
  const name = nameOf(currency);
  return name !== undefined && /^[A-Z]{3}$/.test(name) ? name : undefined;
}

function requiredText(value: string, path: string): string {
  const known = text(value);
  if (known === undefined) throw new InvalidField(path, 'is empty');
  return known;
}

function bounded<T>(lines: readonly T[] | undefined, drop: Drop): readonly T[] {
  if (lines === undefined || lines.length <= maxLines) return lines ?? [];
  drop('lines', `only the first ${maxLines} of ${lines.length} were read`);
  return lines.slice(0, maxLines);
}
