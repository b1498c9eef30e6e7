import type { EdiAnswer, EdiFault, EdiGroup, EdiSet, InterchangeRecord } from '../../model/edi.js';
import { commandHeader, type RawMessage } from '../contract.js';
import { partyFaults } from '../kit/edi/parties.js';
import { contentOf, groupOf, kept, setOf, stateOf } from '../kit/edi/record.js';
import { instant } from '../../lib/clock.js';
import { acknowledgeable, fatalEnvelopeCodes, isAcknowledgement, verdictsOf, wrongUsageCode } from './acknowledgement.js';
import type { FunctionalGroup, Interchange, TransactionSet } from './envelope.js';
import type { X12Profile } from './profile.js';
import { readTime } from './times.js';

/** Codes of set faults for which the set is not taken: 1 not supported, 2 its trailer is missing. */
const fatalSetCodes: ReadonlySet<string> = new Set(['1', '2']);

/** TA105: an interchange of another sender, or for another receiver, than the profile names. */
export const senderCode = '006';
const receiverCode = '008';

/** By the interchange alone, before its sets are read: whether it is one that the profile takes. */
export function envelopeFaults(interchange: Interchange, profile: X12Profile | undefined): EdiFault[] {
  const usage = interchange.header[15] ?? '';
  if (profile === undefined || usage === '' || usage === profile.usage) return [];
  return [{ level: 'INTERCHANGE', code: wrongUsageCode, text: `ISA15 is ${kept(usage, 5)}; this connection takes ${profile.usage}.` }];
}

/** Whether one that came is between those whom the profile names: ISA05 to ISA08. */
export function strangers({ header }: Interchange, profile: X12Profile | undefined): EdiFault[] {
  const party = (index: number) => ({ qualifier: header[index] ?? '', id: header[index + 1] ?? '' });
  return profile === undefined ? [] : partyFaults({ sender: party(5), receiver: party(7) }, profile, { sender: senderCode, receiver: receiverCode });
}

/** Whether the sets of an interchange with these faults are read. */
export function isRead(faults: readonly EdiFault[]): boolean {
  return faults.every((fault) => fault.code !== wrongUsageCode);
}

/** Segments which the profile wants and the set lacks. */
export function missingSegments(set: TransactionSet, profile: X12Profile | undefined): EdiFault[] {
  const required = profile?.required[set.type] ?? [];
  const missing = required.filter((tag) => !set.segments.some((segment) => segment.tag === tag));
  return missing.map((tag) => ({ level: 'SEGMENT', code: '3', segment: tag, position: set.segments.length + 2, text: `Segment ${tag} is missing, which was agreed as mandatory.` }));
}

/** Whether what the set says is not taken. */
export function isRejected(set: TransactionSet): boolean {
  return set.nothingRead === true || set.faults.some((fault) => fault.level === 'SEGMENT' || fatalSetCodes.has(fault.code));
}

/** The interchange as a record, once its sets were read and their faults are known. */
export function recordOf(interchange: Interchange, message: RawMessage, profile: X12Profile | undefined, zone: string): InterchangeRecord {
  const at = (index: number) => interchange.header[index] ?? '';
  const { faults } = interchange;
  const command = message.headers[commandHeader];
  const isRefused = faults.some((fault) => fatalEnvelopeCodes.has(fault.code));
  const groups = interchange.groups.map((group) => ofGroup(group, isRead(faults), interchange.groups.length));
  const made = readTime(at(9), at(10), '', zone)?.occurred;
  return {
    syntax: 'X12', direction: command === undefined ? 'IN' : 'OUT', sender: kept(`${at(5)}:${at(6)}`), receiver: kept(`${at(7)}:${at(8)}`), control: kept(interchange.control, 20), isTest: at(15) === 'T', version: kept(at(12), 10),
    ...(made === undefined ? {} : { madeAt: made }), state: stateOf(groups, faults, isRefused), faults: faults.slice(0, 50), groups,
    acknowledge: command === undefined ? wantedOf(interchange, groups, profile) : [], verdicts: command === undefined ? verdictsOf(interchange) : [],
    ...(command === undefined ? {} : { command, ...awaited(groups, message, profile) }),
    ...contentOf(interchange.text),
  };
}

function ofGroup(group: FunctionalGroup, wasRead: boolean, groups: number): EdiGroup {
  const at = (index: number) => kept(group.header[index], 20);
  const sets = group.sets.map((set): EdiSet => setOf(set.type, set.control, set.faults, !wasRead || isRejected(set)));
  return groupOf({ functionalId: at(1), control: kept(group.control, 20), sender: at(2), receiver: at(3), version: at(8), faults: group.faults, stated: group.stated }, sets, groups);
}

/**
 * An interchange of acknowledgements alone is answered by nothing, whatever it asks for: two partners would answer one
 * another for ever. One from a stranger is not answered either, for answers go to the partner. Where a TA1 says that all of it is rejected, no 997 beside it says anything else.
 */
function wantedOf({ header, ta1, faults }: Interchange, groups: readonly EdiGroup[], profile: X12Profile | undefined): EdiAnswer[] {
  const isEmpty = groups.length === 0 && ta1.length === 0;
  if (profile === undefined || (groups.every(isAcknowledgement) && !isEmpty) || faults.some((fault) => fault.code === senderCode)) return [];
  const ofEnvelope = header[14] === '1' || faults.length > 0;
  const isRefused = profile.acknowledge.includes('TA1') && faults.some((fault) => fatalEnvelopeCodes.has(fault.code));
  return profile.acknowledge.filter((kind) => (kind === 'TA1' ? ofEnvelope : !isRefused && acknowledgeable(groups).length > 0));
}

function awaited(groups: readonly EdiGroup[], message: RawMessage, profile: X12Profile | undefined): Pick<InterchangeRecord, 'awaits'> {
  if (profile === undefined || profile.expect.length === 0 || groups.every(isAcknowledgement)) return {};
  return { awaits: { kinds: profile.expect, until: instant(Date.parse(message.receivedAt) + profile.expectMinutes * 60_000) } };
}
