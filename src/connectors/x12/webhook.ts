import type { Anomaly, Decoded } from '../../model/facts.js';
import { commandHeader, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { noteParties } from '../kit/edi/parties.js';
import { interchangeFact, versionOf } from '../kit/edi/record.js';
import { readSet } from '../kit/edi/reading.js';
import { FactSet } from '../kit/fact-set.js';
import { clip } from '../kit/text.js';
import { readEnvelopes, type FunctionalGroup, type Interchange } from './envelope.js';
import { readers } from './sets/index.js';
import { isAcknowledgementSet, verdictOfGroup, wrongUsageCode } from './acknowledgement.js';
import { envelopeFaults, isRead, missingSegments, recordOf, senderCode, strangers } from './interchange.js';
import { profileOf, type X12Profile } from './profile.js';
import type { X12Settings } from './settings.js';
import { readTime } from './times.js';

/** AK502: one or more segments are at fault. */
const segmentsCode = '5';

interface Reading {
  settings: X12Settings;
  profile: X12Profile | undefined;
  /** We sent it ourselves. */
  isOurs: boolean;
  message: RawMessage;
  zone: string;
  facts: FactSet;
  anomalies: Anomaly[];
}

/**
 * Reads a file of X12 interchanges. Each set that sets/index.ts knows gives facts; any other is named in an
 * anomaly and its siblings live.
 * @throws UnreadableMessage where there is no interchange in it
 */
export function decodeFile(message: RawMessage, settings: X12Settings): Decoded {
  const { interchanges, anomalies } = readEnvelopes(message.body);
  const profile = profileOf(settings);
  const reading: Reading = { settings, profile, isOurs: message.headers[commandHeader] !== undefined, message, zone: settings.zone ?? message.zone, facts: new FactSet(), anomalies };
  for (const interchange of interchanges) {
    const unexpected = reading.isOurs ? [] : strangers(interchange, profile);
    noteParties(interchange.control, unexpected, senderCode, anomalies);
    interchange.faults.push(...unexpected, ...envelopeFaults(interchange, profile));
    if (isRead(interchange.faults)) for (const group of interchange.groups) readGroup(group, interchange, reading);
    else anomalies.push({ kind: 'USAGE_MISMATCH', message: `Interchange ${clip(interchange.control, 20)} was not read: ${interchange.faults.at(-1)!.text}`, severity: 'HIGH', rawCode: wrongUsageCode });
    reading.facts.add(interchangeFact(recordOf(interchange, message, profile, reading.zone), message.receivedAt));
  }
  return { facts: reading.facts.list(), anomalies: boundAnomalies([...anomalies, ...reading.facts.anomalies]) };
}

function readGroup(group: FunctionalGroup, interchange: Interchange, { settings, profile, isOurs, message, zone, facts, anomalies }: Reading): void {
  const made = readTime(group.date, group.time, '', zone);
  if (made === null && group.sets.length > 0) {
    anomalies.push({ kind: 'TIME_INVALID', message: `Interchange ${clip(interchange.control, 20)}: group ${clip(group.control, 20)} does not say when it was made (GS04, GS05); the time it arrived was taken.`, severity: 'LOW' });
  }
  const observedAt = made?.occurred.instant ?? message.receivedAt;
  group.sets.forEach((set, index) => {
    const name = `Interchange ${clip(interchange.control, 20)}, transaction set ${clip(set.control, 20)}`;
    if (isAcknowledgementSet(set)) {
      if (!isOurs && verdictOfGroup(set) === null) anomalies.push({ kind: 'ACKNOWLEDGEMENT_UNREADABLE', message: `${name}: this ${set.type} does not say which group it is of (AK1), or how it was taken (AK9).`, severity: 'MEDIUM' });
      return;
    }
    const reader = readers.get(set.type);
    if (reader === undefined) {
      set.faults.push({ level: 'SET', code: '1', text: 'This set is not supported.' });
      const type = clip(set.type, 10) || 'without a type';
      anomalies.push({ kind: 'UNSUPPORTED_SET', message: `${name}: set ${type} is not read by this connector; it reads ${[...readers.keys()].join(', ')}.`, severity: 'MEDIUM', rawCode: type });
      return;
    }
    if (isOurs && reader.readsOwn !== true) return;
    const missing = missingSegments(set, profile);
    if (missing.length > 0) {
      set.faults.push(...missing);
      anomalies.push({ kind: 'SEGMENT_MISSING', message: `${name} was rejected: ${missing.map((fault) => fault.text).join(' ')}`, severity: 'HIGH', rawCode: missing[0]!.segment! });
      return;
    }
    const context = { isOurs, interchange, group, name, observedAt, version: versionOf(observedAt, group.control, index), zone, connection: message.connection, warehouses: settings, facts, anomalies };
    const { faults, nothingRead } = readSet(() => reader.read(set, context), { what: `${name} (${set.type})`, code: segmentsCode, complete: set.complete }, facts, anomalies);
    set.faults.push(...faults);
    set.nothingRead = nothingRead;
  });
}
