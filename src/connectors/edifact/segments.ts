import { UnreadableMessage } from '../contract.js';
import { decodeText, encodeText, type Charset } from '../kit/edi/bytes.js';
import type { Anomaly } from '../../model/facts.js';

/** One segment: `elements[0]` holds its tag, `elements[n]` the components of the element that EDIFACT numbers n, without release characters. */
export interface Segment {
  tag: string;
  elements: ReadonlyArray<readonly string[]>;
  /** The text as it came, where writing the elements would give another: a release character that was not needed. */
  verbatim?: string;
}

/** Service characters (ISO 9735): those of the UNA segment, else the default. */
export interface Marks {
  component: string;
  element: string;
  decimal: string;
  /** Blank: there is none. */
  release: string;
  /** Repetition separator of syntax version 4; blank before. */
  repetition: string;
  segment: string;
}

/** Segments of one interchange, from UNB on, and all that stands between them. */
export interface InterchangeText {
  marks: Marks;
  /** UNA as it stood, with what follows it before UNB; empty where there was none. */
  advice: string;
  segments: Segment[];
  /** What stands before each segment: line breaks, as a rule. */
  gaps: string[];
  /** What stands after the last segment terminator. */
  trailing: string;
  charset: Charset;
}

export const defaultMarks: Marks = { component: ':', element: '+', decimal: '.', release: '?', repetition: ' ', segment: "'" };

const maxSegments = 200_000;
const maxInterchanges = 10_000;
/** UNA with its six marks, or UNB and the element separator, at the start of a segment. */
const start = /UNA[^A-Za-z0-9]{6}\s*UNB|UNB[^A-Za-z0-9\s]UNO[A-Z]/g;

/** Character sets by the syntax identifier, UNB S001 0001 (ISO 9735-1 and its list of identifiers). UNOX switches character sets as it goes (ISO 2022): it is read as bytes. */
const charsets: Readonly<Record<string, Charset>> = {
  UNOC: 'latin1', UNOD: 'iso-8859-2', UNOE: 'iso-8859-5', UNOF: 'iso-8859-7', UNOG: 'iso-8859-3', UNOH: 'iso-8859-4', UNOI: 'iso-8859-6', UNOJ: 'iso-8859-8', UNOK: 'iso-8859-9', UNOL: 'iso-8859-15',
  UNOW: 'utf-8', UNOX: 'latin1', UNOY: 'utf-8',
};

/** The character set that a syntax identifier names; undefined: ASCII (UNOA, UNOB), which partners exceed in ways of their own. */
export function charsetOf(syntax: string): Charset | undefined {
  return Object.hasOwn(charsets, syntax) ? charsets[syntax] : undefined;
}

/**
 * Cuts a file into interchanges. Structure is told from the bytes, for service characters are ASCII in
 * every character set; then each interchange is decoded as its UNB says.
 * @throws UnreadableMessage where there is no interchange
 */
export function readInterchanges(body: Uint8Array): { interchanges: InterchangeText[]; anomalies: Anomaly[]; leading: string; marked: boolean } {
  const { marked, anomalies } = decodeText(body);
  const bytes = marked ? body.subarray(3) : body;
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const starts = startsOf(plain);
  let segments = 0;
  const interchanges = starts.map((from, index) => {
    const part = bytes.subarray(from, starts[index + 1] ?? bytes.length);
    const { text, charset } = decodeText(part, charsetOf(/UNB.(UNO[A-Z])/s.exec(plain.slice(from, from + 120))?.[1] ?? ''));
    const read = readInterchange(text, charset, maxSegments - segments);
    segments += read.segments.length;
    return read;
  });
  return { interchanges, anomalies: [...anomalies], leading: plain.slice(0, starts[0]), marked };
}

/** An interchange begins a file, or stands behind the terminator of the one before it, or on a new line. */
function startsOf(plain: string): number[] {
  const found = [...plain.matchAll(start)].map((match) => match.index);
  if (found.length === 0) throw new UnreadableMessage('No UNB segment was found. Send a whole EDIFACT interchange, from UNB to UNZ.');
  const starts = found.filter((at, index) => index === 0 || endsAnother(plain.slice(Math.max(0, at - 80), at)));
  if (starts.length > maxInterchanges) throw new UnreadableMessage(`The file holds more than ${maxInterchanges} interchanges. Send it in parts.`);
  return starts;
}

/** Whether what stands before a UNB ends an interchange, or a line. */
function endsAnother(before: string): boolean {
  const text = before.trimEnd();
  return /[\r\n]/.test(before.slice(text.length)) || /UNZ[^A-Za-z0-9].{1,60}[^A-Za-z0-9]$/s.test(text);
}

