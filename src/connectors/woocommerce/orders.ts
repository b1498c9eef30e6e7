import { instant } from '../../lib/clock.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import type { Anomaly, Fact } from '../../model/facts.js';
import type { ShopOrderLine, ShopOrderPeople, ShopOrderState, ShopPayment } from '../../model/shop.js';
import { boundedDecimal } from '../kit/numbers.js';
import { amountOf, decimalsOf, joinedName, shareOf, shopAddress, shopOrderFact, unlessZero, withDecimals } from '../kit/shop.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { instantOfLocal, parseLocalTime } from '../kit/zone.js';
import { orderStates, statusRanks } from './codes.js';
import { marksOn } from './deliveries.js';
import { eachOf, feeLine, lineItem, refund, refundedLine, shippingLine, type Order } from './payloads.js';
import type { WooCommerceSettings } from './settings.js';

type Settings = Pick<WooCommerceSettings, 'states' | 'feeSku'>;

const maxLines = 2_000;
const one = 1_000_000n;

/**
 * What an order of the shop is here. A webhook says that something was refunded, not what: such an order is read by the
 * next look, which asks for its refunds; until then nothing is said of it.
 * @param refunds as they were read to it; null: they were not asked for
 * @returns null where it is no order yet, or cannot be told without its refunds
 */
export function orderFact(order: Order, refunds: readonly unknown[] | null, settings: Settings, anomalies: Anomaly[]): Fact | null {
  const known = stateOf(order.status, settings);
  if (known === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `The shop has a status ${clip(order.status, 40)}, which is not known here: set what it means with states.`, severity: 'MEDIUM', rawCode: clip(order.status, 60) });
  if (known === 'DRAFT' || (refunds === null && (order.refunds ?? []).length > 0 && known !== 'REFUNDED')) return null;
  const modified = utc(order.date_modified_gmt);
  const orderedAt = utc(order.date_created_gmt) ?? modified;
  if (modified === null || orderedAt === null || !/^[A-Z]{3}$/.test(order.currency) || millionths(order.total ?? '') === null) {
    anomalies.push({ kind: 'FIELD_INVALID', message: 'An order has no time of its last change, no currency or no total and was left out.', severity: 'HIGH' });
    return null;
  }
  const marks = [...marksOn(order).values()];
  const fulfilled = new Map<string, bigint>();
  for (const { lines } of marks) for (const [line, quantity] of Object.entries(lines)) fulfilled.set(line, (fulfilled.get(line) ?? 0n) + amountOf(quantity));
  const { lines, takenOff } = linesOf(order, refundedOf(refunds ?? []), fulfilled, settings, anomalies);
  const rank = (rowOf(statusRanks, order.status) ?? 5) * 1_000 + Math.min(order.refunds?.length ?? 0, 9) * 100 + Math.min(marks.length, 49) * 2 + (refunds === null ? 0 : 1);
  const note = filled(order.customer_note);
  const shipping = shippingOf(order);
  return shopOrderFact({
    id: order.id, version: Math.floor(Date.parse(modified) / 1000) * versionsPerSecond + rank, observedAt: modified,
    order: {
      name: `#${clip(filled(order.number) ?? order.id, 60)}`, state: known === 'REFUNDED' ? (fulfilled.size > 0 ? 'CLOSED' : 'CANCELLED') : (known ?? 'UNKNOWN'), rawState: clip(order.status, 60), payment: paymentOf(order),
      fulfilledBy: 'MERCHANT', orderedAt, total: { amount: withDecimals(amountOf(order.total) - takenOff, decimalsOf(order.total ?? '')), currency: order.currency }, pricesIncludeTax: order.prices_include_tax === true,
      lines, people: peopleOf(order), ...(shipping === null ? {} : { shipping }), ...(note === undefined ? {} : { note: clip(note, 2_000) }),
    },
  });
}

/** Versions of one order that a second holds: its changes in it are told apart by what became of it. */
const versionsPerSecond = 10_000;

/** The version of a deletion that was told of at this time: nothing that the shop said before comes after it. */
export function deletedVersion(receivedAt: string): number {
  return Math.floor(Date.parse(receivedAt) / 1000) * versionsPerSecond + versionsPerSecond - 1;
}

function stateOf(status: string, { states }: Settings): ShopOrderState | 'DRAFT' | 'REFUNDED' | undefined {
  const own = (states ?? '').split(',').map((each) => each.split('=').map((part) => part.trim())).find(([name]) => name === status);
  return (own?.[1] as ShopOrderState | undefined) ?? rowOf(orderStates, status);
}

/** Cash on delivery and the like are let go unpaid by the shop itself. */
function paymentOf(order: Order): ShopPayment {
  if (order.status === 'refunded') return 'REFUNDED';
  if (filled(order.date_paid_gmt) !== undefined) return 'PAID';
  return rowOf(orderStates, order.status) === 'HELD' ? 'PENDING' : order.status === 'processing' || order.status === 'completed' ? 'AUTHORIZED' : 'UNKNOWN';
}

