import { sha256 } from '../../../lib/ids.js';
import { worseState, type EdiFault, type EdiGroup, type EdiSet, type EdiState, type InterchangeRecord } from '../../../model/edi.js';
import type { Fact } from '../../../model/facts.js';
import { clip } from '../text.js';

/** Groups of one interchange: a file that holds one with more is not read, for each has an acknowledgement of its own. */
export const maxGroups = 1_000;
/** Sets that are listed one by one, of a group and of an interchange; each group lists two at least. */
const mostListed = 500;
const mostListedOfAll = 2_000;
const mostFaults = 50;

/** The fact that an interchange came or went. It is known by sender, number and bytes: repeats are one, corrections under the same number are not. */
export function interchangeFact(record: InterchangeRecord, observedAt: string): Fact {
  const id = [record.direction, clip(record.sender, 60), clip(record.control, 40), record.sha256.slice(0, 16)].join(':');
  return { type: 'interchange.reported', key: { kind: 'interchange', id }, factKey: 'interchange', version: 1, observedAt, payload: record };
}

/** What tells two interchanges of one number apart: all of it but the blanks and line breaks that follow it in its file. */
export function contentOf(interchange: string): Pick<InterchangeRecord, 'sha256' | 'bytes'> {
  const text = Buffer.from(interchange.trimEnd(), 'utf8');
  return { sha256: sha256(text), bytes: text.byteLength };
}

/** A text of an envelope as it is kept. */
export function kept(text: string | undefined, length = 40): string {
  return clip((text ?? '').trim(), length);
}

/** REJECTED where a fault says so, else read with errors where there are any. */
export function setOf(type: string, control: string, faults: readonly EdiFault[], isRejected: boolean): EdiSet {
  return { type: kept(type), control: kept(control), state: isRejected ? 'REJECTED' : faults.length > 0 ? 'ACCEPTED_WITH_ERRORS' : 'ACCEPTED', faults: faults.slice(0, mostFaults) };
}

/**
 * A group by its sets: partially accepted where some were rejected and others were not. Those with faults are listed first.
 * @param groups how many the interchange has
 */
export function groupOf(of: Pick<EdiGroup, 'functionalId' | 'control' | 'sender' | 'receiver' | 'version' | 'faults' | 'stated'>, sets: readonly EdiSet[], groups: number): EdiGroup {
  const accepted = sets.filter((set) => set.state !== 'REJECTED').length;
  const worst = sets.reduce<EdiState>((state, set) => (set.state === 'REJECTED' ? state : worseState(state, set.state)), of.faults.length > 0 ? 'ACCEPTED_WITH_ERRORS' : 'ACCEPTED');
  const state = accepted === sets.length ? worst : accepted === 0 ? 'REJECTED' : 'PARTIALLY_ACCEPTED';
  const most = Math.min(mostListed, Math.max(2, Math.floor(mostListedOfAll / groups)));
  const listed = sets.length <= most ? sets : [...sets.filter((set) => set.faults.length > 0), ...sets.filter((set) => set.faults.length === 0)].slice(0, most);
  return { ...of, faults: of.faults.slice(0, mostFaults), state, count: sets.length, accepted, sets: [...listed] };
}

/** An interchange by its groups; `isRejected`: by its envelope alone. */
export function stateOf(groups: readonly EdiGroup[], faults: readonly EdiFault[], isRejected: boolean): EdiState {
  if (isRejected) return 'REJECTED';
  const rejected = groups.filter((group) => group.state === 'REJECTED').length;
  if (rejected > 0) return rejected === groups.length ? 'REJECTED' : 'PARTIALLY_ACCEPTED';
  return groups.reduce<EdiState>((state, group) => worseState(state, group.state), faults.length > 0 ? 'ACCEPTED_WITH_ERRORS' : 'ACCEPTED');
}

/** Version of a record that a set states: seconds of the group's time, then its control number, then the place in the group. */
export function versionOf(observedAt: string, control: string, index: number): number {
  const number = /^\d{1,14}$/.test(control) ? Number(control) % 10_000 : 0;
  return Math.floor(Date.parse(observedAt) / 1000) * 1_000_000 + number * 100 + Math.min(index, 99);
}
