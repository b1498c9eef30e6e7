import type { ZonedInstant } from '../../../model/time.js';
import { facilityOf } from '../../kit/warehouse.js';
import { clip, filled } from '../../kit/text.js';
import type { Segment } from '../segments.js';
import { readTime } from '../times.js';
import { partiesOf } from './places.js';
import type { SetContext } from './set.js';

/** Segments in the order of the set, cut where `tag` begins something new; what stands before the first is the header. */
export function cutAt(segments: readonly Segment[], tag: string): { header: Segment[]; loops: Segment[][] } {
  const first = segments.findIndex((segment) => segment.tag === tag);
  if (first === -1) return { header: [...segments], loops: [] };
  const loops: Segment[][] = [];
  for (const segment of segments.slice(first)) {
    if (segment.tag === tag) loops.push([]);
    loops.at(-1)!.push(segment);
  }
  return { header: segments.slice(0, first), loops };
}

/** The warehouse that the set is about: N1 WH, else where it ships from. */
export function warehouseOf(segments: readonly Segment[], { warehouses }: SetContext): string | undefined {
  const parties = partiesOf(segments);
  const party = parties.find(({ role }) => role === 'WH') ?? parties.find(({ role }) => role === 'SF') ?? parties.find(({ role }) => role === 'RL');
  return facilityOf(warehouses, [party?.code, party?.place.name]);
}

/** A date of the set by its qualifiers (G62, DTM), else that of a segment, else when the group was made. */
export function timeOf(segments: readonly Segment[], tag: 'G62' | 'DTM', qualifiers: readonly string[], { zone, observedAt }: SetContext, otherwise?: string): ZonedInstant {
  const found = segments.find((segment) => segment.tag === tag && qualifiers.includes((segment.elements[1] ?? '').trim()))?.elements;
  const [date, time, code] = found === undefined ? [otherwise ?? '', '', ''] : tag === 'G62' ? [found[2] ?? '', found[4] ?? '', found[5] ?? ''] : [found[2] ?? '', found[3] ?? '', found[4] ?? ''];
  const read = readTime(date, time, code, zone);
  // A date alone is no time of day: of the same day, the group says it better.
  if (read === null || (read.timeMissing && Math.abs(Date.parse(read.occurred.instant) - Date.parse(observedAt)) < 2 * 86_400_000)) return { instant: observedAt, zone };
  return read.occurred;
}

/** N9 of these qualifiers. */
export function referencesOf(segments: readonly Segment[], qualifiers: readonly string[]): string[] {
  return segments.filter((segment) => segment.tag === 'N9' && qualifiers.includes((segment.elements[1] ?? '').trim().toUpperCase())).flatMap((segment) => {
    const text = filled(segment.elements[2]);
    return text === undefined ? [] : [clip(text, 80)];
  });
}