/** How much of each line was taken back, in millionths. */
export function refundedOf(refunds: readonly unknown[]): Map<string, bigint> {
  const taken = new Map<string, bigint>();
  for (const line of eachOf(refund, refunds).flatMap((each) => eachOf(refundedLine, each.line_items))) {
    const of = line.meta_data?.find(({ key }) => key === '_refunded_item_id')?.value;
    if (typeof of !== 'string' && typeof of !== 'number') continue;
    const quantity = amountOf(line.quantity);
    taken.set(String(of), (taken.get(String(of)) ?? 0n) + (quantity < 0n ? -quantity : quantity));
  }
  return taken;
}

/** Amounts of lines are without tax at the shop; where it shows prices with tax they are told with it, as only so no cent is lost. */
function linesOf(order: Order, refunded: ReadonlyMap<string, bigint>, fulfilled: ReadonlyMap<string, bigint>, settings: Settings, anomalies: Anomaly[]): { lines: ShopOrderLine[]; takenOff: bigint } {
  const lines: ShopOrderLine[] = [];
  let takenOff = 0n;
  const decimals = decimalsOf(order.total ?? '');
  const withTax = (amount: bigint, tax: bigint) => (order.prices_include_tax === true ? amount + tax : amount);
  for (const each of order.line_items.slice(0, maxLines)) {
    const item = lineItem.safeParse(each).data;
    const quantity = amountOf(boundedDecimal(item?.quantity ?? '') ?? '');
    if (item === undefined || quantity <= 0n) {
      anomalies.push({ kind: 'FIELD_INVALID', message: 'A line of an order has no id or no quantity and was left out.', severity: 'HIGH' });
      continue;
    }
    const sent = fulfilled.get(item.id) ?? 0n;
    const wanted = most(0n, most(least(sent, quantity), quantity - (refunded.get(item.id) ?? 0n)));
    const [total, tax] = [amountOf(item.total), amountOf(item.total_tax)];
    const before = withTax(amountOf(item.subtotal), amountOf(item.subtotal_tax));
    // Somebody made it dearer than it was: then this is its price.
    const listed = most(before, withTax(total, tax));
    const part = (amount: bigint) => (wanted === quantity ? amount : shareOf(amount, wanted, quantity, decimals));
    takenOff += total + tax - (order.prices_include_tax === true ? part(total + tax) : part(total) + part(tax));
    lines.push({
      id: item.id, sku: clip(filled(item.sku) ?? '', 120), description: clip(filled(item.name) ?? filled(item.sku) ?? item.id, 250), quantity: decimalText(wanted), unitPrice: decimalText(shareOf(listed, one, quantity, 6)),
      ...unlessZero('discount', part(listed) - part(withTax(total, tax))), ...unlessZero('tax', part(tax)), ...unlessZero('fulfilled', least(sent, quantity)), ...(order.needs_processing === false ? { isVirtual: true as const } : {}),
    });
  }
  for (const fee of eachOf(feeLine, order.fee_lines?.slice(0, maxLines))) {
    lines.push({ id: fee.id, sku: settings.feeSku ?? '', description: clip(filled(fee.name) ?? 'Fee', 250), quantity: '1', unitPrice: decimalText(withTax(amountOf(fee.total), amountOf(fee.total_tax))), ...unlessZero('tax', amountOf(fee.total_tax)), isVirtual: true });
  }
  return { lines, takenOff };
}

const most = (a: bigint, b: bigint) => (a > b ? a : b);
const least = (a: bigint, b: bigint) => (a < b ? a : b);

function shippingOf(order: Order): { code?: string; label: string; price: string } | null {
  const ways = eachOf(shippingLine, order.shipping_lines);
  const [first] = ways;
  if (first === undefined) return null;
  const code = filled(first.method_id);
  const price = ways.reduce((sum, { total, total_tax: tax }) => sum + amountOf(total) + (order.prices_include_tax === true ? amountOf(tax) : 0n), 0n);
  const label = clip(ways.flatMap((each) => filled(each.method_title) ?? []).join(', '), 120);
  return { ...(code === undefined ? {} : { code: clip(code, 60) }), label: label === '' ? 'Shipping' : label, price: decimalText(price) };
}

function peopleOf(order: Order): ShopOrderPeople {
  const [billTo, shipTo] = [order.billing, order.shipping].map((of) => (of == null ? undefined : shopAddress({
    name: joinedName(of.first_name, of.last_name), company: of.company, street: of.address_1, street2: of.address_2, city: of.city, region: of.state, postalCode: of.postcode, country: of.country, phone: of.phone, email: of.email,
  })));
  const [email, phone] = [filled(order.billing?.email), filled(order.billing?.phone)];
  const goesTo = shipTo ?? billTo;
  return {
    ...(order.customer_id == null || order.customer_id === '0' ? {} : { buyerId: order.customer_id }), ...(email === undefined ? {} : { email: clip(email, 250) }), ...(phone === undefined ? {} : { phone: clip(phone, 60) }),
    ...(billTo === undefined ? {} : { billTo }), ...(goesTo === undefined ? {} : { shipTo: goesTo }),
  };
}

/** `2017-03-22T19:28:02`, in UTC. */
function utc(text: string | null | undefined): string | null {
  const local = parseLocalTime((filled(text) ?? '').replace(/Z$/, ''));
  const at = local === null ? null : instantOfLocal(local, 'UTC');
  return at === null ? null : instant(Date.parse(at.instant));
}
