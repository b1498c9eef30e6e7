import { instant } from '../../lib/clock.js';
import type { EdiFault, EdiGroup, InterchangeRecord } from '../../model/edi.js';
import { commandHeader, type RawMessage } from '../contract.js';
import { partyFaults } from '../kit/edi/parties.js';
import { contentOf, groupOf, kept, setOf, stateOf } from '../kit/edi/record.js';
import { fatalEnvelopeCodes, isAcknowledgement, verdictsOf } from './acknowledgement.js';
import { faultCodes, part, type Interchange, type Message, type MessageGroup } from './envelope.js';
import type { EdifactProfile } from './profile.js';
import { readTime } from './times.js';

/** Codes of message faults for which it is not taken. */
const fatalCodes: ReadonlySet<string> = new Set([faultCodes.missing, faultCodes.notSupported]);

/** UNB 0035. */
export function isTest(interchange: Interchange): boolean {
  return part(interchange.header, 11) === '1';
}

export function envelopeFaults(interchange: Interchange, profile: EdifactProfile | undefined): EdiFault[] {
  if (profile === undefined || isTest(interchange) === (profile.usage === 'TEST')) return [];
  return [{ level: 'INTERCHANGE', code: faultCodes.test, text: `The test indicator says ${isTest(interchange) ? 'test' : 'production'}; this connection takes ${profile.usage.toLowerCase()}.` }];
}

/** Whether one that came is between those whom the profile names: UNB S002 and S003. */
export function strangers({ header }: Interchange, profile: EdifactProfile | undefined): EdiFault[] {
  const party = (element: number) => ({ qualifier: part(header, element, 1), id: part(header, element) });
  return profile === undefined ? [] : partyFaults({ sender: party(2), receiver: party(3) }, profile, faultCodes);
}

/** Whether the messages of an interchange with these faults are read. */
export function isRead(faults: readonly EdiFault[]): boolean {
  return faults.every((fault) => fault.code !== faultCodes.test);
}

/** Segments which the profile wants and the message lacks. */
export function missingSegments(message: Message, profile: EdifactProfile | undefined): EdiFault[] {
  const missing = (profile?.required[message.type] ?? []).filter((tag) => !message.segments.some((segment) => segment.tag === tag));
  return missing.map((tag) => ({ level: 'SEGMENT', code: faultCodes.missing, segment: tag, position: message.segments.length + 2, text: `Segment ${tag} is missing, which was agreed as mandatory.` }));
}

/** When the interchange was made, by UNB S004. */
export function madeAt(interchange: Interchange, zone: string) {
  const [date, time] = [part(interchange.header, 4), part(interchange.header, 4, 1)];
  return readTime(`${date}${time}`, date.length === 8 ? '203' : '201', zone);
}

/** The interchange as a record, once its messages were read and their faults are known. */
export function recordOf(interchange: Interchange, message: RawMessage, profile: EdifactProfile | undefined, zone: string): InterchangeRecord {
  const { header, faults } = interchange;
  const command = message.headers[commandHeader];
  const made = madeAt(interchange, zone);
  const groups = interchange.groups.map((group) => ofGroup(group, isRead(faults), interchange.groups.length));
  const isAnswer = interchange.groups.length > 0 && interchange.groups.every((group) => group.messages.every(isAcknowledgement));
  // The answer to a stranger would go to the partner.
  const wants = profile?.acknowledge === true && !isAnswer && faults.every((fault) => fault.code !== faultCodes.sender);
  const awaits = command !== undefined && profile?.expect === true && !isAnswer;
  return {
    syntax: 'EDIFACT', direction: command === undefined ? 'IN' : 'OUT', sender: kept(`${part(header, 2, 1)}:${part(header, 2)}`), receiver: kept(`${part(header, 3, 1)}:${part(header, 3)}`), control: kept(interchange.control, 20),
    isTest: isTest(interchange), version: kept(`${part(header, 1)}:${part(header, 1, 1)}`, 10), ...(made === null ? {} : { madeAt: made }),
    state: stateOf(groups, faults, faults.some((fault) => fatalEnvelopeCodes.has(fault.code))), faults: faults.slice(0, 50), groups,
    acknowledge: command === undefined && wants ? ['CONTRL'] : [], verdicts: command === undefined ? verdictsOf(interchange) : [],
    ...(command === undefined ? {} : { command }), ...(awaits ? { awaits: { kinds: ['CONTRL'], until: instant(Date.parse(message.receivedAt) + profile.expectMinutes * 60_000) } } : {}),
    ...contentOf(interchange.text),
  };
}

function ofGroup(group: MessageGroup, wasRead: boolean, groups: number): EdiGroup {
  const { header, control, faults, messages } = group;
  const sets = messages.map((message) => setOf(message.name, message.control, message.faults, !wasRead || message.nothingRead === true || message.faults.some((fault) => fault.level === 'SEGMENT' || fatalCodes.has(fault.code))));
  return groupOf({ functionalId: kept(part(header, 1), 20), control: kept(control, 20), sender: kept(part(header, 2), 40), receiver: kept(part(header, 3), 40), version: kept((header?.elements[7] ?? []).join(':'), 20), faults, stated: messages.length }, sets, groups);
}
