import { millionths } from '../../lib/decimal.js';
import type { ShopFulfilment } from '../../model/shop.js';

/** A part of an order that is sent from one place, as Shopify plans it. */
export interface FulfillmentOrder {
  id: string;
  status: string;
  /** A fulfilment of it may be made now. */
  isOpen: boolean;
  /** Null: the place is not told. */
  location: string | null;
  /** `item` is the shop's own id of the order's line. */
  lines: Array<{ id: string; item: string; remaining: number }>;
}

/** One fulfilment to be made: Shopify makes one for each place that sends. */
export interface PlannedFulfilment {
  orders: Array<{ id: string; lines: Array<{ id: string; item: string; quantity: number }> }>;
}

export interface Plan {
  fulfilments: PlannedFulfilment[];
  /** What is left of the order and may not be fulfilled now, with why, by the id of a line: a hold, a date that is to come, a fulfilment service that was asked. */
  withheld: Array<{ sku: string; status: string }>;
}

/**
 * Which parts of an order's fulfilment orders make up a delivery. What Shopify has as fulfilled already is left out: there is nothing
 * to be said of it. Those of one place go together, in the order in which Shopify has them.
 */
export function planOf({ lines }: Pick<ShopFulfilment, 'lines'>, orders: readonly FulfillmentOrder[]): Plan {
  const byPlace = new Map<string, Map<string, Array<{ id: string; item: string; quantity: number }>>>();
  const withheld: Plan['withheld'] = [];
  for (const { id, sku, quantity } of lines) {
    let left = wholeUnits(quantity);
    for (const order of orders.filter(({ isOpen }) => isOpen)) {
      for (const line of order.lines.filter(({ item }) => item === id)) {
        const taken = Math.min(left, line.remaining);
        if (taken <= 0) continue;
        left -= taken;
        const place = byPlace.get(order.location ?? '') ?? new Map<string, Array<{ id: string; item: string; quantity: number }>>();
        place.set(order.id, [...(place.get(order.id) ?? []), { id: line.id, item: id, quantity: taken }]);
        byPlace.set(order.location ?? '', place);
      }
    }
    const kept = left <= 0 ? undefined : orders.find((order) => !order.isOpen && order.lines.some(({ item, remaining }) => item === id && remaining > 0));
    if (kept !== undefined) withheld.push({ sku, status: kept.status });
  }
  return { fulfilments: [...byPlace.values()].map((place) => ({ orders: [...place].map(([id, of]) => ({ id, lines: of })) })), withheld };
}

/** Shopify counts whole units. */
function wholeUnits(quantity: string): number {
  return Number((millionths(quantity) ?? 0n) / 1_000_000n);
}

/** How much of each line a fulfilment holds, as one text: by it one that was made is known again. */
export function contentOf(lines: ReadonlyArray<{ item: string; quantity: number }>): string {
  const sums = new Map<string, number>();
  for (const { item, quantity } of lines) sums.set(item, (sums.get(item) ?? 0) + quantity);
  return [...sums].map(([item, quantity]) => `${item}=${quantity}`).sort().join(' ');
}
