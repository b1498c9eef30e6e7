import type { Place } from '../../../model/facts.js';
import { clip, filled } from '../../kit/text.js';
import type { Segment } from '../segments.js';

/** A party or place, as N1 with its N3 and N4 states it. */
export interface Party {
  /** N101, element 98: SH shipper, CN consignee, SF ship from, ST ship to, … */
  role: string;
  /** N104, under the qualifier N103. */
  code?: string;
  qualifier?: string;
  place: Place & { street?: string };
}

/** Parties in the order in which they stand. */
export function partiesOf(segments: readonly Segment[]): Party[] {
  const parties: Party[] = [];
  for (const { tag, elements } of segments) {
    const at = (index: number, length = 100) => {
      const text = filled(elements[index]);
      return text === undefined ? undefined : clip(text, length);
    };
    if (tag === 'N1') {
      const [role, name, qualifier, code] = [at(1, 3) ?? '', at(2), at(3, 2), at(4, 60)];
      parties.push({ role, ...(code === undefined ? {} : { code }), ...(qualifier === undefined ? {} : { qualifier }), place: name === undefined ? {} : { name } });
    }
    const party = parties.at(-1);
    if (party === undefined) continue;
    if (tag === 'N3') Object.assign(party.place, present({ street: at(1) }));
    if (tag === 'N4') Object.assign(party.place, present({ city: at(1), region: at(2, 20), postalCode: at(3, 20), country: countryOf(at(4, 3)) }));
  }
  return parties;
}

/** A place as facts carry it: who gets it and at which street is personal, and stays in the raw message. */
export function placeOf({ place: { street: _, ...place } }: Party): Place | undefined {
  return Object.keys(place).length === 0 ? undefined : place;
}

/** N1 with N3 and N4 where there is something to say. N102 or N103 with N104 must be given, so a place without a name takes its city. */
export function partySegments(role: string, place: Place & { street?: string; code?: string }): string[][] {
  const segments = [['N1', role, place.name ?? place.city ?? place.code ?? 'UNKNOWN', ...(place.code === undefined ? [] : ['93', place.code])]];
  if (place.street !== undefined) segments.push(['N3', clip(place.street, 55)]);
  if (place.city !== undefined || place.postalCode !== undefined) segments.push(['N4', clip(place.city ?? '', 30), (place.region ?? '').slice(0, 2), clip(place.postalCode ?? '', 15), place.country ?? '']);
  return segments;
}

/** Element 26 is two or three letters; of three, the two that partners use are known. */
function countryOf(code: string | undefined): string | undefined {
  const upper = code?.toUpperCase();
  if (upper === 'USA') return 'US';
  if (upper === 'CAN') return 'CA';
  if (upper === 'MEX') return 'MX';
  return upper !== undefined && /^[A-Z]{2}$/.test(upper) ? upper : undefined;
}

function present<T extends object>(of: T): Partial<T> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<T>;
}
