import type { Decoded } from '../../model/facts.js';
import { sameText } from '../../lib/same-text.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { proofFacts } from '../kit/booking/proofs.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, usableSecrets, verifyToken } from '../kit/signatures.js';
import { alert, trackResponse } from './payloads.js';
import { readPickup } from './pickups.js';
import { readKept } from './shipments.js';
import { alertFacts, packageFacts } from './tracking.js';

/**
 * Track Alert signs nothing. In version 1 it repeats the credential of the subscription in the header `credential`, in version 2 it
 * sends a bearer token: either is a text that we gave it.
 */
export function verifyCredential(message: IncomingMessage, secrets: readonly string[]): Verification {
  const credential = message.headers['credential']?.trim().replace(/^bearer +/i, '');
  if (credential === undefined || credential === '') return verifyToken(message, secrets);
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  return anyMatches(usable, (secret) => sameText(credential, secret)) ? { ok: true } : { ok: false, reason: 'wrong' };
}

/**
 * Reads an event of Track Alert, an answer of the Track API, or what was kept of a command.
 * @throws UnreadableMessage where it is none of them
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'void' });
  const tracked = trackResponse.safeParse(value);
  if (tracked.success) {
    const facts = new FactSet();
    proofFacts(value, message).forEach((fact) => facts.add(fact));
    for (const each of tracked.data.trackResponse.shipment.flatMap((shipment) => shipment.package ?? [])) {
      const decoded = packageFacts(each, message);
      decoded.facts.forEach((fact) => facts.add(fact));
      anomalies.push(...decoded.anomalies);
    }
    return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
  }
  const event = alert.safeParse(value);
  if (!event.success) throw new UnreadableMessage('The body is neither an event of Track Alert nor an answer of the Track API: it has no tracking number with an activity status.');
  const decoded = alertFacts(event.data, message);
  return { facts: decoded.facts, anomalies: boundAnomalies([...anomalies, ...decoded.anomalies]) };
}
