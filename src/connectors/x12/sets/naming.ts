import { carrierCode, normalizeReferenceValue, type Reference } from '../../../model/references.js';
import { clip, maxReferenceLength } from '../../kit/text.js';
import type { Segment } from '../segments.js';

/** Element 128 in L11 and N9, of those that name a shipment. */
const kinds: Readonly<Record<string, Reference['kind']>> = { DO: 'delivery_order', BM: 'bill_of_lading', CN: 'pro_number' };

/** Qualifiers under which our references go out. */
export const qualifierOf: { readonly [K in Reference['kind']]?: string } = { delivery_order: 'DO', delivery_name: 'DO', bill_of_lading: 'BM', pro_number: 'CN', order_name: 'PO', tracking: '2I' };

/** What L11 segments name: delivery orders and bills of lading by their sender, pro numbers by the carrier. */
export function namesOf(segments: readonly Segment[], sender: string, scac: string | undefined): Reference[] {
  const found = segments.filter(({ tag }) => tag === 'L11').flatMap(({ elements }): Reference[] => {
    const qualifier = (elements[2] ?? '').trim();
    const kind = Object.hasOwn(kinds, qualifier) ? kinds[qualifier] : undefined;
    const value = normalizeReferenceValue(elements[1] ?? '');
    if (kind === undefined || value === '' || value.length > maxReferenceLength) return [];
    const issuer = kind === 'pro_number' && scac !== undefined ? carrierCode(scac) : sender === '' ? '*' : clip(sender.toUpperCase(), 60);
    return [{ kind, issuer, value }];
  });
  return [...new Map(found.map((one) => [`${one.kind}:${one.value}`, one])).values()];
}

/** Our references as L11. */
export function nameSegments(references: readonly Reference[]): string[][] {
  return references.flatMap(({ kind, value }) => {
    const qualifier = qualifierOf[kind];
    return qualifier === undefined ? [] : [['L11', clip(value, 30), qualifier]];
  });
}
