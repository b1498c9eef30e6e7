import { compareText } from '../../lib/compare.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import type { AskedProduct } from '../fulfilment.js';
import { normalizeReferenceValue } from '../references.js';
import type { ConfirmedLine, HandlingRemark } from '../warehouse.js';
import type { Finding, HandlingCount } from './records.js';

/** A product as it stands on a transfer, and what it is called elsewhere. */
export interface HandledProduct extends AskedProduct {
  /** Our id of it. */
  id: string;
  name: string;
}

/** A transfer that is loaded or unloaded. */
export interface HandledTransfer {
  /** Its name in Odoo. */
  name: string;
  asked: readonly HandledProduct[];
  /** The truck is here for no other. */
  isOnly: boolean;
}

/** How much of a product was counted so far, of how much that is expected; decimal texts. */
export interface ProgressLine {
  /** Odoo's id; null of what is on no line of the transfer, or was counted in a unit of its own. */
  productId: string | null;
  name: string;
  counted: string;
  expected: string | null;
  unit: string;
}

/** Units of measure in which single pieces are not what is asked for. */
const notPieces: readonly string[] = ['DOZEN', 'DOZENS', 'KG', 'G', 'T', 'LB', 'OZ', 'L', 'M', 'CM', 'MM', 'KM', 'IN', 'FT', 'YD', 'MI', 'M²', 'M³', 'FT²', 'FT³', 'IN³', 'GAL', 'QT', 'FLOZ', 'HOURS', 'DAYS'];

/** What was counted that is of this transfer: by its name, or by the truck that came for it alone. */
export function countsOf(counts: readonly HandlingCount[], { name, isOnly }: HandledTransfer): HandlingCount[] {
  return counts.filter(({ reference }) => (reference === undefined ? isOnly : normalizeReferenceValue(reference) === normalizeReferenceValue(name)));
}

/** As `countsOf`. What is wrong with the truck or its trailer is of everything that it brought. */
export function findingsOf(findings: readonly Finding[], { name }: HandledTransfer): Finding[] {
  return findings.filter(({ reference }) => reference === undefined || normalizeReferenceValue(reference) === normalizeReferenceValue(name));
}

/** How far a transfer is, product by product. Pure; the same for every order of the counts. */
export function progressOf(transfer: HandledTransfer, counts: readonly HandlingCount[]): ProgressLine[] {
  const own = countsOf(counts, transfer);
  if (own.length === 0) return [];
  const expected = new Map<string, ProgressLine>();
  for (const { productId, name, quantity, unit } of transfer.asked) {
    const before = expected.get(productId);
    expected.set(productId, { productId, name, counted: '0', expected: add(before?.expected ?? '0', quantity), unit });
  }
  const others = new Map<string, ProgressLine>();
  for (const count of own) {
    const product = productOf(transfer.asked, count.product);
    if (product !== undefined && isComparable(count.unit, product.unit)) {
      const line = expected.get(product.productId)!;
      line.counted = add(line.counted, count.quantity);
    } else {
      const name = product?.name ?? count.product ?? '';
      const key = `${name} ${count.unit.toUpperCase()}`;
      others.set(key, { productId: null, name: name === '' ? count.unit : name, counted: add(others.get(key)?.counted ?? '0', count.quantity), expected: null, unit: count.unit });
    }
  }
  return [...[...expected.values()].sort((a, b) => compareText(a.productId!, b.productId!)), ...[...others].sort(([a], [b]) => compareText(a, b)).map(([, line]) => line)];
}

/** Lines of a confirmation by what was counted, one for each product and lot; counts in units of their own say nothing of quantities. */
export function confirmedLines(transfer: HandledTransfer, counts: readonly HandlingCount[], findings: readonly Finding[]): ConfirmedLine[] {
  const lines = new Map<string, ConfirmedLine>();
  const lineOf = (given: string | undefined, lot: string | undefined): ConfirmedLine => {
    const product = productOf(transfer.asked, given);
    const sku = product === undefined ? (given ?? '') : (product.sku ?? '');
    const key = `${product?.productId ?? `? ${normalizeReferenceValue(sku)}`} ${lot ?? ''}`;
    const line = lines.get(key) ?? { id: String(lines.size + 1), sku, ...(product?.barcode == null ? {} : { barcode: product.barcode }), quantity: '0', ...(lot === undefined ? {} : { lot }) };
    lines.set(key, line);
    return line;
  };
  for (const count of countsOf(counts, transfer)) {
    const product = productOf(transfer.asked, count.product);
    if (count.product === undefined || !isComparable(count.unit, product?.unit ?? 'PIECE')) continue;
    const line = lineOf(count.product, count.lot);
    line.quantity = add(line.quantity, count.quantity);
  }
  for (const { product, quantity } of damagesOf(findings, transfer)) {
    const line = lineOf(product, undefined);
    line.damaged = add(line.damaged ?? '0', quantity!);
  }
  return [...lines.values()];
}

/** What was found that no quantity says: people look at it before anything is booked. */
export function remarksOf(findings: readonly Finding[], transfer: HandledTransfer): HandlingRemark[] {
  const told = new Set(damagesOf(findings, transfer));
  return findingsOf(findings, transfer).filter((finding) => !told.has(finding)).map(({ kind, product, quantity, unit, note }) => {
    const text = [product, quantity === undefined ? undefined : [quantity, unit].filter((part) => part !== undefined).join(' '), note].filter((part) => part !== undefined).join(' · ');
    return { kind, ...(text === '' ? {} : { text }) };
  });
}

function damagesOf(findings: readonly Finding[], transfer: HandledTransfer): Finding[] {
  return findingsOf(findings, transfer).filter(({ kind, product, quantity, unit }) => kind === 'DAMAGED' && quantity !== undefined && product !== undefined
    && isComparable(unit ?? 'PIECE', productOf(transfer.asked, product)?.unit ?? 'PIECE'));
}

function productOf(asked: readonly HandledProduct[], given: string | undefined): HandledProduct | undefined {
  const key = normalizeReferenceValue(given ?? '');
  if (key === '') return undefined;
  return asked.find((each) => [each.id, each.sku, each.barcode].some((name) => name !== null && normalizeReferenceValue(name) === key));
}

function isComparable(counted: string, asked: string): boolean {
  const [unit, wanted] = [normalizeReferenceValue(counted), normalizeReferenceValue(asked)];
  return unit === wanted || (unit === 'PIECE' && !notPieces.includes(wanted));
}

function add(a: string, b: string): string {
  return decimalText((millionths(a) ?? 0n) + (millionths(b) ?? 0n));
}
