import { decimalText, millionths } from '../../lib/decimal.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import type { ShopOrderLine, ShopOrderPeople } from '../../model/shop.js';
import { parseOffsetTime } from '../../model/time.js';
import { amountOf, decimalsOf, shareOf, shopAddress, shopOrderFact, unlessZero, withDecimals } from '../kit/shop.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { currencies, statuses } from './codes.js';
import type { Breakdown, Order, OrderItem } from './payloads.js';
import type { AmazonSettings } from './settings.js';

const one = 1_000_000n;
const maxLines = 2_000;
/** Proceeds of an order beside its articles, their carriage and taxes: lines of their own. */
const fees: Readonly<Record<string, string>> = { GIFT_WRAP: 'Gift wrap', COD_FEE: 'Cash on delivery', DELIVERY_TIP: 'Tip', OTHER: 'Other' };

/** What an order at Amazon is here; null where nothing can be said of it yet: one that waits for its payment has no amounts. */
export function orderFact(order: Order, settings: Pick<AmazonSettings, 'feeSku'>, anomalies: Anomaly[]): Fact | null {
  const status = order.fulfillment?.fulfillmentStatus ?? '';
  const known = rowOf(statuses, status);
  if (known === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `Amazon has a fulfillmentStatus ${clip(status, 40)}, which is not known here.`, severity: 'MEDIUM', rawCode: clip(status, 60) });
  const total = order.proceeds?.grandTotal;
  if (total == null && known?.state === 'HELD') return null;
  const [changed, ordered] = [parseOffsetTime(order.lastUpdatedTime), parseOffsetTime(order.createdTime)];
  const currency = total?.currencyCode ?? order.orderItems.find((each) => each.product.price?.unitPrice != null)?.product.price?.unitPrice?.currencyCode ?? rowOf(currencies, order.salesChannel.marketplaceId ?? '');
  if (changed === null || ordered === null || currency === undefined || !/^[A-Z]{3}$/.test(currency) || (total != null && millionths(total.amount) === null)) {
    anomalies.push({ kind: 'FIELD_INVALID', message: 'An order has no time, no currency or no total that could be read and was left out.', severity: 'HIGH' });
    return null;
  }
  const includesTax = pricesIncludeTax(order);
  const lines = [...order.orderItems.slice(0, maxLines).map((item) => lineOf(item)), ...feesOf(order, settings)];
  const shipped = order.orderItems.reduce((sum, { fulfillment }) => sum + (fulfillment?.quantityFulfilled ?? 0), 0);
  const [shipBy, deliverBy] = [order.fulfillment?.shipByWindow, order.fulfillment?.deliverByWindow].map((window) => parseOffsetTime(window?.latestDateTime ?? '')?.instant);
  const [shipping, note] = [shippingOf(order), noteOf(order)];
  return shopOrderFact({
    id: order.orderId, version: Math.floor(Date.parse(changed.instant) / 1000) * 1_000 + (known?.rank ?? 5) * 100 + Math.min(shipped, 99), observedAt: changed.instant,
    order: {
      name: order.orderId, state: known?.state ?? 'UNKNOWN', rawState: clip(filled(status) ?? 'none', 60), payment: known?.payment ?? 'UNKNOWN', fulfilledBy: order.fulfillment?.fulfilledBy === 'AMAZON' ? 'MARKETPLACE' : 'MERCHANT',
      orderedAt: ordered.instant, total: { amount: withDecimals(amountOf(total?.amount), decimalsOf(total?.amount ?? '')), currency }, pricesIncludeTax: includesTax, lines, people: peopleOf(order),
      ...(shipBy === undefined ? {} : { shipBy }), ...(deliverBy === undefined ? {} : { deliverBy }), ...(shipping === null ? {} : { shipping }), ...(note === undefined ? {} : { note }),
    },
  });
}

function lineOf(item: OrderItem): ShopOrderLine {
  const { orderItemId: id, quantityOrdered, product, proceeds, fulfillment } = item;
  const [sent, waiting] = [fulfillment?.quantityFulfilled ?? null, fulfillment?.quantityUnfulfilled ?? null];
  const parts = proceeds?.breakdowns;
  const told = subtotal(parts, 'ITEM');
  const unit = told !== null && quantityOrdered > 0 ? shareOf(told, one, BigInt(quantityOrdered) * one, 6) : amountOf(product.price?.unitPrice?.amount);
  const sku = filled(product.sellerSku) ?? '';
  return {
    id, sku: clip(sku, 120), description: clip(filled(product.title) ?? filled(sku) ?? filled(product.asin) ?? id, 250), unitPrice: decimalText(unit),
    // What was cancelled of it is neither sent nor to be sent.
    quantity: String(sent === null && waiting === null ? quantityOrdered : Math.min(quantityOrdered, (sent ?? 0) + (waiting ?? 0))),
    ...unlessZero('discount', magnitude(subtotal(parts, 'DISCOUNT') ?? 0n)), ...unlessZero('tax', taxOf(parts, (subtype) => subtype !== 'SHIPPING')), ...(sent === null || sent === 0 ? {} : { fulfilled: String(sent) }),
  };
}

