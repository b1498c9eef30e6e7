import { compareText } from '../lib/compare.js';
import { decimalText, millionths } from '../lib/decimal.js';
import { normalizeReferenceValue } from './references.js';
import type { ConfirmedLine } from './warehouse.js';

/** A product on a transfer of Odoo, and how much of it is asked for, or was done. */
export interface AskedProduct {
  /** Odoo's id. */
  productId: string;
  sku: string | null;
  barcode: string | null;
  quantity: string;
  /** In which it is asked for, and counted by the warehouse. */
  unit: string;
}

/** What a warehouse stated of a transfer, as far as it counts here. */
export interface StatedConfirmation {
  id: string;
  isFinal: boolean;
  lines: readonly ConfirmedLine[];
}

/** How much of a product was asked for and confirmed; decimal texts. */
export interface ProductDifference {
  sku: string;
  asked: string;
  confirmed: string;
}

/**
 * NONE: nothing was confirmed. OPEN: more is to come. COMPLETE: all of it. SHORT: no more comes, and something is
 * missing. REVIEW: more than was asked for, or something that was not: people have to look at it.
 */
export type FulfilmentState = 'NONE' | 'OPEN' | 'COMPLETE' | 'SHORT' | 'REVIEW';

export interface Fulfilment {
  state: FulfilmentState;
  /** What was moved, for Odoo: one line for each product and lot, in a fixed order. */
  moved: Array<{ productId: string; quantity: string; unit: string; lot: string | null }>;
  short: ProductDifference[];
  over: ProductDifference[];
  /** Products that the transfer does not hold, as the warehouse names them. */
  unknown: string[];
  /** By product. */
  damaged: Array<{ sku: string; quantity: string }>;
}

interface Tally {
  asked: bigint;
  confirmed: bigint;
  /** Highest count of the whole order that any confirmation states. */
  total: bigint;
  damaged: bigint;
  sku: string;
  unit: string;
  lots: Map<string | null, bigint>;
}

/**
 * All confirmations of a transfer taken together. Pure; the same for every order of the confirmations. Each of them
 * is to be given once.
 */
export function fulfilmentOf(asked: readonly AskedProduct[], confirmations: readonly StatedConfirmation[]): Fulfilment {
  const tallies = new Map<string, Tally>();
  for (const each of asked) {
    const known = tallies.get(each.productId);
    const quantity = millionths(each.quantity) ?? 0n;
    if (known !== undefined) known.asked += quantity;
    else tallies.set(each.productId, { asked: quantity, confirmed: 0n, total: 0n, damaged: 0n, sku: each.sku ?? each.barcode ?? each.productId, unit: each.unit, lots: new Map() });
  }
  const unknown = new Set<string>();
  const lines = confirmations.flatMap((each) => each.lines);
  for (const line of lines) {
    const product = productOf(asked, line);
    if (product === undefined) {
      if (isSomething(line)) unknown.add(line.sku === '' ? (line.barcode ?? line.id) : line.sku);
    } else count(tallies.get(product.productId)!, line);
  }
  const all = [...tallies.values()];
  const short = all.filter((each) => each.confirmed < each.asked).map(differenceOf).sort(bySku);
  const over = all.filter((each) => each.confirmed > each.asked).map(differenceOf).sort(bySku);
  return {
    state: stateOf(confirmations, { hasStrangers: unknown.size > 0 || over.length > 0, isShort: short.length > 0, isOneMissing: all.some((each) => each.total > each.confirmed) }),
    moved: [...tallies].flatMap(([productId, { lots, unit }]) => [...lots].filter(([, quantity]) => quantity > 0n).map(([lot, quantity]) => ({ productId, quantity: decimalText(quantity), unit, lot })))
      .sort((a, b) => compareText(a.productId, b.productId) || compareText(a.lot ?? '', b.lot ?? '')),
    short, over, unknown: [...unknown].sort(),
    damaged: all.filter((each) => each.damaged > 0n).map(({ sku, damaged }) => ({ sku, quantity: decimalText(damaged) })).sort(bySku),
  };
}

function stateOf(confirmations: readonly StatedConfirmation[], { hasStrangers, isShort, isOneMissing }: { hasStrangers: boolean; isShort: boolean; isOneMissing: boolean }): FulfilmentState {
  if (confirmations.length === 0) return 'NONE';
  if (hasStrangers) return 'REVIEW';
  if (!isShort) return 'COMPLETE';
  return confirmations.some((each) => each.isFinal) && !isOneMissing ? 'SHORT' : 'OPEN';
}

function count(tally: Tally, line: ConfirmedLine): void {
  const quantity = millionths(line.quantity) ?? 0n;
  tally.confirmed += quantity;
  tally.damaged += millionths(line.damaged ?? '0') ?? 0n;
  const total = millionths(line.total ?? '0') ?? 0n;
  if (total > tally.total) tally.total = total;
  const serials = line.serials ?? [];
  const add = (lot: string | null, much: bigint) => tally.lots.set(lot, (tally.lots.get(lot) ?? 0n) + much);
  // Odoo keeps each serial number as a lot of one piece.
  if (serials.length > 0 && quantity === BigInt(serials.length) * (millionths('1')!)) for (const serial of serials) add(serial, millionths('1')!);
  else add(line.lot ?? null, quantity);
}

function productOf(asked: readonly AskedProduct[], { sku, barcode }: ConfirmedLine): AskedProduct | undefined {
  const [wanted, code] = [normalizeReferenceValue(sku), normalizeReferenceValue(barcode ?? '')];
  return (wanted === '' ? undefined : asked.find((each) => each.sku !== null && normalizeReferenceValue(each.sku) === wanted))
    ?? (code === '' ? undefined : asked.find((each) => each.barcode !== null && normalizeReferenceValue(each.barcode) === code))
    // Who knows no other number of a product puts its barcode where a SKU belongs.
    ?? (wanted === '' ? undefined : asked.find((each) => each.barcode !== null && normalizeReferenceValue(each.barcode) === wanted));
}

function isSomething({ quantity, damaged }: ConfirmedLine): boolean {
  return (millionths(quantity) ?? 0n) !== 0n || (millionths(damaged ?? '0') ?? 0n) !== 0n;
}

function differenceOf({ sku, asked, confirmed }: Tally): ProductDifference {
  return { sku, asked: decimalText(asked), confirmed: decimalText(confirmed) };
}

function bySku(a: { sku: string }, b: { sku: string }): number {
  return compareText(a.sku, b.sku);
}
