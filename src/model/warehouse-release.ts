import { compareText } from '../lib/compare.js';
import { decimalText, millionths } from '../lib/decimal.js';
import type { Release } from './facts.js';
import type { ReleaseLine, WarehousePolicy } from './warehouse.js';

/** What decides whether a warehouse is told of a transfer. */
export interface ReleaseState {
  direction: string;
  /** Odoo's word. */
  state: string;
  deleted: boolean;
  release: Release | null;
  /** Name of the transfer: `WH/OUT/00042`. */
  reference: string;
}

/** SEND: it is to stand at the warehouse as it is now. KEEP: what was sent stands, and nothing is sent anew. WITHDRAW: it is not to be carried out. */
export type ReleaseDecision = 'SEND' | 'KEEP' | 'WITHDRAW';

/**
 * Reserved in Odoo and passed by its release gate, a delivery goes to its warehouse; one that is blocked again comes
 * back. What is merely unreserved for a while stays as it was sent. A receipt is announced when Odoo expects it.
 */
export function releaseDecision({ direction, state, deleted, release }: ReleaseState, policy: Pick<WarehousePolicy, 'deliveries' | 'receipts'>): ReleaseDecision {
  if (deleted || state === 'cancel') return 'WITHDRAW';
  if (state === 'done') return 'KEEP';
  if (direction === 'INCOMING') return policy.receipts && state === 'assigned' ? 'SEND' : 'KEEP';
  if (release !== null && !release.ready) return 'WITHDRAW';
  return policy.deliveries && state === 'assigned' ? 'SEND' : 'KEEP';
}

/** Code of the warehouse in Odoo's own names of transfers and locations; null where the name has none. */
export function warehouseCode(name: string): string | null {
  const at = name.indexOf('/');
  return at <= 0 ? null : name.slice(0, at).trim().toUpperCase();
}

/** A line of a transfer with its product, as far as that is known. */
export interface TransferLine {
  quantity: string;
  unit: string;
  lot?: string;
  product: { productId: string; sku: string | null; barcode: string | null; name: string } | null;
}

/**
 * Lines for a warehouse: one for each product, unit and lot, in a fixed order, so that the same transfer gives the same.
 * @returns the lines, or why there are none, for people
 */
export function releaseLines(lines: readonly TransferLine[]): { lines: ReleaseLine[] } | { problem: string } {
  const byKey = new Map<string, { line: Omit<ReleaseLine, 'id' | 'quantity'>; quantity: bigint }>();
  const nameless = new Set<string>();
  for (const { product, quantity, unit, lot } of lines) {
    const much = millionths(quantity) ?? 0n;
    if (much <= 0n) continue;
    const sku = product?.sku ?? product?.barcode ?? null;
    if (product === null || sku === null) {
      nameless.add(product?.name ?? 'a product that is not known here');
      continue;
    }
    const key = [sku, unit, lot ?? ''].join('\n');
    const known = byKey.get(key);
    if (known !== undefined) known.quantity += much;
    else byKey.set(key, { quantity: much, line: { sku, description: product.name, unit, ...(product.barcode === null ? {} : { barcode: product.barcode }), ...(lot === undefined ? {} : { lot }) } });
  }
  if (nameless.size > 0) return { problem: `Without internal reference (SKU) or barcode no warehouse knows: ${[...nameless].sort().slice(0, 20).join(', ')}.` };
  if (byKey.size === 0) return { problem: 'Nothing is on it that could be moved.' };
  const sorted = [...byKey].sort(([a], [b]) => compareText(a, b));
  return { lines: sorted.map(([, { line, quantity }], index) => ({ id: String(index + 1), quantity: decimalText(quantity), ...line })) };
}
