import type { Anomaly, Decoded } from '../../model/facts.js';
import { commandHeader, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { noteParties } from '../kit/edi/parties.js';
import { interchangeFact, versionOf } from '../kit/edi/record.js';
import { readSet } from '../kit/edi/reading.js';
import { FactSet } from '../kit/fact-set.js';
import { clip } from '../kit/text.js';
import { verdictOf } from './acknowledgement.js';
import { faultCodes, part, readEnvelopes, type Interchange, type Message } from './envelope.js';
import { envelopeFaults, isRead, madeAt, missingSegments, recordOf, strangers } from './interchange.js';
import { readers } from './messages/index.js';
import { profileOf, type EdifactProfile } from './profile.js';
import type { EdifactSettings } from './settings.js';

/**
 * Reads a file of EDIFACT interchanges. Each message that messages/index.ts knows gives facts; any other is
 * named in an anomaly and its siblings live.
 * @throws UnreadableMessage where there is no interchange in it
 */
export function decodeFile(message: RawMessage, settings: EdifactSettings): Decoded {
  const zone = settings.zone ?? message.zone;
  const profile = profileOf(settings);
  const { interchanges, anomalies } = readEnvelopes(message.body);
  const facts = new FactSet();
  for (const interchange of interchanges) {
    const isOurs = message.headers[commandHeader] !== undefined;
    const unexpected = isOurs ? [] : strangers(interchange, profile);
    noteParties(interchange.control, unexpected, faultCodes.sender, anomalies);
    interchange.faults.push(...unexpected, ...envelopeFaults(interchange, profile));
    if (!isRead(interchange.faults)) anomalies.push({ kind: 'USAGE_MISMATCH', message: `Interchange ${clip(interchange.control, 20)} was not read: ${interchange.faults.at(-1)!.text}`, severity: 'HIGH', rawCode: faultCodes.test });
    else readMessages(interchange, { raw: message, settings, profile, isOurs, zone, facts, anomalies });
    facts.add(interchangeFact(recordOf(interchange, message, profile, zone), message.receivedAt));
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

interface Reading {
  raw: RawMessage;
  settings: EdifactSettings;
  profile: EdifactProfile | undefined;
  /** We sent it ourselves. */
  isOurs: boolean;
  zone: string;
  facts: FactSet;
  anomalies: Anomaly[];
}

function readMessages(interchange: Interchange, { raw, settings, profile, isOurs, zone, facts, anomalies }: Reading): void {
  const made = madeAt(interchange, zone);
  if (made === null) anomalies.push({ kind: 'TIME_INVALID', message: `Interchange ${clip(interchange.control, 20)} does not say when it was made (UNB S004); the time it arrived was taken.`, severity: 'LOW' });
  const observedAt = made?.instant ?? raw.receivedAt;
  const issuer = clip((part(interchange.header, 2) || '*').toUpperCase(), 60);
  interchange.groups.flatMap((group) => group.messages).forEach((message, index) => {
    const name = `Interchange ${clip(interchange.control, 20)}, message ${clip(message.control, 20)}`;
    const reader = readers.get(message.type);
    if (isOurs && reader?.readsOwn !== true) return;
    if (reader === undefined) {
      if (message.type === 'CONTRL') noteUnreadable(message, name, anomalies);
      else {
        const type = clip(message.type, 10) || 'without a type';
        message.faults.push({ level: 'SET', code: faultCodes.notSupported, text: 'This message is not supported.' });
        anomalies.push({ kind: 'UNSUPPORTED_SET', message: `${name}: message ${type} is not read by this connector; it reads ${[...readers.keys()].join(', ')}.`, severity: 'MEDIUM', rawCode: type });
      }
      return;
    }
    const missing = missingSegments(message, profile);
    if (missing.length > 0) {
      message.faults.push(...missing);
      anomalies.push({ kind: 'SEGMENT_MISSING', message: `${name} was rejected: ${missing.map((fault) => fault.text).join(' ')}`, severity: 'HIGH', rawCode: missing[0]!.segment! });
      return;
    }
    const context = { isOurs, interchange, name, observedAt, version: versionOf(observedAt, interchange.control, index), zone, issuer, connection: raw.connection, warehouses: settings, facts, anomalies };
    const { faults, nothingRead } = readSet(() => reader.read(message, context), { what: `${name} (${message.type})`, code: faultCodes.unspecified, complete: message.complete }, facts, anomalies);
    message.faults.push(...faults);
    message.nothingRead = nothingRead;
  });
}

function noteUnreadable(message: Message, name: string, anomalies: Anomaly[]): void {
  if (verdictOf(message) === null) anomalies.push({ kind: 'ACKNOWLEDGEMENT_UNREADABLE', message: `${name}: this CONTRL does not say which interchange it is of, or how it was taken (UCI).`, severity: 'MEDIUM' });
}
