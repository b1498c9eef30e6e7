import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { clip } from '../kit/text.js';
import { orderFact } from './orders.js';
import { orderAnswer } from './payloads.js';
import type { AmazonSettings } from './settings.js';

/**
 * Reads an order in the form in which getOrder of the Orders API 2026-01-01 gives it.
 * @throws UnreadableMessage where it is none
 */
export function decodeMessage(message: RawMessage, settings: Pick<AmazonSettings, 'feeSku'>): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const parsed = orderAnswer.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UnreadableMessage(`The body is no order of Amazon's Orders API 2026-01-01: ${clip(`${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`, 200)}`);
  }
  const fact = orderFact(parsed.data.order, settings, anomalies);
  return { facts: fact === null ? [] : [fact], anomalies: boundAnomalies(anomalies) };
}
