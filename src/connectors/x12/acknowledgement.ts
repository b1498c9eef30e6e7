import { DateTime } from 'luxon';
import { controlKey, type EdiFault, type EdiGroup, type EdiState, type EdiVerdict, type InterchangeRecord } from '../../model/edi.js';
import { kept } from '../kit/edi/record.js';
import { rowOf } from '../kit/table.js';
import type { Interchange, TransactionSet } from './envelope.js';
import type { Segment } from './segments.js';
import type { OutgoingSet } from './sets/set.js';
import type { Outgoing } from './writing.js';

/** TA104, AK501 and AK901: how something was taken. M, W and X concern security and reject. */
const states: Readonly<Record<string, EdiState>> = { A: 'ACCEPTED', E: 'ACCEPTED_WITH_ERRORS', P: 'PARTIALLY_ACCEPTED', R: 'REJECTED', M: 'REJECTED', W: 'REJECTED', X: 'REJECTED' };
const codes: Readonly<Record<EdiState, string>> = { ACCEPTED: 'A', ACCEPTED_WITH_ERRORS: 'E', PARTIALLY_ACCEPTED: 'P', REJECTED: 'R' };

/** TA105 of a test among what is none: nothing of it is read. */
export const wrongUsageCode = '020';

/** Faults of an envelope for which all of it is rejected: 020, and 023, it ends too early. */
export const fatalEnvelopeCodes: ReadonlySet<string> = new Set([wrongUsageCode, '023']);

/** Most segments that one 997 names as faulty. */
const mostNamed = 200;

/** What a partner says of our interchanges, by TA1 and by 997 or 999. */
export function verdictsOf(interchange: Interchange): EdiVerdict[] {
  const ofEnvelopes = interchange.ta1.map((segment) => verdictOfEnvelope(segment)).filter((verdict) => verdict !== null);
  const ofGroups = interchange.groups.flatMap((group) => group.sets.filter(isAcknowledgementSet).map(verdictOfGroup)).filter((verdict) => verdict !== null);
  return [...ofEnvelopes, ...ofGroups];
}

function verdictOfEnvelope({ elements }: Segment): EdiVerdict | null {
  const at = (index: number) => kept(elements[index], 20);
  const state = rowOf(states, at(4));
  if (at(1) === '' || state === undefined) return null;
  const faults: EdiFault[] = at(5) === '' || at(5) === '000' ? [] : [{ level: 'INTERCHANGE', code: at(5), text: `TA1 note ${at(5)}.` }];
  return { kind: 'TA1', control: controlKey(at(1)), state, faults };
}

/** AK1 names the group, AK2 to AK5 a set with its faults, AK9 says how the group was taken; null where one of the two is missing. */
export function verdictOfGroup(set: TransactionSet): EdiVerdict | null {
  let control = '';
  let state: EdiState | undefined;
  let name = '';
  const faults: EdiFault[] = [];
  for (const { tag, elements } of set.segments) {
    const at = (index: number) => kept(elements[index], 20);
    if (tag === 'AK1') control = controlKey(at(2));
    else if (tag === 'AK2') name = `Set ${at(1)} ${at(2)}`;
    else if (tag === 'AK3' || tag === 'IK3') faults.push({ level: 'SEGMENT', code: at(4) || '?', segment: at(1), ...(/^\d{1,6}$/.test(at(2)) ? { position: Number(at(2)) } : {}), text: `${name}: segment ${at(1)} at ${at(2)}, code ${at(4) || 'none'}.` });
    else if (tag === 'AK5' || tag === 'IK5') faults.push(...[2, 3, 4, 5, 6].map(at).filter((code) => code !== '').map((code): EdiFault => ({ level: 'SET', code, text: `${name} was ${at(1) === 'R' ? 'rejected' : 'taken'}, code ${code}.` })));
    else if (tag === 'AK9') {
      state = rowOf(states, at(1));
      faults.push(...[5, 6, 7, 8, 9].map(at).filter((code) => code !== '').map((code): EdiFault => ({ level: 'GROUP', code, text: `Group ${control}: code ${code}.` })));
    }
  }
  return control === '' || state === undefined ? null : { kind: '997', control, state, faults: faults.slice(0, mostNamed) };
}

const acknowledgementSets: ReadonlySet<string> = new Set(['997', '999']);

/** Whether a set says how groups of ours were taken. */
export function isAcknowledgementSet({ type }: Pick<TransactionSet, 'type'>): boolean {
  return acknowledgementSets.has(type);
}

/** Groups that are themselves acknowledgements are never acknowledged, whatever GS01 calls them. */
export function isAcknowledgement({ functionalId, sets }: Pick<EdiGroup, 'functionalId' | 'sets'>): boolean {
  return functionalId === 'FA' || (sets.length > 0 && sets.every(isAcknowledgementSet));
}

/** Groups that a 997 is of: it can name those alone that a GS segment names. */
export function acknowledgeable(groups: readonly EdiGroup[]): EdiGroup[] {
  return groups.filter((group) => !isAcknowledgement(group) && group.functionalId !== '' && group.control !== '');
}

/** TA1 and one 997 for each group of an interchange that came. */
export function acknowledge(interchange: InterchangeRecord): Outgoing {
  return {
    ta1: interchange.acknowledge.includes('TA1') ? [ta1Of(interchange)] : [],
    sets: interchange.acknowledge.includes('997') ? acknowledgeable(interchange.groups).map(set997) : [],
  };
}

/** TA102 and TA103 are ISA09 and ISA10, as the sender's clock had them. */
function ta1Of({ control, madeAt, faults }: InterchangeRecord): string[] {
  const made = madeAt === undefined ? null : DateTime.fromISO(madeAt.instant, { zone: madeAt.zone === 'Z' ? 'UTC' : zoneOf(madeAt.zone) });
  const state: EdiState = faults.some((fault) => fatalEnvelopeCodes.has(fault.code)) ? 'REJECTED' : faults.length > 0 ? 'ACCEPTED_WITH_ERRORS' : 'ACCEPTED';
  const worst = faults.find((fault) => fatalEnvelopeCodes.has(fault.code)) ?? faults[0];
  return ['TA1', control.padStart(9, '0'), made?.toFormat('yyMMdd') ?? '', made?.toFormat('HHmm') ?? '', codes[state], worst?.code ?? '000'];
}

function zoneOf(zone: string): string {
  return /^[+-]/.test(zone) ? `UTC${zone}` : zone;
}

function set997(group: EdiGroup): OutgoingSet {
  const segments: string[][] = [['AK1', group.functionalId, group.control]];
  for (const set of group.sets) {
    segments.push(['AK2', set.type, set.control]);
    const ofSegments = set.faults.filter((fault) => fault.level === 'SEGMENT');
    segments.push(...ofSegments.map((fault) => ['AK3', fault.segment ?? '', String(fault.position ?? 1), '', fault.code]));
    const noted = [...new Set([...set.faults.filter((fault) => fault.level === 'SET').map((fault) => fault.code), ...(ofSegments.length > 0 ? ['5'] : [])])];
    segments.push(['AK5', codes[set.state], ...noted.slice(0, 5)]);
  }
  segments.push(['AK9', codes[group.state], String(group.stated), String(group.count), String(group.accepted), ...group.faults.slice(0, 5).map((fault) => fault.code)]);
  return { type: '997', functionalId: 'FA', segments };
}
