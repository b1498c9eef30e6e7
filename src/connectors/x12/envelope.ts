import type { Anomaly } from '../../model/facts.js';
import type { EdiFault } from '../../model/edi.js';
import type { Severity } from '../../model/milestones.js';
import { UnreadableMessage } from '../contract.js';
import { maxGroups } from '../kit/edi/record.js';
import { clip } from '../kit/text.js';
import { decodeText } from '../kit/edi/bytes.js';
import { readInterchanges, type InterchangeText, type Segment } from './segments.js';

export interface Interchange {
  /** ISA01 to ISA16 under their numbers, without the blanks that fill them up. */
  header: readonly string[];
  text: string;
  /** ISA06. */
  sender: string;
  /** ISA13. */
  control: string;
  groups: FunctionalGroup[];
  /** TA1 segments between ISA and the first group. */
  ta1: Segment[];
  faults: EdiFault[];
  /** The file ends before IEA. */
  cutOff: boolean;
}

export interface FunctionalGroup {
  /** GS01 to GS08 under their numbers. */
  header: readonly string[];
  /** GS04 and GS05: when the group was made, by the sender's clock. */
  date: string;
  time: string;
  /** GS06. */
  control: string;
  sets: TransactionSet[];
  faults: EdiFault[];
  /** GE01 as a number; the count of sets where it is none. */
  stated: number;
}

export interface TransactionSet {
  /** ST01, e.g. 214. */
  type: string;
  /** ST02. */
  control: string;
  /** Between ST and SE. */
  segments: Segment[];
  /** False where the file ended, or another set began, before SE. */
  complete: boolean;
  faults: EdiFault[];
  /** It was read and gave nothing. */
  nothingRead?: boolean;
}

type Note = (kind: string, message: string, severity: Severity, rawCode?: string) => void;

/**
 * Reads the envelopes of a file: interchanges (ISA to IEA), functional groups (GS to GE),
 * transaction sets (ST to SE), any number of each. Faults of an envelope are noted and what is in
 * it is read all the same, as TA1 code 001 (accepted with errors) has it; counts that do not agree
 * cost no status report.
 * @throws UnreadableMessage where there is no interchange, or more than is read of a file
 */
export function readEnvelopes(body: Uint8Array): { interchanges: Interchange[]; anomalies: Anomaly[] } {
  const { text, anomalies } = decodeText(body);
  const note: Note = (kind, message, severity, rawCode) => {
    anomalies.push({ kind, message, severity, ...(rawCode === undefined ? {} : { rawCode: clip(rawCode, 60) }) });
  };
  const read = readInterchanges(text);
  if (read.leading.trim() !== '') note('LEADING_DATA', 'Something stands before the first ISA segment; it was not read.', 'LOW');
  for (const why of read.unreadable) note('INTERCHANGE_UNREADABLE', `One of several interchanges was left out. ${why}`, 'HIGH');
  const interchanges = read.interchanges.map((one) => readInterchange(one, note));
  if (interchanges.some(({ groups }) => groups.length > maxGroups)) throw new UnreadableMessage(`An interchange holds more than ${maxGroups} functional groups. Send it in parts.`);
  return { interchanges, anomalies };
}

function readInterchange(of: InterchangeText, note: Note): Interchange {
  const header = (of.segments[0]?.elements ?? []).map((element) => element.trim());
  const interchange: Interchange = { header, text: of.text, sender: header[6] ?? '', control: header[13] ?? '', groups: [], ta1: [], faults: [], cutOff: false };
  const name = `Interchange ${clip(interchange.control, 20)}`;
  if (of.irregularHeader) note('ISA_LENGTH', `${name}: the ISA segment has not its fixed length of 106 characters. Its delimiters were told from what follows.`, 'LOW');
  const segments = withUnterminatedTrailer(of, name, note);
  const end = segments.findIndex((segment) => segment.tag === 'IEA');
  const within = segments.slice(1, end === -1 ? segments.length : end);
  readGroups(within, interchange, name, note);
  if (end === -1) {
    interchange.cutOff = true;
    interchange.faults.push({ level: 'INTERCHANGE', code: '023', text: 'It ends before its IEA segment.' });
    note('TRUNCATED', `${name} ends before its IEA segment. What was complete has been read; ask the sender for the rest.`, 'HIGH');
    return interchange;
  }
  const trailer = segments[end]!.elements;
  const fault = (code: string) => (text: string) => void interchange.faults.push({ level: 'INTERCHANGE', code, text });
  checkControl(() => `${name}: IEA02`, trailer[2], 'ISA13', interchange.control, note, fault('001'));
  checkCount(() => `${name}: IEA01`, trailer[1], interchange.groups.length, 'functional groups', note, fault('021'));
  if (segments.length > end + 1) fault('022')('Segments stand after IEA.');
  if (segments.length > end + 1) note('TRAILING_DATA', `${name}: ${segments.length - end - 1} segment(s) stand after IEA and were not read.`, 'MEDIUM');
  return interchange;
}

/** An IEA as the last thing of a file is complete without its terminator; any other segment may be cut off. */
function withUnterminatedTrailer(of: InterchangeText, name: string, note: Note): Segment[] {
  const rest = of.trailing.trim();
  if (rest === '') return of.segments;
  const elements = rest.split(of.delimiters.element).map((one) => one.trim());
  if (elements[0] === 'IEA' && elements.length === 3) return [...of.segments, { tag: 'IEA', elements }];
  const hasTrailer = of.segments.some((segment) => segment.tag === 'IEA');
  if (hasTrailer) note('TRAILING_DATA', `${name}: something stands after IEA and was not read.`, 'LOW');
  return of.segments;
}

