import { sameText } from '../../lib/same-text.js';
import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { proofFacts } from '../kit/booking/proofs.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, usableSecrets } from '../kit/signatures.js';
import { pushed } from './payloads.js';
import { readPickup } from './pickups.js';
import { readKept } from './shipments.js';
import { numberFacts } from './tracking.js';

/** `fdx-signature`: HMAC-SHA256 over the raw bytes under the project's security token, in base64, or in hex. */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['fdx-signature']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  const matches = anyMatches(usable, (secret) => {
    const expected = hmacSha256(secret, message.body);
    return anyMatches([expected.toString('base64'), expected.toString('hex')], (text) => sameText(presented, text));
  });
  return matches ? { ok: true } : { ok: false, reason: 'wrong' };
}

/** The value of `fdx-signature` for this body. */
export function signature(secret: string, body: Uint8Array): string {
  return hmacSha256(secret, body).toString('base64');
}

/**
 * Reads what FedEx pushed, an answer of the Track API, or what was kept of a command.
 * @throws UnreadableMessage where it is none of them
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'cancellation' });
  const parsed = pushed.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The body holds no results of tracking: it has neither output.completeTrackResults nor trackResults.');
  const facts = new FactSet();
  proofFacts(value, message).forEach((fact) => facts.add(fact));
  for (const { trackingNumber, trackResults } of parsed.data) {
    const decoded = numberFacts(trackingNumber, trackResults, message);
    decoded.facts.forEach((fact) => facts.add(fact));
    anomalies.push(...decoded.anomalies);
  }
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}
