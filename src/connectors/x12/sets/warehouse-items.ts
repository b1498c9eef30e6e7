import { ssccOf } from '../../../model/gs1.js';
import { maxName } from '../../kit/edi/quantities.js';
import { clip, filled } from '../../kit/text.js';
import type { Segment } from '../segments.js';

/** Element 235, of those that name a product by a number printed on it. */
const barcodeQualifiers: ReadonlySet<string> = new Set(['UP', 'UK', 'UA', 'UI', 'UN', 'EN', 'EO', 'GT']);

/** A product by the partner's numbers: what stands under a qualifier of barcodes is its barcode, whatever else its SKU. */
export interface Item {
  sku: string;
  barcode?: string;
}

/** @param pairs qualifier and number, in their order @param upc element 438, where it stands by itself */
export function itemOf(pairs: ReadonlyArray<readonly [string | undefined, string | undefined]>, upc?: string): Item | null {
  const numbers = pairs.flatMap(([qualifier, number]) => {
    const text = filled(number);
    return text === undefined ? [] : [{ qualifier: (qualifier ?? '').trim().toUpperCase(), number: clip(text, maxName) }];
  });
  const barcode = filled(upc) ?? numbers.find(({ qualifier }) => barcodeQualifiers.has(qualifier))?.number;
  const sku = numbers.find(({ qualifier }) => !barcodeQualifiers.has(qualifier) && !otherQualifiers.has(qualifier))?.number;
  if (sku === undefined && barcode === undefined) return null;
  return { sku: sku ?? '', ...(barcode === undefined ? {} : { barcode: clip(barcode, maxName) }) };
}

/** Element 235, of those that name a lot, a serial number or a date and no product. */
const otherQualifiers: ReadonlySet<string> = new Set(['LT', 'SN', 'SE', 'LN', 'EX', 'ED']);

/** A number under a qualifier of the pairs. */
export function numberOf(pairs: ReadonlyArray<readonly [string | undefined, string | undefined]>, qualifiers: readonly string[]): string | undefined {
  const found = pairs.find(([qualifier]) => qualifiers.includes((qualifier ?? '').trim().toUpperCase()))?.[1];
  const text = filled(found);
  return text === undefined ? undefined : clip(text, maxName);
}

/** Pairs of qualifier and number from an element on: LIN02 with LIN03, LIN04 with LIN05, … */
export function pairsFrom(elements: readonly string[], first: number): Array<readonly [string | undefined, string | undefined]> {
  const pairs: Array<readonly [string | undefined, string | undefined]> = [];
  for (let at = first; at < elements.length; at += 2) pairs.push([elements[at], elements[at + 1]]);
  return pairs;
}

/** Element 88 (MAN01): what marks a package. An SSCC comes with or without its application identifier 00. */
export function markOf({ elements }: Segment): { sscc?: string; trackingNumber?: string } {
  const [qualifier, number] = [(elements[1] ?? '').trim().toUpperCase(), filled(elements[2])];
  if (number === undefined) return {};
  if (qualifier === 'CP' || qualifier === 'SM' || qualifier === 'CA') return { trackingNumber: clip(number, maxName) };
  const sscc = ssccOf(number);
  return sscc === undefined ? {} : { sscc };
}