function readGroups(segments: readonly Segment[], into: Interchange, name: string, note: Note): void {
  let group: FunctionalGroup | null = null;
  let set: TransactionSet | null = null;
  for (const segment of segments) {
    const at = segment.elements;
    if (segment.tag === 'GS') {
      if (group !== null) noteOpenGroup(group, name, note);
      group = openGroup(at, into);
      set = null;
    } else if (segment.tag === 'GE') {
      if (group !== null) closeGroup(group, at, name, note);
      group = null;
      set = null;
    } else if (segment.tag === 'ST') {
      // A set outside of any group is read by the interchange's own clock, which is none.
      group ??= groupWithoutHeader(into, name, note);
      set = { type: (at[1] ?? '').trim(), control: (at[2] ?? '').trim(), segments: [], complete: false, faults: [] };
      group.sets.push(set);
    } else if (segment.tag === 'SE') {
      if (set !== null) closeSet(set, at, name, note);
      set = null;
    } else if (set !== null) {
      set.segments.push(segment);
    } else if (segment.tag === 'TA1') {
      into.ta1.push(segment);
    }
  }
  if (group !== null) noteOpenGroup(group, name, note);
  for (const open of into.groups.flatMap((one) => one.sets).filter((one) => !one.complete)) {
    open.faults.push({ level: 'SET', code: '2', text: 'It ends before its SE segment.' });
    note('SET_INCOMPLETE', `${name}: transaction set ${clip(open.control, 20)} (${clip(open.type, 10)}) ends before its SE segment. What was complete has been read.`, 'HIGH');
  }
}

function openGroup(header: readonly string[], into: Interchange): FunctionalGroup {
  const group: FunctionalGroup = { header: header.map((element) => element.trim()), faults: [], stated: 0, date: (header[4] ?? '').trim(), time: (header[5] ?? '').trim(), control: (header[6] ?? '').trim(), sets: [] };
  into.groups.push(group);
  return group;
}

/** No 997 can name it: what is wrong is said of the interchange. */
function groupWithoutHeader(into: Interchange, name: string, note: Note): FunctionalGroup {
  const text = 'Transaction sets stand outside of any functional group.';
  if (into.faults.every((fault) => fault.code !== '022')) {
    into.faults.push({ level: 'INTERCHANGE', code: '022', text });
    note('GROUP_MISSING', `${name}: ${text} They were read.`, 'MEDIUM');
  }
  return openGroup([], into);
}

function noteOpenGroup(group: FunctionalGroup, name: string, note: Note): void {
  group.stated = group.sets.length;
  group.faults.push({ level: 'GROUP', code: '3', text: 'It has no GE segment.' });
  note('GROUP_INCOMPLETE', `${name}: group ${clip(group.control, 20)} has no GE segment.`, 'LOW');
}

function closeGroup(group: FunctionalGroup, trailer: readonly string[], name: string, note: Note): void {
  const fault = (code: string) => (text: string) => void group.faults.push({ level: 'GROUP', code, text });
  group.stated = /^\d{1,6}$/.test((trailer[1] ?? '').trim()) ? Number(trailer[1]) : group.sets.length;
  checkControl(() => `${name}: GE02`, trailer[2], 'GS06', group.control, note, fault('4'));
  checkCount(() => `${name}: GE01 of group ${clip(group.control, 20)}`, trailer[1], group.sets.length, 'transaction sets', note, fault('5'));
}

function closeSet(set: TransactionSet, trailer: readonly string[], name: string, note: Note): void {
  set.complete = true;
  const fault = (code: string) => (text: string) => void set.faults.push({ level: 'SET', code, text });
  checkControl(() => `${name}: SE02`, trailer[2], 'ST02', set.control, note, fault('3'));
  checkCount(() => `${name}: SE01 of transaction set ${clip(set.control, 20)}`, trailer[1], set.segments.length + 2, 'segments', note, fault('4'));
}

/** @param what is being looked at; asked for where it is wrong alone, for nearly all are right */
function checkControl(what: () => string, stated: string | undefined, of: string, expected: string, note: Note, fault: (text: string) => void): void {
  const value = (stated ?? '').trim();
  if (sameControl(value, expected)) return;
  const text = `${what()} is ${clip(value, 20) || 'empty'}, but ${of} is ${clip(expected, 20) || 'empty'}.`;
  fault(text);
  note('CONTROL_NUMBER_MISMATCH', text, 'LOW', value);
}

/** Leading zeros are padding. */
function sameControl(a: string, b: string): boolean {
  const trim = (value: string) => value.replace(/^0+(?=.)/, '');
  return a === b || trim(a) === trim(b);
}

function checkCount(what: () => string, stated: string | undefined, counted: number, of: string, note: Note, fault: (text: string) => void): void {
  const value = (stated ?? '').trim();
  if (/^\d{1,10}$/.test(value) && Number(value) === counted) return;
  const text = `${what()} states ${clip(value, 20) || 'nothing'}, but there are ${counted} ${of}.`;
  fault(text);
  note('COUNT_MISMATCH', text, 'LOW', value);
}
