import { sameText } from '../../lib/same-text.js';
import type { Anomaly, Decoded } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, usableSecrets } from '../kit/signatures.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { orderTopics, otherTopics, privacyTopics } from './codes.js';
import { orderFact } from './orders.js';
import { order } from './payloads.js';
import type { ShopifySettings } from './settings.js';

/** `X-Shopify-Hmac-Sha256`: base64 of HMAC-SHA256 over the raw body. What names another shop was sent to the wrong address: one app serves many. */
export function verify(message: IncomingMessage, secrets: readonly string[], { shop }: Pick<ShopifySettings, 'shop'>): Verification {
  const keys = usableSecrets(secrets);
  if (keys.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['x-shopify-hmac-sha256']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  const isOurs = anyMatches(keys, (key) => sameText(presented, signature(key, message.body)));
  return isOurs && (message.headers['x-shopify-shop-domain'] ?? shop) === shop ? { ok: true } : { ok: false, reason: 'wrong' };
}

export function signature(key: string, body: Uint8Array): string {
  return hmacSha256(key, body).toString('base64');
}

/**
 * Reads one webhook, or one order that was read at the shop.
 * @throws UnreadableMessage where it is neither
 */
export function decode(message: RawMessage, settings: Pick<ShopifySettings, 'testOrders'>): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableMessage('The body is no webhook of Shopify: it is no object.');
  const topic = message.headers['x-shopify-topic'] ?? 'orders/updated';
  if (!orderTopics.includes(topic)) return { facts: [], anomalies: boundAnomalies([...anomalies, ...beside(topic)]) };
  const parsed = order.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage(`The body is no order of Shopify: ${parsed.error.issues[0]?.path.join('.') ?? ''} is missing or of another kind.`);
  const fact = orderFact(parsed.data, settings, message.headers['x-shopify-triggered-at'], anomalies);
  return { facts: fact === null ? [] : [fact], anomalies: boundAnomalies(anomalies) };
}

/** Of whom it is stands in the raw message alone. */
function beside(topic: string): Anomaly[] {
  const asked = rowOf(privacyTopics, topic);
  if (asked !== undefined) return [{ kind: 'PRIVACY_REQUEST', message: `${asked}. The message says who: look at it, then use gatehouse subject.`, severity: 'HIGH' }];
  if (otherTopics.test(topic)) return [];
  return [{ kind: 'UNKNOWN_CODE', message: `Shopify sends webhooks of the topic ${clip(topic, 60)}, which are not read. They are kept and say nothing.`, severity: 'LOW', rawCode: clip(topic, 60) }];
}
