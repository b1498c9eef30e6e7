import { z } from 'zod';
import { sha256 } from '../../lib/ids.js';
import type { ShopFulfilment } from '../../model/shop.js';
import type { Order } from './payloads.js';

/** A package as Amazon is told of it. */
export const plannedPackage = z.object({ reference: z.string(), number: z.string(), items: z.array(z.object({ orderItemId: z.string(), quantity: z.number().int().min(1) })) });
export type PlannedPackage = z.infer<typeof plannedPackage>;
type Items = PlannedPackage['items'];

/** Packages of one delivery that have names of their own. */
const mostPackages = 100;

/**
 * Name of a package within its order (`packageReferenceId`): the same for every attempt, so that what Amazon is told again is a
 * change of the same package and never a second one. Whole numbers alone are taken.
 * @param command that told of the delivery first
 * @param index from 0, below 100
 */
export function packageReference(command: string, index: number): string {
  return String((1 + (Number.parseInt(sha256(command).slice(0, 6), 16) % 16_000_000)) * mostPackages + index);
}

/**
 * The articles of a delivery shared out among its tracking numbers: nobody says what is in which parcel, and Amazon wants at
 * least one piece in each. With fewer pieces than numbers, the last numbers are not told.
 */
export function shareOut(command: string, lines: ReadonlyArray<{ orderItemId: string; quantity: number }>, numbers: readonly string[]): PlannedPackage[] {
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const count = Math.min(numbers.length, pieces, mostPackages);
  const packages: PlannedPackage[] = [];
  const left = lines.map((line) => ({ ...line }));
  for (let index = 0; index < count; index++) {
    // The first takes what the others do not need.
    let wanted = index === 0 ? pieces - (count - 1) : 1;
    const items: Items = [];
    for (const line of left) {
      const taken = Math.min(line.quantity, wanted);
      if (taken === 0) continue;
      items.push({ orderItemId: line.orderItemId, quantity: taken });
      line.quantity -= taken;
      wanted -= taken;
    }
    packages.push({ reference: packageReference(command, index), number: numbers[index]!, items });
  }
  return packages;
}

/** Lines in whole pieces; null where one is none: Amazon counts nothing else. */
export function inPieces(lines: ShopFulfilment['lines']): Array<{ orderItemId: string; quantity: number }> | null {
  const pieces = lines.map(({ id, quantity }) => ({ orderItemId: id, quantity: Number(quantity) }));
  return pieces.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0) ? pieces : null;
}

/**
 * The same packages under other numbers. More numbers than packages share the articles out anew; a package that Amazon
 * knows cannot be taken back, so that of fewer numbers the last one stands for what is left.
 */
export function renumbered(command: string, before: readonly PlannedPackage[], numbers: readonly string[]): PlannedPackage[] {
  if (numbers.length <= before.length) return before.map((each, index) => ({ ...each, number: numbers[Math.min(index, numbers.length - 1)]! }));
  const items = new Map<string, number>();
  for (const { orderItemId, quantity } of before.flatMap((each) => each.items)) items.set(orderItemId, (items.get(orderItemId) ?? 0) + quantity);
  return shareOut(command, [...items].map(([orderItemId, quantity]) => ({ orderItemId, quantity })), numbers);
}

/** Those of a delivery that Amazon shows, in their order. */
export function packagesShown(order: Order, command: string): PlannedPackage[] {
  const shown = new Map((order.packages ?? []).map((each) => [each.packageReferenceId, each]));
  const found: PlannedPackage[] = [];
  for (let index = 0; index < mostPackages; index++) {
    const reference = packageReference(command, index);
    const at = shown.get(reference);
    if (at === undefined) break;
    found.push({ reference, number: at.trackingNumber ?? '', items: (at.packageItems ?? []).filter(({ quantity }) => quantity > 0).map(({ orderItemId, quantity }) => ({ orderItemId, quantity })) });
  }
  return found;
}

/** Whether Amazon shows the package with this number: by our name of it, or, where it shows another, by its number and articles. */
export function isShown(order: Order, { reference, number, items }: PlannedPackage): boolean {
  return (order.packages ?? []).some((each) => (each.trackingNumber ?? '').trim() === number && (each.packageReferenceId === reference || JSON.stringify(sorted(each.packageItems ?? [])) === JSON.stringify(sorted(items))));
}

function sorted(items: ReadonlyArray<{ orderItemId: string; quantity: number }>): Array<[string, number]> {
  return items.map(({ orderItemId, quantity }): [string, number] => [orderItemId, quantity]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