function readInterchange(text: string, charset: Charset, mostSegments: number): InterchangeText {
  const at = text.indexOf('UNB');
  const advice = text.slice(0, at);
  const marks = advice === '' ? marksOfHeader(text) : marksOfAdvice(advice);
  return { marks, advice, charset, ...cut(text, at, marks, mostSegments) };
}

/** UNA1 to UNA6. The fifth is the repetition separator in syntax version 4, and a blank before. */
function marksOfAdvice(advice: string): Marks {
  return { component: advice[3]!, element: advice[4]!, decimal: advice[5]!, release: advice[6]!, repetition: advice[7]!, segment: advice[8]! };
}

/** Without UNA the defaults hold, or the separators of level B, which the header shows itself: IS1, IS3, IS4. */
function marksOfHeader(text: string): Marks {
  const isVersion4 = /^UNB\+UNO[A-Z]:4/.test(text);
  return text[3] === '\u001d' ? { ...defaultMarks, component: '\u001f', element: '\u001d', release: ' ', segment: '\u001c' } : { ...defaultMarks, element: text[3]!, component: text[8] ?? ':', repetition: isVersion4 ? '*' : ' ' };
}

function cut(text: string, from: number, marks: Marks, mostSegments: number): Pick<InterchangeText, 'segments' | 'gaps' | 'trailing'> {
  const segments: Segment[] = [];
  const gaps: string[] = [];
  let gapStart = from;
  let at = from;
  for (;;) {
    const end = unreleased(text, marks.segment, at, marks.release);
    if (end === -1) return { segments, gaps, trailing: text.slice(gapStart) };
    let begin = at;
    while (begin < end && text.charCodeAt(begin) <= 0x20) begin++;
    at = end + 1;
    if (begin === end) continue;
    if (segments.length === mostSegments) throw new UnreadableMessage(`The file holds more than ${maxSegments} segments. Send it in parts.`);
    gaps.push(text.slice(gapStart, begin));
    gapStart = at;
    segments.push(segmentOf(text.slice(begin, end), marks));
  }
}

/** Where the mark stands next and is no data; -1: nowhere. */
function unreleased(text: string, mark: string, from: number, release: string): number {
  let at = text.indexOf(mark, from);
  while (at > from && release !== ' ' && isReleased(text, at, from, release)) at = text.indexOf(mark, at + 1);
  return at;
}

/** An odd number of release characters stands before it. */
function isReleased(text: string, at: number, from: number, release: string): boolean {
  let count = 0;
  while (at - count > from && text[at - count - 1] === release) count++;
  return count % 2 === 1;
}

function segmentOf(text: string, marks: Marks): Segment {
  if (marks.release === ' ' || !text.includes(marks.release)) {
    const elements = text.split(marks.element).map((element) => element.split(marks.component));
    return { tag: elements[0]![0]!.trim().toUpperCase(), elements };
  }
  const elements = splitReleased(text, marks.element, marks.release).map((element) => splitReleased(element, marks.component, marks.release).map((one) => withoutRelease(one, marks.release)));
  const segment = { tag: elements[0]![0]!.trim().toUpperCase(), elements };
  return writeSegment(segment, marks) === text ? segment : { ...segment, verbatim: text };
}

function splitReleased(text: string, mark: string, release: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let end = unreleased(text, mark, 0, release); end !== -1; end = unreleased(text, mark, from, release)) {
    parts.push(text.slice(from, end));
    from = end + 1;
  }
  return [...parts, text.slice(from)];
}

function withoutRelease(text: string, release: string): string {
  if (!text.includes(release)) return text;
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] === release && at + 1 < text.length) at++;
    plain += text[at];
  }
  return plain;
}

/** Text of a segment without its terminator; marks in data stand behind the release character. */
export function writeSegment({ elements, verbatim }: Segment, marks: Marks): string {
  return verbatim ?? elements.map((element) => element.map((component) => released(component, marks)).join(marks.component)).join(marks.element);
}

function released(data: string, { component, element, release, repetition, segment }: Marks): string {
  if (release === ' ') return data;
  const special = [component, element, release, segment, ...(repetition === ' ' ? [] : [repetition])];
  return Array.from(data, (character) => (special.includes(character) ? `${release}${character}` : character)).join('');
}

/** The text that was read, made of its segments. */
export function writeInterchange({ marks, advice, segments, gaps, trailing }: InterchangeText): string {
  return advice + segments.map((segment, index) => `${gaps[index] ?? ''}${writeSegment(segment, marks)}${marks.segment}`).join('') + trailing;
}

/** The bytes that were read. */
export function writeInterchanges({ interchanges, leading, marked }: ReturnType<typeof readInterchanges>): Uint8Array {
  const parts = interchanges.map((one) => encodeText(writeInterchange(one), one.charset));
  return Buffer.concat([...(marked ? [Buffer.from([0xef, 0xbb, 0xbf])] : []), Buffer.from(leading, 'latin1'), ...parts]);
}