function feesOf(order: Order, { feeSku }: Pick<AmazonSettings, 'feeSku'>): ShopOrderLine[] {
  return Object.entries(fees).flatMap(([type, label]): ShopOrderLine[] => {
    const amount = ofOrder(order, type);
    return amount === 0n ? [] : [{ id: `${order.orderId} ${type}`, sku: feeSku ?? '', description: label, quantity: '1', unitPrice: decimalText(amount), isVirtual: true }];
  });
}

function shippingOf(order: Order): { code?: string; label: string; price: string } | null {
  const level = filled(order.fulfillment?.fulfillmentServiceLevel);
  const price = ofOrder(order, 'SHIPPING');
  return level === undefined && price === 0n ? null : { ...(level === undefined ? {} : { code: clip(level, 60) }), label: clip(level ?? 'Shipping', 120), price: decimalText(price) };
}

/**
 * Whether taxes are in the prices or beside them. Amazon does not say, and it differs between marketplaces; the total does: it is
 * the sum of its parts with the taxes or without.
 */
function pricesIncludeTax(order: Order): boolean {
  const tax = ofOrder(order, 'TAX');
  const total = order.proceeds?.grandTotal;
  if (tax === 0n || total == null) return false;
  const parts = ['ITEM', 'SHIPPING', ...Object.keys(fees)].reduce((sum, type) => sum + ofOrder(order, type), 0n) - magnitude(ofOrder(order, 'DISCOUNT'));
  return parts === amountOf(total.amount);
}

/** Of the whole order: as it says, else what its articles say together. */
function ofOrder(order: Order, type: string): bigint {
  return subtotal(order.proceeds?.breakdowns, type) ?? order.orderItems.reduce((sum, { proceeds }) => sum + (subtotal(proceeds?.breakdowns, type) ?? 0n), 0n);
}

function subtotal(parts: readonly Breakdown[] | null | undefined, type: string): bigint | null {
  const found = (parts ?? []).filter((part) => part.type === type);
  return found.length === 0 ? null : found.reduce((sum, part) => sum + amountOf(part.subtotal?.amount), 0n);
}

function taxOf(parts: readonly Breakdown[] | null | undefined, isOf: (subtype: string) => boolean): bigint {
  const taxes = (parts ?? []).filter((part) => part.type === 'TAX');
  const left = taxes.flatMap((part) => part.detailedBreakdowns ?? []).filter(({ subtype }) => !isOf(subtype ?? '')).reduce((sum, { value }) => sum + amountOf(value?.amount), 0n);
  return (subtotal(parts, 'TAX') ?? 0n) - left;
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function peopleOf({ buyer, recipient }: Order): ShopOrderPeople {
  const to = recipient?.deliveryAddress;
  const lines = [to?.addressLine1, to?.addressLine2, to?.addressLine3].flatMap((line) => filled(line) ?? []);
  const shipTo = shopAddress({ name: to?.name, company: to?.companyName, street: lines[0], street2: lines.slice(1).join(', '), city: filled(to?.city) ?? filled(to?.municipality) ?? to?.districtOrCounty, region: to?.stateOrRegion, postalCode: to?.postalCode, country: to?.countryCode, phone: to?.phone });
  const [email, phone] = [filled(buyer?.buyerEmail), filled(to?.phone)];
  // Of who pays Amazon tells a name and no address, and no id that two orders would share.
  return { ...(email === undefined ? {} : { email: clip(email, 250) }), ...(phone === undefined ? {} : { phone: clip(phone, 60) }), ...(shipTo === undefined ? {} : { shipTo }) };
}

/** What the buyer wants of the delivery, and what is to stand on a gift. */
function noteOf({ recipient, orderItems }: Order): string | undefined {
  const wishes = [recipient?.deliveryPreference?.addressInstruction, recipient?.deliveryPreference?.dropOffLocation].flatMap((each) => filled(each) ?? []);
  const gifts = orderItems.flatMap(({ product, fulfillment }) => {
    const message = filled(fulfillment?.packing?.giftOption?.giftMessage);
    return message === undefined ? [] : [`Gift message for ${filled(product.sellerSku) ?? filled(product.title) ?? 'an article'}: ${message}`];
  });
  const all = [...wishes, ...gifts].join('\n');
  return all === '' ? undefined : clip(all, 2_000);
}
