import { sameText } from '../../lib/same-text.js';
import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { proofFacts } from '../kit/booking/proofs.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, usableSecrets } from '../kit/signatures.js';
import { clip } from '../kit/text.js';
import { readKept } from './carrier.js';
import { event, tracker } from './payloads.js';
import { pickups } from './pickups.js';
import { trackerFacts } from './tracking.js';

const trackerEvents = new Set(['tracker_created', 'tracker_updated', 'tracker_polled']);

/** Karrio signs nothing: it sends the webhook's secret itself, as `X-Event-Id`. Let it speak to us over TLS alone. */
export function verifySecret(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['x-event-id']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  return anyMatches(usable, (secret) => sameText(presented, secret)) ? { ok: true } : { ok: false, reason: 'wrong' };
}

/**
 * Reads what answered a command of ours, or a webhook of Karrio. Those of trackers give facts; any other is noted and gives none: what
 * we book there we know, and what others book there is no matter of ours.
 * @throws UnreadableMessage where it is none, or one of a tracker without its number
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup: pickups.readPickup, cancelWord: 'cancellation' });
  const told = event.safeParse(value);
  if (!told.success) throw new UnreadableMessage('The body is no Karrio webhook: it has no `event` such as tracker_updated.');
  if (!trackerEvents.has(told.data.event)) {
    const kind = clip(told.data.event, 60);
    anomalies.push({ kind: 'EVENT_IGNORED', message: `Karrio's event ${kind} says nothing about where goods are and was not read.`, severity: 'LOW', rawCode: kind });
    return { facts: [], anomalies };
  }
  const parsed = tracker.safeParse(told.data.data);
  if (!parsed.success) throw new UnreadableMessage(`The tracker in \`data\` cannot be read: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}.`);
  const decoded = trackerFacts(parsed.data, message);
  return { facts: [...decoded.facts, ...proofFacts(value, message)], anomalies: boundAnomalies([...anomalies, ...decoded.anomalies]) };
}
