import { z } from 'zod';
import type { ShopFulfilment, ShopTracking } from '../../model/shop.js';
import { meta, type Order } from './payloads.js';

const prefix = '_gatehouse_delivery_';

const mark = z.object({
  delivery: z.string(),
  lines: z.record(z.string(), z.string()),
  shippedAt: z.string(),
  numbers: z.array(z.string()),
});

/** What we keep on an order for a delivery that left: by a name of its own, so that to write it twice changes nothing. */
export type DeliveryMark = z.infer<typeof mark>;

/** @param command that told it first */
export function markName(command: string): string {
  return `${prefix}${command}`;
}

export function markOf({ delivery, lines, shippedAt, tracking }: ShopFulfilment): DeliveryMark {
  return { delivery, lines: Object.fromEntries(lines.map(({ id, quantity }) => [id, quantity])), shippedAt, numbers: [...(tracking?.numbers ?? [])] };
}

/** The marks on an order, by the command that told each. */
export function marksOn(order: Order): Map<string, DeliveryMark> {
  const found = new Map<string, DeliveryMark>();
  for (const each of order.meta_data ?? []) {
    const parsed = meta.safeParse(each);
    if (!parsed.success || !parsed.data.key.startsWith(prefix) || typeof parsed.data.value !== 'string') continue;
    const read = mark.safeParse(parsedJson(parsed.data.value));
    if (read.success) found.set(parsed.data.key.slice(prefix.length), read.data);
  }
  return found;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Key under which Shipment Tracking and the plugins that took over its format keep their list. */
export const trackingItemsKey = '_wc_shipment_tracking_items';

const trackingItem = z.looseObject({ tracking_id: z.string().nullish().catch(null), tracking_number: z.union([z.string(), z.number()]).transform(String).nullish().catch(null) });

/** The list as it stands there; items of others are left as they are. */
export function trackingItemsOn(order: Order): Array<Record<string, unknown>> {
  const value = (order.meta_data ?? []).map((each) => meta.safeParse(each)).findLast((each) => each.success && each.data.key === trackingItemsKey)?.data?.value;
  return Array.isArray(value) ? value.filter((each): each is Record<string, unknown> => trackingItem.safeParse(each).success) : [];
}

/** Names of the items of one delivery: the command's first digits, then the place of the number. */
export function trackingItems(command: string, { shippedAt, numbers }: Pick<DeliveryMark, 'shippedAt' | 'numbers'>, tracking: Pick<ShopTracking, 'carrier' | 'carrierCode' | 'url'>, carriers: (code: string) => string | undefined): Array<Record<string, string>> {
  const known = tracking.url === undefined ? carriers(tracking.carrierCode ?? '') : undefined;
  return numbers.map((number, index) => ({
    tracking_id: `${itemPrefix(command)}${index}`, tracking_number: number, date_shipped: String(Math.floor(Date.parse(shippedAt) / 1000)),
    tracking_provider: known ?? '', custom_tracking_provider: known === undefined ? tracking.carrier : '', custom_tracking_link: tracking.url ?? '',
  }));
}

/** The list with the items of this delivery in the place of those that it had. */
export function withItems(list: ReadonlyArray<Record<string, unknown>>, command: string, items: ReadonlyArray<Record<string, string>>): Array<Record<string, unknown>> {
  return [...list.filter((each) => !String(each['tracking_id'] ?? '').startsWith(itemPrefix(command))), ...items];
}

function itemPrefix(command: string): string {
  return `gatehouse${command.replaceAll('-', '')}`;
}
