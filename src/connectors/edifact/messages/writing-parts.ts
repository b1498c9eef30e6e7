import type { Place } from '../../../model/facts.js';
import type { Reference } from '../../../model/references.js';
import { clip } from '../../kit/text.js';
import { qualifierOf } from './naming.js';

/** Segments between UNH and UNT, each its tag and then the components of its elements. */
export type OutgoingSegment = ReadonlyArray<readonly string[]>;

/** RFF for each reference that has a qualifier. */
export function referenceSegments(references: readonly Reference[]): OutgoingSegment[] {
  return references.flatMap(({ kind, value }) => {
    const qualifier = qualifierOf[kind];
    return qualifier === undefined ? [] : [[['RFF'], [qualifier, clip(value, 35)]]];
  });
}

/** NAD of a place; a code is the receiver's own (element 3055 92) unless it is a global location number. */
export function placeSegment(role: string, { code, name, street, city, region, postalCode, country }: Place & { street?: string; code?: string }): OutgoingSegment {
  const known = code === undefined ? [''] : [clip(code, 35), '', /^\d{13}$/.test(code) ? '9' : '92'];
  return withoutEmptyEnd([['NAD'], [role], known, [''], [clip(name ?? '', 35)], [clip(street ?? '', 35)], [clip(city ?? '', 35)], [clip(region ?? '', 9)], [clip(postalCode ?? '', 9)], [country ?? '']]);
}

/** C040 of TDT, and C082 of NAD CA: a Standard Carrier Alpha Code under its list, anything else as a name. */
export function carrierIsCode(carrier: string): boolean {
  return /^[A-Z]{2,4}$/.test(carrier);
}

export function carrierParty(carrier: string): OutgoingSegment {
  return carrierIsCode(carrier) ? [['NAD'], ['CA'], [carrier, '172', '182']] : [['NAD'], ['CA'], [''], [''], [clip(carrier, 35)]];
}

/** TDT of the main carriage by road. */
export function carriageSegment(carrier: string): OutgoingSegment {
  return [['TDT'], ['20'], [''], ['30'], [''], carrierIsCode(carrier) ? [carrier, '172', '182'] : ['', '', '', clip(carrier, 35)]];
}

function withoutEmptyEnd(elements: readonly string[][]): OutgoingSegment {
  return elements.slice(0, elements.findLastIndex((element) => element.some((component) => component !== '')) + 1);
}
