import { instant } from '../../lib/clock.js';
import { decimalText } from '../../lib/decimal.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import type { ReportedShopOrder, ShopOrderPeople, ShopOrderState, ShopPayment } from '../../model/shop.js';
import { parseOffsetTime } from '../../model/time.js';
import { amountOf, joinedName, shopAddress, shopOrderFact } from '../kit/shop.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { payments, sentStates } from './codes.js';
import { linesOf } from './lines.js';
import { allocation, itemsOf, shippingLine, taxLine, type address, type Order } from './payloads.js';
import type { z } from 'zod';
import type { ShopifySettings } from './settings.js';

/**
 * The order as the shop has it. Its version is `updated_at`, which Shopify keeps to the second: of two versions of one second the one
 * stands that was stated later (`X-Shopify-Triggered-At`).
 * @returns null where it lacks what makes it an order, and `anomalies` says what
 */
export function orderFact(order: Order, settings: Pick<ShopifySettings, 'testOrders'>, triggeredAt: string | undefined, anomalies: Anomaly[]): Fact | null {
  const updated = parseOffsetTime(order.updated_at);
  const made = parseOffsetTime(order.processed_at ?? order.created_at ?? '');
  const currency = order.currency ?? '';
  if (updated === null || made === null || order.total_price == null || !/^[A-Z]{3}$/.test(currency)) {
    anomalies.push({ kind: 'FIELD_INVALID', message: 'An order has no time, no total or no currency and was left out.', severity: 'HIGH' });
    return null;
  }
  const { lines, isWhole, total: ofLines } = linesOf(order, anomalies);
  const shipping = shippingOf(order);
  const total = isWhole ? order.total_price : decimalText(ofLines + shipping.total + amountOf(order.total_tip_received) + amountOf(order.current_total_duties_set?.shop_money.amount) + amountOf(order.current_total_additional_fees_set?.shop_money.amount));
  const note = filled(order.note);
  const payload: ReportedShopOrder = {
    name: clip(filled(order.name) ?? order.id, 60), state: stateOf(order, lines.length > 0 && lines.every(({ line }) => line.quantity === '0'), settings), rawState: clip([order.cancelled_at == null ? null : 'cancelled', order.closed_at == null ? null : 'closed', order.test === true ? 'test' : null, order.financial_status, order.fulfillment_status].filter((word) => filled(word) !== undefined).join(', '), 200),
    payment: paymentOf(order, anomalies), fulfilledBy: lines.length > 0 && lines.every((line) => line.byOthers || line.line.isVirtual === true) && lines.some((line) => line.byOthers) ? 'MARKETPLACE' : 'MERCHANT', orderedAt: made.instant,
    total: { amount: total, currency }, pricesIncludeTax: order.taxes_included === true, lines: lines.map(({ line, byOthers }) => (byOthers ? { ...line, isVirtual: true as const } : line)), people: peopleOf(order),
    ...(shipping.said === null ? {} : { shipping: shipping.said }), ...(note === undefined ? {} : { note: clip(note, 2_000) }),
  };
  const stated = parseOffsetTime(triggeredAt ?? '');
  return shopOrderFact({ id: order.id, version: Date.parse(updated.instant), observedAt: instant(Math.max(Date.parse(updated.instant), Date.parse(stated?.instant ?? updated.instant))), order: payload });
}

/** An order of which everything was taken off before it was sent is called off, though nobody cancelled it: once it is refunded, or put away as done. */
function stateOf({ cancelled_at: cancelled, closed_at: closed, fulfillment_status: sent, financial_status: paid, confirmed, test }: Order, isNothingWanted: boolean, { testOrders }: Pick<ShopifySettings, 'testOrders'>): ShopOrderState {
  if (filled(cancelled) !== undefined || (isNothingWanted && (filled(closed) !== undefined || paid === 'refunded'))) return 'CANCELLED';
  if (filled(closed) !== undefined || rowOf(sentStates, sent ?? '') === true) return 'CLOSED';
  return confirmed === false || (test === true && testOrders !== 'take') ? 'HELD' : 'OPEN';
}

function paymentOf({ financial_status: status }: Order, anomalies: Anomaly[]): ShopPayment {
  const payment = rowOf(payments, status ?? '');
  if (payment === undefined && filled(status) !== undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `An order has the financial_status ${clip(status!, 40)}, which is not known here.`, severity: 'LOW', rawCode: clip(status!, 60) });
  return payment ?? 'UNKNOWN';
}

/** All of it that stands: what the buyer chose, its price after discounts, and what it comes to with tax, in millionths. */
function shippingOf(order: Order): { said: { code?: string; label: string; price: string } | null; total: bigint } {
  const standing = itemsOf(shippingLine, order.shipping_lines).filter((each) => each.is_removed !== true);
  if (standing.length === 0) return { said: null, total: 0n };
  const price = standing.reduce((sum, each) => sum + (each.discounted_price == null ? amountOf(each.price) - itemsOf(allocation, each.discount_allocations).reduce((off, { amount }) => off + amountOf(amount), 0n) : amountOf(each.discounted_price)), 0n);
  const tax = standing.flatMap((each) => itemsOf(taxLine, each.tax_lines)).reduce((sum, each) => sum + amountOf(each.price), 0n);
  const code = filled(standing[0]!.code);
  const label = standing.flatMap((each) => filled(each.title) ?? []).join(', ');
  return { said: { ...(code === undefined ? {} : { code: clip(code, 100) }), label: clip(label === '' ? 'Shipping' : label, 200), price: decimalText(price) }, total: price + (order.taxes_included === true ? 0n : tax) };
}

function peopleOf({ customer, email, contact_email: contact, phone, billing_address: billing, shipping_address: shipping }: Order): ShopOrderPeople {
  const [mail, number] = [filled(email) ?? filled(contact) ?? filled(customer?.email), filled(phone) ?? filled(customer?.phone) ?? filled(shipping?.phone) ?? filled(billing?.phone)];
  const [billTo, shipTo] = [addressOf(billing), addressOf(shipping)];
  return {
    ...(customer?.id == null ? {} : { buyerId: customer.id }), ...(mail === undefined ? {} : { email: clip(mail, 250) }), ...(number === undefined ? {} : { phone: clip(number, 60) }),
    ...(billTo === undefined ? {} : { billTo }), ...(shipTo === undefined ? {} : { shipTo }),
  };
}

function addressOf(of: z.infer<typeof address> | null | undefined) {
  if (of == null) return undefined;
  return shopAddress({
    name: filled(of.name) ?? joinedName(of.first_name, of.last_name), company: of.company, street: of.address1, street2: of.address2, city: of.city, postalCode: of.zip, region: filled(of.province_code) ?? of.province, country: of.country_code, phone: of.phone,
  });
}
