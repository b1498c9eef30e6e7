import { DateTime } from 'luxon';
import type { ControlSeries } from '../contract.js';
import type { Prepared } from '../kit/edi/sending.js';
import type { X12Profile } from './profile.js';
import type { OutgoingSet } from './sets/set.js';

const series = (profile: X12Profile, name: 'ISA' | 'GS' | 'ST'): ControlSeries => ({ name, first: profile.firstNumbers[name], most: 999_999_999 });

/** What goes in one interchange: TA1 segments and groups of sets, each group of one functional identifier. */
export interface Outgoing {
  ta1: ReadonlyArray<readonly string[]>;
  sets: readonly OutgoingSet[];
}

/**
 * An interchange to the partner: ISA padded to its 106 characters, one group for each functional
 * identifier, segment counts and control numbers in the trailers.
 * @param zone of the partner's clocks
 */
export function prepareInterchange(profile: X12Profile, outgoing: Outgoing, nowMs: number, zone: string): Prepared {
  const groups = [...new Set(outgoing.sets.map((set) => set.functionalId))].map((id) => ({ id, sets: outgoing.sets.filter((set) => set.functionalId === id) }));
  return {
    series: [series(profile, 'ISA'), ...groups.flatMap((group) => [series(profile, 'GS'), ...group.sets.map(() => series(profile, 'ST'))])],
    write(numbers) {
      const now = DateTime.fromMillis(nowMs, { zone });
      const left = [...numbers];
      const control = String(left.shift()!).padStart(9, '0');
      const segments: Array<readonly string[]> = [isa(profile, control, now, outgoing.sets.some(({ functionalId }) => functionalId !== 'FA')), ...outgoing.ta1];
      for (const group of groups) segments.push(...groupSegments(profile, group, left, now));
      segments.push(['IEA', String(groups.length), control]);
      return { control, bytes: Buffer.from(write(segments, profile), 'latin1') };
    },
  };
}

function groupSegments(profile: X12Profile, group: { id: string; sets: readonly OutgoingSet[] }, numbers: number[], now: DateTime): string[][] {
  const control = String(numbers.shift()!);
  const segments = [['GS', group.id, profile.us.group ?? profile.us.id, profile.partner.group ?? profile.partner.id, now.toFormat('yyyyMMdd'), now.toFormat('HHmmss'), control, 'X', profile.version]];
  for (const set of group.sets) {
    const number = String(numbers.shift()!).padStart(4, '0');
    segments.push(['ST', set.type, number], ...set.segments.map((segment) => segment.map(String)), ['SE', String(set.segments.length + 2), number]);
  }
  segments.push(['GE', String(group.sets.length), control]);
  return segments;
}

/**
 * ISA12 of a release: 004010 is 00401. From 00402 on ISA11 is the repetition separator.
 * @param says something that is no acknowledgement: an answer asks for no answer
 */
function isa({ us, partner, version, usage, separators, expect }: X12Profile, control: string, now: DateTime, says: boolean): string[] {
  const interchangeVersion = version.slice(0, 5);
  return [
    'ISA', '00', ' '.repeat(10), '00', ' '.repeat(10), us.qualifier, us.id.padEnd(15), partner.qualifier, partner.id.padEnd(15), now.toFormat('yyMMdd'), now.toFormat('HHmm'),
    interchangeVersion >= '00402' ? separators.repetition : 'U', interchangeVersion, control, says && expect.includes('TA1') ? '1' : '0', usage, separators.component,
  ];
}

/** X12 cannot escape: characters that part segments and elements become blanks in data, and so does what Latin 1 does not have. */
function write(segments: ReadonlyArray<readonly string[]>, { separators: { element, segment, component, repetition, lines } }: X12Profile): string {
  const unsafe = new RegExp(`[${[element, segment, component, repetition, '\r', '\n'].map((mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}]|[^\\u0020-\\u00ff]`, 'g');
  const end = segment === '\n' || !lines ? segment : `${segment}\n`;
  return segments.map((elements) => withoutEmptyEnd(elements[0] === 'ISA' ? elements : elements.map((data) => data.replace(unsafe, ' ').trimEnd())).join(element) + end).join('');
}

function withoutEmptyEnd(elements: readonly string[]): readonly string[] {
  const last = elements.findLastIndex((element) => element !== '');
  return elements.slice(0, last + 1);
}
