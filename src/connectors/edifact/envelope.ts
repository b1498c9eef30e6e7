import type { EdiFault } from '../../model/edi.js';
import type { Anomaly } from '../../model/facts.js';
import type { Severity } from '../../model/milestones.js';
import { UnreadableMessage } from '../contract.js';
import { maxGroups } from '../kit/edi/record.js';
import { clip } from '../kit/text.js';
import { readInterchanges, writeInterchange, type InterchangeText, type Segment } from './segments.js';

export interface Interchange {
  header: Segment;
  text: string;
  control: string;
  /** One without UNG where messages stand in no group. */
  groups: MessageGroup[];
  faults: EdiFault[];
}

export interface MessageGroup {
  /** UNG; null where there is none. */
  header: Segment | null;
  control: string;
  messages: Message[];
  faults: EdiFault[];
}

export interface Message {
  /** UNH S009: IFTSTA. */
  type: string;
  /** IFTSTA:D:96A:UN. */
  name: string;
  control: string;
  /** Between UNH and UNT. */
  segments: Segment[];
  complete: boolean;
  faults: EdiFault[];
  /** It was read and gave nothing. */
  nothingRead?: boolean;
}

/** Component of an element; empty where there is none. */
export function part(segment: Segment | null | undefined, element: number, component = 0): string {
  return (segment?.elements[element]?.[component] ?? '').trim();
}

type Note = (kind: string, message: string, severity: Severity, rawCode?: string) => void;

/** Codes of element 0085. */
export const faultCodes = { receiver: '7', sender: '23', invalid: '12', missing: '13', notSupported: '14', unspecified: '18', test: '25', references: '28', count: '29', occurrence: '33' } as const;

/**
 * Reads the envelopes of a file: UNB to UNZ, UNG to UNE, UNH to UNT. What is wrong is noted at its level and
 * everything that is whole is read.
 * @throws UnreadableMessage where there is no interchange, or more than is read of a file
 */
export function readEnvelopes(body: Uint8Array): { interchanges: Interchange[]; anomalies: Anomaly[] } {
  const { interchanges, anomalies, leading } = readInterchanges(body);
  const note: Note = (kind, message, severity, rawCode) => void anomalies.push({ kind, message, severity, ...(rawCode === undefined ? {} : { rawCode: clip(rawCode, 60) }) });
  if (leading.trim() !== '') note('LEADING_DATA', 'Something stands before the first UNB segment; it was not read.', 'LOW');
  const read = interchanges.map((one) => readInterchange(one, note));
  if (read.some(({ groups }) => groups.length > maxGroups)) throw new UnreadableMessage(`An interchange holds more than ${maxGroups} groups. Send it in parts.`);
  return { interchanges: read, anomalies };
}

class Reading {
  group: MessageGroup | null = null;
  message: Message | null = null;

  constructor(readonly interchange: Interchange, readonly name: string, readonly note: Note) {}

  take(segment: Segment): void {
    switch (segment.tag) {
      case 'UNG':
        this.endMessage();
        this.group = { header: segment, control: part(segment, 5), messages: [], faults: [] };
        this.interchange.groups.push(this.group);
        break;
      case 'UNE':
        this.endMessage();
        this.closeGroup(segment);
        break;
      case 'UNH':
        this.endMessage();
        this.openMessage(segment);
        break;
      case 'UNT':
        if (this.message === null) this.stray(segment);
        else this.closeMessage(this.message, segment);
        this.message = null;
        break;
      default:
        if (this.message === null) this.stray(segment);
        else this.message.segments.push(segment);
    }
  }

  endMessage(): void {
    if (this.message === null) return;
    this.message.faults.push({ level: 'SET', code: faultCodes.missing, text: 'It ends before its UNT segment.' });
    this.note('SET_INCOMPLETE', `${this.name}: message ${clip(this.message.control, 20)} (${clip(this.message.type, 10)}) ends before its UNT segment. What was complete has been read.`, 'HIGH');
    this.message = null;
  }

