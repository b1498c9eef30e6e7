import { normalizeReferenceValue, type Reference, type ReferenceKind } from '../../../model/references.js';
import { rowOf } from '../../kit/table.js';
import { maxReferenceLength } from '../../kit/text.js';
import { part } from '../envelope.js';
import type { Segment } from '../segments.js';

/** Element 1153, of those that name a shipment: delivery order, delivery note, bill of lading, transport document, consignment note, carrier's reference. */
const kinds: Readonly<Record<string, ReferenceKind>> = { AAJ: 'delivery_order', DQ: 'delivery_order', AAU: 'delivery_order', BM: 'bill_of_lading', AAS: 'bill_of_lading', MB: 'bill_of_lading', BH: 'bill_of_lading', AAM: 'pro_number', CN: 'pro_number' };

/** Those best known to whoever gave the goods first. */
const precedence: readonly ReferenceKind[] = ['delivery_order', 'bill_of_lading', 'pro_number'];

/** What RFF segments name, the best name first. */
export function namesOf(segments: readonly Segment[], issuer: string): Reference[] {
  const found = segments.filter(({ tag }) => tag === 'RFF').flatMap((segment) => reference(rowOf(kinds, part(segment, 1)), part(segment, 1, 1), issuer));
  return inOrder(found);
}

export function reference(kind: ReferenceKind | undefined, raw: string, issuer: string): Reference[] {
  const value = normalizeReferenceValue(raw);
  return kind === undefined || value === '' || value.length > maxReferenceLength ? [] : [{ kind, issuer, value }];
}

export function inOrder(references: readonly Reference[]): Reference[] {
  const unique = [...new Map(references.map((one) => [`${one.kind}:${one.value}`, one])).values()];
  return unique.sort((a, b) => precedence.indexOf(a.kind) - precedence.indexOf(b.kind));
}

/** Our references as RFF. */
export const qualifierOf: { readonly [K in ReferenceKind]?: string } = { delivery_order: 'AAJ', delivery_name: 'DQ', bill_of_lading: 'BM', pro_number: 'CN', order_name: 'ON' };
