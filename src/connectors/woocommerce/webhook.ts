import { instant } from '../../lib/clock.js';
import { sameText } from '../../lib/same-text.js';
import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, usableSecrets } from '../kit/signatures.js';
import { clip } from '../kit/text.js';
import { ignoredTopics } from './codes.js';
import { deletedVersion, orderFact } from './orders.js';
import { fault, order, orderRead } from './payloads.js';
import type { WooCommerceSettings } from './settings.js';

/** `X-WC-Webhook-Signature`: base64 of HMAC-SHA256 over the raw body, under the secret with its HTML entities read as WordPress reads them. */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['x-wc-webhook-signature']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  return anyMatches(usable, (secret) => sameText(presented, signature(secret, message.body))) ? { ok: true } : { ok: false, reason: 'wrong' };
}

export function signature(secret: string, body: Uint8Array): string {
  return hmacSha256(withoutEntities(secret), body).toString('base64');
}

const entities: ReadonlyArray<readonly [RegExp, string]> = [[/&lt;/g, '<'], [/&gt;/g, '>'], [/&quot;/g, '"'], [/&#0*39;|&#x0*27;/g, "'"], [/&amp;/g, '&']];

function withoutEntities(secret: string): string {
  return entities.reduce((text, [entity, character]) => text.replace(entity, character), secret);
}

type Settings = Pick<WooCommerceSettings, 'states' | 'feeSku'>;

/**
 * Reads an order: of a webhook, or as we read it with its refunds.
 * @throws UnreadableMessage where it is none
 */
export function decodeMessage(message: RawMessage, settings: Settings): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const facts = factsOf(value, message, settings, anomalies);
  return { facts, anomalies: boundAnomalies(anomalies) };
}

function factsOf(value: unknown, message: RawMessage, settings: Settings, anomalies: Anomaly[]): Fact[] {
  if (ignoredTopics.test(message.headers['x-wc-webhook-topic'] ?? '')) return [];
  const read = orderRead.safeParse(value);
  const parsed = order.safeParse(read.success ? read.data.order : value);
  if (parsed.success) {
    const fact = orderFact(parsed.data, read.success ? read.data.refunds : null, settings, anomalies);
    return fact === null ? [] : [fact];
  }
  const deleted = deletedId(value);
  if (deleted !== null) {
    const version = deletedVersion(message.receivedAt);
    return [{ type: 'record.deleted', key: { kind: 'shop_order', id: deleted }, factKey: `deleted v${version}`, version, observedAt: instant(Date.parse(message.receivedAt)), payload: { deleted: true } }];
  }
  const refusal = fault.safeParse(value);
  if (refusal.success) throw new UnreadableMessage(`The shop sent an error instead of an order (${clip(refusal.data.code, 60)}): whoever made the webhook may not read orders there. Make it anew as an administrator.`);
  throw new UnreadableMessage('The body is no order of WooCommerce: it has no id, status, currency or line_items.');
}

/** The whole body of a webhook for order.deleted is `{"id": 727}`. */
function deletedId(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).join() !== 'id') return null;
  const { id } = value as { id: unknown };
  return (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) || (typeof id === 'string' && /^\d{1,19}$/.test(id)) ? String(id) : null;
}
