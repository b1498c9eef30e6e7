import { UnreadableMessage } from '../contract.js';

/** One segment: `elements[0]` is its tag, `elements[n]` the element that X12 numbers n, as it stands, with its blanks. */
export interface Segment {
  /** In upper case, without blanks. */
  tag: string;
  elements: readonly string[];
}

export interface Delimiters {
  element: string;
  /** A line break is one of two characters where they stand together. */
  segment: string;
}

/** Segments of one interchange, from ISA on, and all that stands between them: `writeInterchange` makes the same text of it. */
export interface InterchangeText {
  segments: Segment[];
  delimiters: Delimiters;
  /** What stands before each segment: line breaks, as a rule. */
  gaps: string[];
  /** What stands after the last segment terminator. */
  trailing: string;
  /** All of it. */
  text: string;
  /** The ISA segment has another length than the fixed 106 characters. */
  irregularHeader: boolean;
}

/** More than any trading partner sends in one file; bounds work and memory. */
const maxSegments = 200_000;
const maxInterchanges = 10_000;
const headerLength = 106;
/** In which the segment after an ISA must begin, however long the ISA is. */
const headerSearchLength = 400;
const elementsOfHeader = 17;

/** An ISA with ISA01, which is two digits: in data the letters may stand by chance. */
const interchangeStart = /ISA([^A-Za-z0-9\s])\d{2}\1/g;
const anyInterchangeStart = /ISA[^A-Za-z0-9\s]/;

/**
 * Cuts text into interchanges. Delimiters are read from each ISA: at their fixed places where it
 * has its 106 characters, else from what stands between its last element and the next segment.
 * X12 has no release character: a delimiter in data cannot be escaped.
 * @throws UnreadableMessage where no interchange can be found, or the first has no delimiters
 */
export function readInterchanges(text: string): { interchanges: InterchangeText[]; unreadable: string[]; leading: string } {
  const starts = startsOf(text);
  const interchanges: InterchangeText[] = [];
  const unreadable: string[] = [];
  let segments = 0;
  starts.forEach((start, index) => {
    const part = text.slice(start, starts[index + 1] ?? text.length);
    try {
      const read = readInterchange(part, maxSegments - segments);
      segments += read.segments.length;
      interchanges.push(read);
    } catch (error) {
      if (index === 0 || !(error instanceof UnreadableMessage) || error instanceof TooLong) throw error;
      unreadable.push(error.message);
    }
  });
  return { interchanges, unreadable, leading: text.slice(0, starts[0]) };
}

/** Places at which an ISA begins a segment: after the terminator of the interchange before it, or on a new line. */
function startsOf(text: string): number[] {
  const candidates = [...text.matchAll(interchangeStart)].map((match) => match.index);
  const first = candidates[0] ?? anyInterchangeStart.exec(text)?.index;
  if (first === undefined) throw new UnreadableMessage('No ISA segment was found. Send a whole X12 interchange, from ISA to IEA.');
  const starts = [first];
  if (candidates.length < 2) return starts;
  let terminator = terminatorAt(text, first);
  for (const candidate of candidates.slice(1)) {
    const gap = text.slice(Math.max(0, candidate - 8), candidate);
    if (!/[\r\n]$/.test(gap) && gap.trimEnd().at(-1) !== terminator) continue;
    starts.push(candidate);
    terminator = terminatorAt(text, candidate) ?? terminator;
    if (starts.length > maxInterchanges) throw new UnreadableMessage(`The file holds more than ${maxInterchanges} interchanges. Send it in parts.`);
  }
  return starts;
}

function terminatorAt(text: string, start: number): string | undefined {
  try {
    return segmentTerminator(text.slice(start, start + headerSearchLength), text[start + 3]!).segment;
  } catch (error) {
    // Read again, and reported, with the interchange itself.
    if (error instanceof UnreadableMessage) return undefined;
    throw error;
  }
}

/** No part of such a file is read. */
class TooLong extends UnreadableMessage {}

