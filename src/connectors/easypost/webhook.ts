import { sameText } from '../../lib/same-text.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Decoded } from '../../model/facts.js';
import { type IncomingMessage, type RawMessage, UnreadableMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, usableSecrets } from '../kit/signatures.js';
import { clip } from '../kit/text.js';
import { readKept } from './carrier.js';
import { readPickup } from './pickups.js';
import { eventPayload, tracker } from './payloads.js';
import { trackerFacts } from './tracking.js';

/**
 * `X-Hmac-Signature: hmac-sha256-hex=<hex>` over the raw bytes, under the secret in Unicode form
 * NFKD. Over the bytes as sent: JSON that was read and written again turns 614.0 into 614.
 */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['x-hmac-signature']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  const matches = anyMatches(usable, (secret) => sameText(presented, signature(secret, message.body)));
  return matches ? { ok: true } : { ok: false, reason: 'wrong' };
}

/** The value of `X-Hmac-Signature` for this body. */
export function signature(secret: string, body: Uint8Array): string {
  return `hmac-sha256-hex=${hmacSha256(secret.normalize('NFKD'), body).toString('hex')}`;
}

/**
 * Reads what answered a command of ours, or an EasyPost Event. Those of trackers give facts; any other is noted and gives none.
 * @throws UnreadableMessage where it is no EasyPost event, or one of a tracker without its number
 */
export function decodeEvent(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'refund' });
  const event = eventPayload.safeParse(value);
  if (!event.success) throw new UnreadableMessage('The body is no EasyPost event: it has no `description` such as tracker.updated.');
  const { description, result } = event.data;
  if (description !== 'tracker.created' && description !== 'tracker.updated') {
    const kind = clip(description, 60);
    anomalies.push({ kind: 'EVENT_IGNORED', message: `EasyPost's event ${kind} says nothing about where goods are and was not read.`, severity: 'LOW', rawCode: kind });
    return { facts: [], anomalies };
  }
  const parsed = tracker.safeParse(result);
  if (!parsed.success) throw new UnreadableMessage(`The tracker in \`result\` cannot be read: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}.`);
  const stated = [parsed.data.updated_at, event.data.updated_at, event.data.created_at].map((text) => parseOffsetTime(text ?? '')).find((time) => time !== null);
  const decoded = trackerFacts(parsed.data, { message, observedAt: stated?.instant ?? message.receivedAt });
  return { facts: decoded.facts, anomalies: boundAnomalies([...anomalies, ...decoded.anomalies]) };
}
