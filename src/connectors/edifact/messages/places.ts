import type { Place } from '../../../model/facts.js';
import { clip, filled } from '../../kit/text.js';
import { part } from '../envelope.js';
import type { Segment } from '../segments.js';

/** C517 of a LOC: a UN/LOCODE names its country. */
export function placeOfLocation(segment: Segment): Place | undefined {
  const code = filled(part(segment, 2))?.toUpperCase();
  const name = filled(part(segment, 2, 3)) ?? code;
  if (name === undefined) return undefined;
  const isLocode = code !== undefined && /^[A-Z]{2}[A-Z2-9]{3}$/.test(code) && ['', '6'].includes(part(segment, 2, 2));
  return { name: clip(name, 100), ...(isLocode ? { country: code.slice(0, 2) } : {}) };
}

/** NAD as a place: its name, city and country; the street is left in the raw message. */
export function placeOfParty(segment: Segment): Place | undefined {
  const place: Place = {};
  const set = (key: 'name' | 'city' | 'region' | 'postalCode', text: string, length: number) => {
    const value = filled(text);
    if (value !== undefined) place[key] = clip(value, length);
  };
  set('name', part(segment, 4) || part(segment, 3), 100);
  set('city', part(segment, 6), 100);
  set('region', part(segment, 7, 3) || part(segment, 7), 20);
  set('postalCode', part(segment, 8), 20);
  const country = part(segment, 9).toUpperCase();
  if (/^[A-Z]{2}$/.test(country)) place.country = country;
  return Object.keys(place).length === 0 ? undefined : place;
}
