import type { Anomaly, Decoded } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { placeOf, timeOf, trackedFacts, unknownCode, type Scan } from '../kit/tracked-parcel.js';
import { readKept } from './bought.js';
import { statusCodes } from './codes.js';
import { report, statusEvent, type StatusEvent } from './payloads.js';
import type { RateTableSettings } from './settings.js';

/**
 * Reads what answered a command of ours, or what the carrier reports: `{"events":[{"trackingNumber","code","at","text","place"}]}` with our own codes.
 * @throws UnreadableMessage where it is neither
 */
export function decodeMessage(message: RawMessage, { tariff }: RateTableSettings): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, cancelWord: 'cancellation' });
  const parsed = report.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The body is no report: it has no `events`, each with trackingNumber, code and at.');
  const byNumber = new Map<string, Array<{ of: StatusEvent; index: number }>>();
  parsed.data.events.forEach((raw, index) => {
    const of = statusEvent.safeParse(raw).data;
    if (of === undefined) anomalies.push({ kind: 'ITEM_INVALID', message: `events[${index}] has no trackingNumber or no code and was left out.`, severity: 'MEDIUM' });
    else byNumber.set(of.trackingNumber, [...(byNumber.get(of.trackingNumber) ?? []), { of, index }]);
  });
  const facts = new FactSet();
  for (const [number, events] of byNumber) {
    const scans = events.flatMap(({ of, index }) => scanOf(of, index, message, anomalies));
    const estimated = events.map(({ of }) => timeOf(of.estimatedAt, message.zone)).find((time) => time !== null);
    const decoded = trackedFacts({ carrier: tariff.carrier, number, observedAt: message.receivedAt, scans, ...(estimated == null ? {} : { estimated }) });
    decoded.facts.forEach((fact) => facts.add(fact));
    anomalies.push(...decoded.anomalies);
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

function scanOf(of: StatusEvent, index: number, message: RawMessage, anomalies: Anomaly[]): Scan[] {
  const occurred = timeOf(of.at, message.zone);
  if (occurred === null) {
    anomalies.push({ kind: 'TIME_INVALID', message: `events[${index}] has no plausible time: ${clip(of.at ?? 'none', 40)}. It was left out.`, severity: 'MEDIUM' });
    return [];
  }
  const rawCode = clip(of.code, 60);
  const mapped = rowOf(statusCodes, of.code);
  if (mapped === undefined) anomalies.push(unknownCode('The carrier', 'code', of.code, rawCode));
  const place = placeOf(of.place ?? {});
  const [text, id] = [filled(of.text), filled(of.id)];
  return [{ occurred, mapped: mapped ?? { code: 'INFO' }, rawCode, ...(text === undefined ? {} : { rawText: clip(text, 500) }), ...(place === undefined ? {} : { place }), ...(id === undefined ? {} : { key: clip(id, 100) }) }];
}
