import { UnreadableMessage } from '../contract.js';

/** One segment: `elements[0]` is its tag, `elements[n]` the element that X12 numbers n. */
export interface Segment {
  tag: string;
  elements: readonly string[];
}

export interface Delimiters {
  element: string;
  segment: string;
}

/** Segments of one interchange, from ISA on. */
export interface InterchangeText {
  segments: Segment[];
  delimiters: Delimiters;
  /** The ISA segment has another length than the fixed 106 characters. */
  irregularHeader: boolean;
  /** What stands after the last segment terminator, where that is not blank: a segment cut off. */
  rest: string;
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
export function readInterchanges(text: string): { interchanges: InterchangeText[]; unreadable: string[]; leading: boolean } {
  const starts = startsOf(text);
  const interchanges: InterchangeText[] = [];
  const unreadable: string[] = [];
  let segments = 0;
  starts.forEach((start, index) => {
    const part = text.slice(start, starts[index + 1] ?? text.length);
    try {
      const read = readInterchange(part);
      segments += read.segments.length;
      interchanges.push(read);
    } catch (error) {
      if (index === 0 || !(error instanceof UnreadableMessage)) throw error;
      unreadable.push(error.message);
    }
    if (segments > maxSegments) throw new UnreadableMessage(`The file holds more than ${maxSegments} segments. Send it in parts.`);
  });
  return { interchanges, unreadable, leading: text.slice(0, starts[0]).trim() !== '' };
}

/** Places at which an ISA begins a segment: after the terminator of the interchange before it, or on a new line. */
function startsOf(text: string): number[] {
  const candidates = [...text.matchAll(interchangeStart)].map((match) => match.index);
  const first = candidates[0] ?? anyInterchangeStart.exec(text)?.index;
  if (first === undefined) throw new UnreadableMessage('No ISA segment was found. Send a whole X12 interchange, from ISA to IEA.');
  const starts = [first];
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

function readInterchange(text: string): InterchangeText {
  const element = text[3]!;
  const { segment, irregular } = segmentTerminator(text, element);
  const parts = text.split(segment);
  const rest = parts.pop()?.trim() ?? '';
  const segments: Segment[] = [];
  for (const part of parts) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const elements = trimmed.split(element).map((one) => one.trimEnd());
    segments.push({ tag: elements[0]!.trim().toUpperCase(), elements });
  }
  return { segments, delimiters: { element, segment }, irregularHeader: irregular, rest };
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
  const next = new RegExp(`[^A-Za-z0-9\\s]?\\s*(?:GS|TA1|IEA)${escaped}`).exec(text.slice(0, headerSearchLength));
  if (next === null) throw new UnreadableMessage('The delimiters of the ISA segment cannot be told: no GS segment follows it. Send a whole X12 interchange, from ISA to IEA.');
  const end = next.index + next[0].search(/(?:GS|TA1|IEA)/);
  const header = text.slice(0, end);
  const last = header.trimEnd();
  const elements = last.split(element);
  const final = elements[elements.length - 1]!;
  const lineBreak = /[\r\n]\s*$/.test(header);
  // With all sixteen elements a single mark at the end is ISA16, and the line break ends the segment.
  const markIsComponentSeparator = elements.length === elementsOfHeader && final.trim().length === 1 && lineBreak;
  const mark = final.at(-1);
  if (!markIsComponentSeparator && mark !== undefined && isTerminator(mark, element)) return mark;
  if (lineBreak) return '\n';
  throw new UnreadableMessage('The delimiters of the ISA segment cannot be told: no mark stands between it and the next segment.');
}

function isTerminator(char: string, element: string): boolean {
  return char !== element && !/[A-Za-z0-9 ]/.test(char);
}
