import type { Anomaly, Decoded } from '../../model/facts.js';
import type { RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { clip } from '../kit/text.js';
import { readEnvelopes, type FunctionalGroup, type Interchange } from './envelope.js';
import type { X12Settings } from './settings.js';
import { readShipments } from './shipments.js';
import { readTime } from './times.js';
import { statusFacts } from './tracking.js';

/**
 * Reads a file of X12 interchanges. Transaction set 214 (shipment status) gives facts; any other
 * set is named in an anomaly and its siblings live.
 * @throws UnreadableMessage where there is no interchange in it
 */
export function decodeFile(message: RawMessage, settings: X12Settings): Decoded {
  const zone = settings.zone ?? message.zone;
  const { interchanges, anomalies } = readEnvelopes(message.body);
  const facts = new FactSet();
  for (const interchange of interchanges) {
    for (const group of interchange.groups) readGroup(group, interchange, { zone, receivedAt: message.receivedAt }, facts, anomalies);
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

function readGroup(group: FunctionalGroup, interchange: Interchange, context: { zone: string; receivedAt: string }, facts: FactSet, anomalies: Anomaly[]): void {
  const name = (control: string) => `Interchange ${clip(interchange.control, 20)}, transaction set ${clip(control, 20)}`;
  const made = readTime(group.date, group.time, '', context.zone);
  if (made === null && group.sets.length > 0) {
    anomalies.push({ kind: 'TIME_INVALID', message: `Interchange ${clip(interchange.control, 20)}: group ${clip(group.control, 20)} does not say when it was made (GS04, GS05); the time it arrived was taken.`, severity: 'LOW' });
  }
  const observedAt = made?.occurred.instant ?? context.receivedAt;
  for (const set of group.sets) {
    if (set.type !== '214') {
      const type = clip(set.type, 10) || 'without a type';
      anomalies.push({ kind: 'UNSUPPORTED_SET', message: `${name(set.control)}: set ${type} is not read by this connector; it reads 214.`, severity: 'MEDIUM', rawCode: type });
      continue;
    }
    const { shipments, nameless, invalid } = readShipments(set, interchange);
    for (const why of nameless) anomalies.push({ kind: 'NO_REFERENCE', message: `${name(set.control)}: statuses were left out, for nothing says which shipment they are of: ${why}.`, severity: 'HIGH' });
    for (const why of invalid) anomalies.push({ kind: 'FIELD_INVALID', message: `${name(set.control)}: ${why}. The field was left out.`, severity: 'MEDIUM' });
    for (const shipment of shipments) {
      for (const detail of shipment.details) {
        for (const fact of statusFacts(detail, shipment, { observedAt, zone: context.zone }, anomalies)) facts.add(fact);
      }
    }
  }
}
