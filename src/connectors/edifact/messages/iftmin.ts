import { normalizeReferenceValue } from '../../../model/references.js';
import type { TenderRecord } from '../../../model/edi.js';
import type { LoadRecord, LoadStop } from '../../../model/transport/records.js';
import { rowOf } from '../../kit/table.js';
import { clip, maxReferenceLength } from '../../kit/text.js';
import { part } from '../envelope.js';
import type { Segment } from '../segments.js';
import { readTime } from '../times.js';
import type { MessageReader } from './message.js';
import { namesOf } from './naming.js';
import { placeOfLocation, placeOfParty } from './places.js';

/** Element 1225, what the message does to the instruction. */
const functions: Readonly<Record<string, LoadRecord['state']>> = { '9': 'REQUESTED', '1': 'CANCELLED', '3': 'CANCELLED', '4': 'REQUESTED', '5': 'REQUESTED', '2': 'REQUESTED', '6': 'CONFIRMED', '7': 'REQUESTED', '31': 'REQUESTED', '36': 'REQUESTED', '47': 'REQUESTED', '54': 'REQUESTED' };

/** Element 3035, who gives the goods and who gets them, the more exact place first; element 3227 where a LOC says it instead. */
const ends = {
  PICKUP: { parties: ['PW', 'SF', 'CZ', 'CO'], locations: ['9', '88', '198'], from: ['234', '10', '200'], to: ['235'] },
  DELIVERY: { parties: ['DP', 'ST', 'UC', 'CN'], locations: ['7', '11', '20'], from: ['64', '2', '17'], to: ['63'] },
} as const;

/**
 * IFTMIN, transport instruction: one consignment from a place to another, which is a load of two stops. The
 * instruction is known by its document number, and what changes or cancels it says the same number. One that we sent
 * states that the load was tendered.
 */
export const iftmin: MessageReader = {
  type: 'IFTMIN',
  readsOwn: true,
  read(message, { isOurs, name, observedAt, version, zone, issuer, facts, anomalies }) {
    if (!message.complete) return; // half an instruction is none
    const bgm = message.segments.find((segment) => segment.tag === 'BGM');
    const number = part(bgm, 2);
    const key = normalizeReferenceValue(number);
    if (key === '' || number.length > maxReferenceLength) {
      anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: the instruction has no document number (BGM C106). It was left out.`, severity: 'HIGH' });
      return;
    }
    const purpose = part(bgm, 3) || '9';
    const state = rowOf(functions, purpose);
    if (state === undefined) anomalies.push({ kind: 'UNKNOWN_CODE', message: `${name}: message function ${clip(purpose, 10)} (element 1225) is in no table; the instruction was taken as it is stated.`, severity: 'LOW', rawCode: clip(purpose, 60) });
    const carrier = message.segments.find((segment) => segment.tag === 'NAD' && part(segment, 1) === 'CA');
    const carrierName = carrier === undefined ? '' : part(carrier, 4) || part(carrier, 3) || part(carrier, 2);
    if (isOurs) {
      const payload: TenderRecord = { load: clip(number, maxReferenceLength), role: 'TENDER', state: state === 'CANCELLED' ? 'CANCELLED' : 'TENDERED', ...(carrierName === '' ? {} : { carrier: clip(carrierName, 60) }), at: { instant: observedAt, zone } };
      facts.add({ type: 'tender.reported', key: { kind: 'tender', id: `tender:${key}` }, factKey: `version:${version}`, version, observedAt, payload });
      return;
    }
    const names = namesOf(message.segments, issuer);
    const stops = (['PICKUP', 'DELIVERY'] as const).flatMap((kind) => stopOf(kind, message.segments, zone)).map((stop, index): LoadStop => ({ ...stop, id: String(index + 1), sequence: index + 1, loaded: stop.kind === 'PICKUP' ? names : [], unloaded: stop.kind === 'DELIVERY' ? names : [] }));
    const payload: LoadRecord = { name: clip(number, maxReferenceLength), state: state ?? 'REQUESTED', rawState: `BGM ${clip(purpose, 20)}`, ...(carrierName === '' ? {} : { carrier: clip(carrierName, 60) }), stops };
    facts.add({ type: 'load.reported', key: { kind: 'load', id: key }, factKey: `version:${version}`, version, observedAt, payload });
  },
};

function stopOf(kind: 'PICKUP' | 'DELIVERY', segments: readonly Segment[], zone: string): Array<Omit<LoadStop, 'id' | 'sequence' | 'loaded' | 'unloaded'>> {
  const { parties, locations, from, to } = ends[kind];
  const party = parties.map((role) => segments.find((segment) => segment.tag === 'NAD' && part(segment, 1) === role)).find((segment) => segment !== undefined);
  const location = locations.map((role) => segments.find((segment) => segment.tag === 'LOC' && part(segment, 1) === role)).find((segment) => segment !== undefined);
  const place = (party === undefined ? undefined : placeOfParty(party)) ?? (location === undefined ? undefined : placeOfLocation(location));
  const time = (qualifiers: readonly string[]) => qualifiers.map((qualifier) => {
    const dtm = segments.find((segment) => segment.tag === 'DTM' && part(segment, 1) === qualifier);
    return dtm === undefined ? null : readTime(part(dtm, 1, 1), part(dtm, 1, 2), zone);
  }).find((one) => one !== null);
  const [start, end] = [time(from), time(to)];
  const code = party === undefined ? '' : part(party, 2);
  if (party === undefined && location === undefined) return [];
  const window = { ...(start === undefined ? {} : { from: start }), ...(end === undefined ? {} : { to: end }) };
  return [{ kind, ...(code === '' ? {} : { facilityCode: clip(code, 60) }), ...(place === undefined ? {} : { place }), ...(Object.keys(window).length === 0 ? {} : { window }) }];
}
