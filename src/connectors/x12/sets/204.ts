import type { TenderInput, TenderPurpose, TenderRecord } from '../../../model/edi.js';
import { normalizeReferenceValue, type Reference } from '../../../model/references.js';
import type { ZonedInstant } from '../../../model/time.js';
import type { LoadRecord, LoadStop } from '../../../model/transport/records.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../../kit/http.js';
import { int16 } from '../../kit/numbers.js';
import { rowOf } from '../../kit/table.js';
import { clip, filled, maxReferenceLength } from '../../kit/text.js';
import type { Segment } from '../segments.js';
import { readTime } from '../times.js';
import { plannedTimes, purposeCodes, purposes, stopReasons, windowEnds, windowStarts } from './204-codes.js';
import { nameSegments, namesOf } from './naming.js';
import { partiesOf, partySegments, placeOf } from './places.js';
import type { OutgoingSet, SetContext, SetReader } from './set.js';
import { utcTime } from './utc.js';

const maxStops = 999;

/**
 * 204, motor carrier load tender. One that comes states a load, whole: a cancellation or a change without stops
 * leaves those that were stated before. Which of several stands follows from the time and number of their group,
 * never from the order of arrival. One that we sent states the tender.
 */
export const set204: SetReader = {
  type: '204',
  functionalId: 'SM',
  readsOwn: true,
  read(set, context) {
    const { name, anomalies, facts } = context;
    if (!set.complete) return; // half a tender is none; the fault is noted with the envelope
    const header = headerOf(set.segments, context);
    if (header === null) {
      anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: nothing names the load: neither B204 nor an L11 with BM, LO or CR is given. It was left out.`, severity: 'HIGH' });
      return;
    }
    const key = normalizeReferenceValue(header.load);
    if (context.isOurs) {
      const payload: TenderRecord = { load: header.load, role: 'TENDER', state: header.purpose === 'CANCEL' ? 'CANCELLED' : 'TENDERED', ...(header.carrier === undefined ? {} : { carrier: header.carrier }), at: { instant: context.observedAt, zone: context.zone } };
      facts.add({ type: 'tender.reported', key: { kind: 'tender', id: `tender:${key}` }, factKey: `version:${context.version}`, version: context.version, observedAt: context.observedAt, payload });
      return;
    }
    facts.add({ type: 'load.reported', key: { kind: 'load', id: key }, factKey: `version:${context.version}`, version: context.version, observedAt: context.observedAt, payload: loadOf(set.segments, header, context) });
  },
};

interface Header {
  load: string;
  carrier?: string;
  purpose: TenderPurpose;
  rawPurpose: string;
  trailer?: string;
  names: Reference[];
}

function headerOf(segments: readonly Segment[], { interchange, name, anomalies }: SetContext): Header | null {
  const head = segments.slice(0, firstStop(segments));
  const at = (tag: string, index: number, length = 60) => {
    const text = filled(head.find((segment) => segment.tag === tag)?.elements[index]);
    return text === undefined ? undefined : clip(text, length);
  };
  const reference = (qualifier: string) => filled(head.find((segment) => segment.tag === 'L11' && segment.elements[2]?.trim() === qualifier)?.elements[1]);
  const load = filled(at('B2', 4)) ?? reference('LO') ?? reference('CR') ?? reference('BM');
  if (load === undefined || load.length > maxReferenceLength || normalizeReferenceValue(load) === '') return null;
  const rawPurpose = at('B2A', 1, 10) ?? '00';
  const purpose = rowOf(purposes, rawPurpose);
  if (purpose === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `${name}: purpose ${rawPurpose} (B2A01) is in no table; the load was taken as it is stated.`, severity: 'LOW', rawCode: rawPurpose });
  const carrier = at('B2', 2, 10) ?? at('MS3', 1, 10);
  const trailer = [at('N7', 1, 10), at('N7', 2, 20)].filter((part) => part !== undefined).join('');
  return { load, purpose: purpose ?? 'ORIGINAL', rawPurpose, ...(carrier === undefined ? {} : { carrier }), ...(trailer === '' ? {} : { trailer }), names: namesOf(head, interchange.sender, carrier) };
}

function firstStop(segments: readonly Segment[]): number {
  const at = segments.findIndex((segment) => segment.tag === 'S5');
  return at === -1 ? segments.length : at;
}

function loadOf(segments: readonly Segment[], { load, carrier, purpose, rawPurpose, trailer, names }: Header, context: SetContext): LoadRecord {
  return {
    name: load, state: purpose === 'CANCEL' ? 'CANCELLED' : 'REQUESTED', rawState: `B2A ${rawPurpose}`,
    ...(carrier === undefined ? {} : { carrier }), ...(trailer === undefined ? {} : { trailer }),
    stops: withNames(stopsOf(segments, carrier, context), names),
  };
}

function stopsOf(segments: readonly Segment[], carrier: string | undefined, context: SetContext): LoadStop[] {
  const loops: Segment[][] = [];
  for (const segment of segments.slice(firstStop(segments))) {
    if (segment.tag === 'S5') loops.push([segment]);
    else loops.at(-1)!.push(segment);
  }
  const used = new Set<number>();
  return loops.slice(0, maxStops).map((loop) => {
    let sequence = int16(filled(loop[0]!.elements[1])) ?? 0;
    while (sequence < 1 || used.has(sequence)) sequence++;
    used.add(sequence);
    return stopOf(loop, sequence, carrier, context);
  }).sort((a, b) => a.sequence - b.sequence);
}

function stopOf(loop: readonly Segment[], sequence: number, carrier: string | undefined, { interchange, name, anomalies, zone }: SetContext): LoadStop {
  const reason = (loop[0]!.elements[2] ?? '').trim().toUpperCase();
  const kind = rowOf(stopReasons, reason);
  if (kind === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `${name}: stop reason ${clip(reason, 10) || 'nothing'} (element 163) is in no table; the stop was kept.`, severity: 'LOW', rawCode: clip(reason, 60) });
  const party = partiesOf(loop)[0];
  const place = party === undefined ? undefined : placeOf(party);
  const window: NonNullable<LoadStop['window']> = {};
  let planned: ZonedInstant | undefined;
  for (const { tag, elements } of loop) {
    if (tag !== 'G62') continue;
    const qualifier = (elements[1] ?? '').trim();
    const time = readTime(elements[2] ?? '', elements[4] ?? '', elements[5] ?? '', zone);
    if (time === null) anomalies.push({ kind: 'TIME_INVALID', message: `${name}: G62 of stop ${sequence} is no plausible time. It was left out.`, severity: 'MEDIUM' });
    else if (windowStarts.has(qualifier)) window.from ??= time.occurred;
    else if (windowEnds.has(qualifier)) window.to ??= time.occurred;
    else if (plannedTimes.has(qualifier)) planned ??= time.occurred;
  }
  const names = namesOf(loop, interchange.sender, carrier);
  return {
    id: String(sequence), sequence, kind: kind ?? 'OTHER', ...(party?.code === undefined ? {} : { facilityCode: party.code }), ...(place === undefined ? {} : { place }),
    ...(Object.keys(window).length === 0 ? {} : { window }), ...(planned === undefined ? {} : { planned: { arrival: planned } }),
    loaded: kind === 'PICKUP' ? names : [], unloaded: kind === 'DELIVERY' ? names : [],
  };
}

/** What the header names is on the truck from the first pickup to the last delivery, where stops name nothing themselves. */
function withNames(stops: LoadStop[], names: readonly Reference[]): LoadStop[] {
  if (names.length === 0 || stops.some((stop) => stop.loaded.length + stop.unloaded.length > 0)) return stops;
  const first = stops.find((stop) => stop.kind === 'PICKUP');
  const last = stops.findLast((stop) => stop.kind === 'DELIVERY');
  return stops.map((stop) => (stop === first ? { ...stop, loaded: [...names] } : stop === last ? { ...stop, unloaded: [...names] } : stop));
}

/** A tender to a carrier. Times go out in UTC, and say so. */
export function write204(input: TenderInput): Outcome<OutgoingSet> {
  if (!/^[A-Z]{2,4}$/.test(input.carrier)) return failure('invalid', `The carrier ${clip(input.carrier, 20)} is no Standard Carrier Alpha Code of two to four letters.`, '');
  if (input.load.trim() === '' || input.load.length > 30) return failure('invalid', 'A load number of 1 to 30 characters is needed.', '');
  if (input.stops.length === 0 && input.purpose !== 'CANCEL') return failure('invalid', 'A tender needs stops.', '');
  const segments: string[][] = [['B2', '', input.carrier, '', input.load, '', 'PP'], ['B2A', purposeCodes[input.purpose], 'LT'], ...nameSegments(input.references)];
  if (input.respondBy !== undefined) segments.push(['G62', '64', ...timeElements(input.respondBy, '1')]);
  if (input.equipment !== undefined) segments.push(['N7', '', clip(input.equipment, 10)]);
  input.stops.forEach((stop, index) => segments.push(...stopSegments(stop, index + 1)));
  if (input.weightKg !== undefined) segments.push(['L3', input.weightKg, 'G', '', '', '', '', '', '', '', '', '', 'K']);
  return { ok: true, value: { type: '204', functionalId: 'SM', segments } };
}

function stopSegments({ kind, place, window, references }: TenderInput['stops'][number], sequence: number): string[][] {
  const isPickup = kind === 'PICKUP';
  return [
    ['S5', String(sequence), isPickup ? 'LD' : kind === 'DELIVERY' ? 'UL' : 'IN'],
    ...nameSegments(references),
    ...(window?.from === undefined ? [] : [['G62', isPickup ? '37' : '53', ...timeElements(window.from.instant, isPickup ? 'I' : 'G')]]),
    ...(window?.to === undefined ? [] : [['G62', isPickup ? '38' : '54', ...timeElements(window.to.instant, isPickup ? 'K' : 'L')]]),
    ...partySegments(isPickup ? 'SF' : 'ST', place),
  ];
}

/** G6202 to G6205. */
function timeElements(instant: string, qualifier: string): string[] {
  const { date, time } = utcTime(instant);
  return [date, qualifier, time, 'UT'];
}