function readInterchange(text: string, mostSegments: number): InterchangeText {
  const element = text[3]!;
  const { segment, irregular } = segmentTerminator(text, element);
  const segments: Segment[] = [];
  const gaps: string[] = [];
  let gapStart = 0;
  for (let at = 0, end = text.indexOf(segment); end !== -1; at = end + segment.length, end = text.indexOf(segment, at)) {
    let start = at;
    while (start < end && isBlank(text.charCodeAt(start))) start++;
    if (start === end) continue; // a terminator with nothing before it stays in the gap
    if (segments.length === mostSegments) throw new TooLong(`The file holds more than ${maxSegments} segments. Send it in parts.`);
    gaps.push(text.slice(gapStart, start));
    gapStart = end + segment.length;
    segments.push(segmentOf(text, start, end, element));
  }
  cut.length = 0; // or it would hold on to the file
  return { segments, delimiters: { element, segment }, gaps, trailing: text.slice(gapStart), text, irregularHeader: irregular };
}

/** The text that was read, made of its segments. */
export function writeInterchange({ segments, delimiters: { element, segment }, gaps, trailing }: Pick<InterchangeText, 'segments' | 'delimiters' | 'gaps' | 'trailing'>): string {
  return segments.map(({ elements }, index) => `${gaps[index] ?? ''}${elements.join(element)}${segment}`).join('') + trailing;
}

/** Elements of the segment that is being cut: an array that grows by itself takes room for seventeen, and most segments have five. */
const cut: string[] = [];

/** `split` of a slice costs twice as much: segments are short, and there are many. */
function segmentOf(text: string, start: number, end: number, element: string): Segment {
  const mark = element.charCodeAt(0);
  let [from, count] = [start, 0];
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== mark) continue;
    cut[count++] = text.slice(from, at);
    from = at + 1;
  }
  cut[count++] = text.slice(from, end);
  return { tag: tagOf(cut[0]!), elements: cut.slice(0, count) };
}

const tags = new Map<string, string>();
const mostTags = 1_000;
const longestTag = 3;

/** One string for each tag, as the compiler knows it from the source: comparing it with another is comparing two addresses, and a set is compared with many. */
function tagOf(text: string): string {
  // What is no tag of X12 is not remembered: it may be as long as its file, and would hold on to it.
  if (text.length > longestTag) return plainCode(text);
  const known = tags.get(text);
  if (known !== undefined) return known;
  const tag = Object.keys({ [plainCode(text)]: 0 })[0]!;
  if (tags.size < mostTags) tags.set(text, tag);
  return tag;
}

/** A tag or code without blanks, in upper case. Nearly all stand so already, and what they are is told by a look at their characters. */
export function plainCode(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!((code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39))) return text.trim().toUpperCase();
  }
  return text;
}

/** As `trim` has it, for the characters that partners use. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0xfeff;
}

function segmentTerminator(text: string, element: string): { segment: string; irregular: boolean } {
  const head = text.slice(0, headerLength);
  const fixed = head[headerLength - 1];
  if (fixed !== undefined && head.split(element).length === elementsOfHeader && head[headerLength - 3] === element && isTerminator(fixed, element)) {
    return { segment: fixed, irregular: false };
  }
  return { segment: terminatorBeforeNextSegment(text, element), irregular: true };
}

/** Reads the terminator of an ISA of any length: it stands before the tag of the segment that follows. */
function terminatorBeforeNextSegment(text: string, element: string): string {
  const escaped = element.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const next = new RegExp(`(?:GS|TA1|IEA)${escaped}`).exec(text.slice(0, headerSearchLength));
  if (next === null) throw new UnreadableMessage('The delimiters of the ISA segment cannot be told: no GS segment follows it. Send a whole X12 interchange, from ISA to IEA.');
  const header = text.slice(0, next.index);
  const last = header.trimEnd();
  const elements = last.split(element);
  const final = elements[elements.length - 1]!;
  const lineBreak = /[\r\n]/.test(header.slice(last.length));
  // With all sixteen elements a single mark at the end is ISA16, and the line break ends the segment.
  const markIsComponentSeparator = elements.length === elementsOfHeader && final.trim().length === 1 && lineBreak;
  const mark = final.at(-1);
  if (!markIsComponentSeparator && mark !== undefined && isTerminator(mark, element)) return mark;
  if (lineBreak) return header.slice(last.length).includes('\r\n') ? '\r\n' : '\n';
  throw new UnreadableMessage('The delimiters of the ISA segment cannot be told: no mark stands between it and the next segment.');
}

function isTerminator(char: string, element: string): boolean {
  return char !== element && !/[A-Za-z0-9 ]/.test(char);
}