  private openMessage(segment: Segment): void {
    if (this.group === null) {
      this.group = { header: null, control: '', messages: [], faults: [] };
      this.interchange.groups.push(this.group);
    }
    this.message = { type: part(segment, 2), name: clip((segment.elements[2] ?? []).slice(0, 4).join(':'), 40), control: part(segment, 1), segments: [], complete: false, faults: [] };
    this.group.messages.push(this.message);
  }

  private closeMessage(message: Message, trailer: Segment): void {
    message.complete = true;
    const fault = (code: string) => (text: string) => void message.faults.push({ level: 'SET', code, text });
    this.same(`${this.name}: UNT 0062`, part(trailer, 2), message.control, fault(faultCodes.references));
    this.count(`${this.name}: UNT 0074 of message ${clip(message.control, 20)}`, part(trailer, 1), message.segments.length + 2, fault(faultCodes.count));
  }

  private closeGroup(trailer: Segment): void {
    const { group } = this;
    this.group = null;
    if (group === null || group.header === null) return this.stray(trailer);
    const fault = (code: string) => (text: string) => void group.faults.push({ level: 'GROUP', code, text });
    this.same(`${this.name}: UNE 0048`, part(trailer, 2), group.control, fault(faultCodes.references));
    this.count(`${this.name}: UNE 0060 of group ${clip(group.control, 20)}`, part(trailer, 1), group.messages.length, fault(faultCodes.count));
  }

  same(what: string, stated: string, expected: string, fault: (text: string) => void): void {
    if (stated === expected) return;
    const text = `${what} is ${clip(stated, 20) || 'empty'}, but the header has ${clip(expected, 20) || 'nothing'}.`;
    fault(text);
    this.note('CONTROL_NUMBER_MISMATCH', text, 'LOW', stated);
  }

  count(what: string, stated: string, counted: number, fault: (text: string) => void): void {
    if (/^\d{1,10}$/.test(stated) && Number(stated) === counted) return;
    const text = `${what} states ${clip(stated, 20) || 'nothing'}, but there are ${counted}.`;
    fault(text);
    this.note('COUNT_MISMATCH', text, 'LOW', stated);
  }

  private stray({ tag }: Segment): void {
    const text = `Segment ${clip(tag, 10)} stands outside of any message; it was not read.`;
    if (this.interchange.faults.some((fault) => fault.code === faultCodes.occurrence)) return;
    this.interchange.faults.push({ level: 'INTERCHANGE', code: faultCodes.occurrence, text });
    this.note('STRAY_SEGMENT', `${this.name}: ${text}`, 'MEDIUM');
  }
}

function readInterchange(of: InterchangeText, note: Note): Interchange {
  const header = of.segments[0] ?? { tag: 'UNB', elements: [] };
  const interchange: Interchange = { header, text: writeInterchange(of), control: part(header, 5), groups: [], faults: [] };
  const name = `Interchange ${clip(interchange.control, 20)}`;
  const reading = new Reading(interchange, name, note);
  const end = of.segments.findIndex((segment) => segment.tag === 'UNZ');
  for (const segment of of.segments.slice(1, end === -1 ? of.segments.length : end)) reading.take(segment);
  reading.endMessage();
  if (end === -1) {
    interchange.faults.push({ level: 'INTERCHANGE', code: faultCodes.missing, text: 'It ends before its UNZ segment.' });
    note('TRUNCATED', `${name} ends before its UNZ segment. What was complete has been read; ask the sender for the rest.`, 'HIGH');
    return interchange;
  }
  const fault = (code: string) => (text: string) => void interchange.faults.push({ level: 'INTERCHANGE', code, text });
  const trailer = of.segments[end]!;
  reading.same(`${name}: UNZ 0020`, part(trailer, 2), interchange.control, fault(faultCodes.references));
  const counted = interchange.groups.some((group) => group.header !== null) ? interchange.groups.length : interchange.groups.flatMap((group) => group.messages).length;
  reading.count(`${name}: UNZ 0036`, part(trailer, 1), counted, fault(faultCodes.count));
  if (of.segments.length > end + 1 || of.trailing.trim() !== '') note('TRAILING_DATA', `${name}: something stands after UNZ and was not read.`, 'MEDIUM');
  return interchange;
}
