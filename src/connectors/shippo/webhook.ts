import { sameText } from '../../lib/same-text.js';
import type { Decoded } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { decodeAnswer, isKeptAnswer } from '../kit/booking/facts.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, toleranceSeconds, usableSecrets } from '../kit/signatures.js';
import { clip } from '../kit/text.js';
import { readKept } from './carrier.js';
import { readPickup } from './pickups.js';
import { event, track } from './payloads.js';
import { trackFacts } from './tracking.js';

/** `Shippo-Auth-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 over `t.body`, as Shippo's page “Webhook security” has it. */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['shippo-auth-signature']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  const seconds = /^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(presented)?.[1];
  if (seconds === undefined) return { ok: false, reason: 'wrong' };
  const matches = anyMatches(usable, (secret) => sameText(presented, signature(secret, Number(seconds), message.body, seconds)));
  if (!matches) return { ok: false, reason: 'wrong' };
  return Math.abs(message.receivedMs / 1000 - Number(seconds)) <= toleranceSeconds ? { ok: true } : { ok: false, reason: 'outdated' };
}

/** The value of `Shippo-Auth-Signature` for this body. @param stated the seconds as they are written */
export function signature(secret: string, seconds: number, body: Uint8Array, stated = String(seconds)): string {
  return `t=${stated},v1=${hmacSha256(secret, `${stated}.`, body).toString('hex')}`;
}

/**
 * Reads what answered a command of ours, or a webhook of Shippo. Those of tracks give facts; any other is noted and gives none.
 * @throws UnreadableMessage where it is none, or one of a track without its number
 */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (isKeptAnswer(value, message)) return decodeAnswer(value, message, { readKept, readPickup, cancelWord: 'refund' });
  const told = event.safeParse(value);
  if (!told.success) throw new UnreadableMessage('The body is no Shippo webhook: it has no `event` such as track_updated.');
  if (told.data.event !== 'track_updated') {
    const kind = clip(told.data.event, 60);
    anomalies.push({ kind: 'EVENT_IGNORED', message: `Shippo's event ${kind} says nothing about where goods are and was not read.`, severity: 'LOW', rawCode: kind });
    return { facts: [], anomalies };
  }
  const parsed = track.safeParse(told.data.data);
  if (!parsed.success) throw new UnreadableMessage(`The track in \`data\` cannot be read: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}.`);
  const decoded = trackFacts(parsed.data, message);
  return { facts: decoded.facts, anomalies: boundAnomalies([...anomalies, ...decoded.anomalies]) };
}
