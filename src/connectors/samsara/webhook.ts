import { sameText } from '../../lib/same-text.js';
import type { Decoded, Fact } from '../../model/facts.js';
import { type IncomingMessage, type RawMessage, UnreadableMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, toleranceSeconds, usableSecrets } from '../kit/signatures.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { estimateEvents, ignoredEvents, stopCodes } from './codes.js';
import { event, feed, routesPage } from './payloads.js';
import { positionFacts } from './positions.js';
import type { SamsaraSettings } from './settings.js';
import { routeChangeFacts, stopFacts } from './stops.js';

/** `X-Samsara-Signature: v1=<hex>`, HMAC-SHA256 over `v1:<X-Samsara-Timestamp>:<body>` under the secret decoded from base64. */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets).filter((secret) => keyOf(secret).length > 0);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const [presented, timestamp] = [message.headers['x-samsara-signature']?.trim(), message.headers['x-samsara-timestamp']?.trim()];
  if (!presented || !timestamp) return { ok: false, reason: 'missing' };
  if (!/^\d{1,15}$/.test(timestamp)) return { ok: false, reason: 'wrong' };
  if (!anyMatches(usable, (secret) => sameText(presented, signature(secret, timestamp, message.body)))) return { ok: false, reason: 'wrong' };
  // Seconds as documented; thirteen digits are milliseconds.
  const sentMs = timestamp.length >= 13 ? Number(timestamp) : Number(timestamp) * 1000;
  return Math.abs(message.receivedMs - sentMs) <= toleranceSeconds * 1000 ? { ok: true } : { ok: false, reason: 'outdated' };
}

/** The value of `X-Samsara-Signature` for this body, sent at this time. */
export function signature(secret: string, timestamp: string, body: Uint8Array): string {
  return `v1=${hmacSha256(keyOf(secret), `v1:${timestamp}:`, body).toString('hex')}`;
}

const keyOf = (secret: string) => Buffer.from(secret, 'base64');

/**
 * Reads an event of a webhook, or a page of the feed of positions or of routes.
 * @throws UnreadableMessage where it is none of them
 */
export function decodeMessage(message: RawMessage, settings: Pick<SamsaraSettings, 'shipmentExternalId' | 'vehicleExternalId'> = {}): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const routes = routesPage.safeParse(value);
  if (routes.success) return gathered(routeChangeFacts(routes.data.data, message, settings, anomalies), anomalies);
  const parsed = event.safeParse(value);
  const page = parsed.success ? null : feed.safeParse(value);
  if (!parsed.success && page?.success !== true) throw new UnreadableMessage('The body is neither an event of Samsara (`eventType`, `data`) nor a page of its feed (`data`, `pagination`).');
  return gathered(parsed.success ? eventFacts(parsed.data.eventType, parsed.data.data, message, settings, anomalies) : positionFacts(page!.data!.data, settings, anomalies), anomalies);
}

function gathered(of: readonly Fact[], anomalies: Decoded['anomalies']): Decoded {
  const facts = new FactSet();
  for (const fact of of) facts.add(fact);
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}

function eventFacts(type: string, data: unknown, message: RawMessage, settings: Pick<SamsaraSettings, 'shipmentExternalId'>, anomalies: Decoded['anomalies']): Fact[] {
  if (ignoredEvents.has(type)) return [];
  if (estimateEvents.has(type) || rowOf(stopCodes, `${type}.unknown`) !== undefined) return stopFacts(type, data, message, settings, anomalies);
  const rawCode = clip(type, 60);
  anomalies.push({ kind: 'UNKNOWN_CODE', message: `Samsara's event ${rawCode} is in no table and was not read.`, severity: 'LOW', rawCode });
  return [];
}
