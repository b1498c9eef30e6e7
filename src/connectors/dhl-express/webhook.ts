import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { proofFacts } from '../kit/booking/proofs.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { trackingAnswer } from './payloads.js';
import { readPickup } from './pickups.js';
import { readKept } from './shipments.js';
import { shipmentFacts } from './tracking.js';

/**
 * Reads an answer of the MyDHL API about tracking, or what was kept of a command.
 * @throws UnreadableMessage where it is neither
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'cancellation' });
  const parsed = trackingAnswer.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The body holds no shipments of DHL Express tracking.');
  const facts = new FactSet();
  proofFacts(value, message).forEach((fact) => facts.add(fact));
  for (const each of parsed.data.shipments) {
    const decoded = shipmentFacts(each, message);
    decoded.facts.forEach((fact) => facts.add(fact));
    anomalies.push(...decoded.anomalies);
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}
