import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { pushed } from './payloads.js';
import { shipmentFacts } from './tracking.js';

/**
 * Reads what DHL pushed, or an answer of Unified Tracking.
 * @throws UnreadableMessage where it holds no shipment
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const parsed = pushed.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The body holds no shipments: it has neither `shipments` nor `shipment`, and is none itself.');
  const facts = new FactSet();
  for (const each of parsed.data) {
    const decoded = shipmentFacts(each, message);
    decoded.facts.forEach((fact) => facts.add(fact));
    anomalies.push(...decoded.anomalies);
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}
