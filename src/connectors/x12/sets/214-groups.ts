import type { Place } from '../../../model/facts.js';
import { clip, filled } from '../../kit/text.js';
import type { TransactionSet } from '../envelope.js';
import type { Segment } from '../segments.js';

/** One AT7 with the MS1 and MS2 that belong to it. */
export interface StatusDetail {
  elements: readonly string[];
  place?: Place;
  /** Equipment of MS2: owner's code and number. */
  equipment?: string;
}

/** What stands under one LX, or before the first. */
export interface Group {
  details: StatusDetail[];
  /** L11: what it names. */
  names: Segment[];
  /** AT8: how much it is. */
  counts: Segment[];
  isHeader: boolean;
  /** The set was cut off within this group. */
  cutOff: boolean;
}

/** The groups of a 214, each segment looked at once. The header is the first. */
export function groupsOf(set: TransactionSet): Group[] {
  let group = emptyGroup(true);
  const groups = [group];
  for (const segment of set.segments) {
    switch (segment.tag) {
      case 'LX':
        group = emptyGroup(false);
        groups.push(group);
        break;
      case 'AT7':
        group.details = added(group.details, { elements: segment.elements });
        break;
      case 'MS1':
        placeAt(group.details.at(-1), segment.elements);
        break;
      case 'MS2':
        equipmentAt(group.details.at(-1), segment.elements);
        break;
      case 'L11':
        group.names = added(group.names, segment);
        break;
      case 'AT8':
        group.counts = added(group.counts, segment);
        break;
      default:
    }
  }
  group.cutOff = !set.complete && groups.length > 1;
  return groups;
}

/** What most groups have none of is one array for all of them. */
const none: never[] = [];

function emptyGroup(isHeader: boolean): Group {
  return { details: none, names: none, counts: none, isHeader, cutOff: false };
}

function added<T>(to: T[], one: T): T[] {
  if (to === none) return [one];
  to.push(one);
  return to;
}

function placeAt(detail: StatusDetail | undefined, ms1: readonly string[]): void {
  if (detail === undefined) return;
  const place: Place = {};
  const city = filled(ms1[1]);
  const region = filled(ms1[2]);
  const country = filled(ms1[3])?.toUpperCase();
  if (city !== undefined) place.city = clip(city, 100);
  if (region !== undefined) place.region = clip(region, 20);
  if (country === 'USA') place.country = 'US';
  else if (country !== undefined && /^[A-Z]{2}$/.test(country)) place.country = country;
  if (place.city !== undefined || place.region !== undefined || place.country !== undefined) detail.place = place;
}

function equipmentAt(detail: StatusDetail | undefined, ms2: readonly string[]): void {
  if (detail === undefined) return;
  const [owner, number] = [filled(ms2[1]), filled(ms2[2])];
  if (owner !== undefined || number !== undefined) detail.equipment = clip(owner === undefined ? number! : number === undefined ? owner : `${owner} ${number}`, 60);
}
