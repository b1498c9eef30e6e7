import { decimalText } from '../../lib/decimal.js';
import type { Anomaly } from '../../model/facts.js';
import type { ShopOrderLine } from '../../model/shop.js';
import { amountOf, decimalsOf, shareOf, unlessZero } from '../kit/shop.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { standingFulfilments } from './codes.js';
import { allocation, fulfilledLine, fulfilment, itemsOf, lineItem, refund, refundedLine, taxLine, type LineItem, type Order } from './payloads.js';

/** A line, and whether a fulfilment service sends it in place of the merchant. */
interface ReadLine {
  line: ShopOrderLine;
  byOthers: boolean;
}

const one = 1_000_000n;

/**
 * The lines of an order with what is still wanted of each. `current_quantity` is what was ordered less all that was removed; what
 * came back after it was sent was wanted nevertheless, and is added again.
 * @returns `isWhole`: nothing was taken off; `total`: what the lines come to as they are wanted, with tax, in millionths
 */
export function linesOf(order: Order, anomalies: Anomaly[]): { lines: ReadLine[]; isWhole: boolean; total: bigint } {
  const [sent, back] = [sentOf(order), backOf(order)];
  const decimals = decimalsOf(order.total_price ?? '0.00');
  const lines: ReadLine[] = [];
  let [isWhole, total] = [true, 0n];
  for (const each of order.line_items) {
    const item = lineItem.safeParse(each).data;
    const quantity = amountOf(item?.quantity);
    if (item === undefined || item.price == null || quantity <= 0n) {
      anomalies.push({ kind: 'FIELD_INVALID', message: 'A line of an order has no id, price or quantity and was left out.', severity: 'HIGH' });
      continue;
    }
    const fulfilled = least(sent.get(item.id) ?? 0n, quantity);
    const wanted = least(quantity, most(0n, amountOf(item.current_quantity ?? item.quantity)) + least(back.get(item.id) ?? 0n, fulfilled));
    const part = (amount: bigint) => (wanted === quantity ? amount : shareOf(amount, wanted, quantity, decimals));
    const [discount, tax] = [part(discountOf(item)), part(taxOf(item))];
    if (wanted !== quantity) isWhole = false;
    total += (amountOf(item.price) * wanted) / one - discount + (order.taxes_included === true ? 0n : tax);
    const isVirtual = item.gift_card === true || item.requires_shipping === false;
    lines.push({
      byOthers: (filled(item.fulfillment_service) ?? 'manual') !== 'manual' && !isVirtual,
      line: {
        id: item.id, sku: clip(filled(item.sku) ?? '', 120), description: clip(filled(item.name) ?? filled(item.title) ?? item.id, 250), quantity: decimalText(wanted), unitPrice: item.price,
        ...unlessZero('discount', discount), ...unlessZero('tax', tax), ...unlessZero('fulfilled', fulfilled), ...(isVirtual ? { isVirtual: true as const } : {}),
      },
    });
  }
  return { lines, isWhole, total };
}

/** `discount_allocations` hold what is taken off the line for whatever reason; where there are none, the line's own discount. */
function discountOf(item: LineItem): bigint {
  const shares = itemsOf(allocation, item.discount_allocations);
  return shares.length === 0 ? amountOf(item.total_discount) : shares.reduce((sum, { amount }) => sum + amountOf(amount), 0n);
}

function taxOf(item: LineItem): bigint {
  return itemsOf(taxLine, item.tax_lines).reduce((sum, { price }) => sum + amountOf(price), 0n);
}

/** What was sent of each line, in millionths. */
function sentOf(order: Order): Map<string, bigint> {
  const standing = itemsOf(fulfilment, order.fulfillments).filter(({ status }) => rowOf(standingFulfilments, status ?? 'success') !== false);
  return sumOf(standing.flatMap((each) => itemsOf(fulfilledLine, each.line_items)));
}

/** What of each line was refunded and had been sent: it came back (`return`), or was left with who bought (`no_restock`). What was called off (`cancel`) had not. */
function backOf(order: Order): Map<string, bigint> {
  const refunded = itemsOf(refund, order.refunds).flatMap((each) => itemsOf(refundedLine, each.refund_line_items)).filter(({ restock_type: type }) => type !== 'cancel');
  return sumOf(refunded.map(({ line_item_id: id, quantity }) => ({ id, quantity })));
}

function sumOf(lines: ReadonlyArray<{ id: string; quantity?: string | null | undefined }>): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { id, quantity } of lines) sums.set(id, (sums.get(id) ?? 0n) + most(0n, amountOf(quantity)));
  return sums;
}

const most = (a: bigint, b: bigint) => (a > b ? a : b);
const least = (a: bigint, b: bigint) => (a < b ? a : b);
