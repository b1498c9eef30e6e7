import type { Decoded, Fact } from '../../model/facts.js';
import { commandHeader, UnreadableMessage, type IncomingMessage, type RawMessage, type Verification } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { parseJson } from '../kit/json.js';
import { anyMatches, hmacSha256, usableSecrets } from '../kit/signatures.js';
import { rowOf } from '../kit/table.js';
import { clip, filled } from '../kit/text.js';
import { sameText } from '../../lib/same-text.js';
import { ignoredTypes, webhookMilestones } from './codes.js';
import { changeFacts, levelFacts, levelsOfPage } from './inventory.js';
import { orderFacts, noticeFacts } from './orders.js';
import { webhook } from './payloads.js';
import type { Reading } from './reading.js';
import { receiptFacts } from './receipts.js';
import type { ShipHeroSettings } from './settings.js';
import { shipmentFacts } from './shipments.js';

/** `x-shiphero-hmac-sha256`: base64 of HMAC-SHA256 over the raw body, under the secret of the webhook. */
export function verify(message: IncomingMessage, secrets: readonly string[]): Verification {
  // A connection has several webhooks, each with a secret of its own.
  const keys = usableSecrets(secrets).flatMap((each) => each.trim().split(/\s+/));
  if (keys.length === 0) return { ok: false, reason: 'no_secret' };
  const presented = message.headers['x-shiphero-hmac-sha256']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  return anyMatches(keys, (key) => sameText(presented, signature(key, message.body))) ? { ok: true } : { ok: false, reason: 'wrong' };
}

export function signature(key: string, body: Uint8Array): string {
  return hmacSha256(key, body).toString('base64');
}

/**
 * Reads one webhook, what a command of ours was answered, or a page of levels.
 * @throws UnreadableMessage where it is none of them
 */
export function decode(message: RawMessage, settings: ShipHeroSettings): Decoded {
  const { value, anomalies } = parseJson(message.body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableMessage('The body is no webhook of ShipHero: it is no object.');
  const reading: Reading = { connection: message.connection, receivedAt: message.receivedAt, zone: settings.zone ?? message.zone, settings, facts: new FactSet(), anomalies };
  read(value as Record<string, unknown>, reading, message.headers[commandHeader] !== undefined);
  const facts: Fact[] = reading.facts.list();
  return { facts, anomalies: boundAnomalies([...anomalies, ...reading.facts.anomalies]) };
}

function read(value: Record<string, unknown>, reading: Reading, isOurs: boolean): void {
  // Only what we asked for is in a form of ours.
  if (isOurs && value['gatehouse'] === 'warehouse_order') return orderFacts(value, reading);
  if (value['gatehouse'] === 'inventory_levels') return levelsOfPage(value, reading);
  const parsed = webhook.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The body is no webhook of ShipHero: its webhook_type is no text.');
  const { fulfillment, purchase_order: purchaseOrder, inventory } = parsed.data;
  const type = filled(parsed.data.webhook_type) ?? (fulfillment !== undefined ? 'Shipment Update' : purchaseOrder !== undefined ? 'PO Update' : inventory !== undefined ? 'Inventory Update' : undefined);
  if (type === undefined) throw new UnreadableMessage('The body is no webhook of ShipHero: it has no webhook_type.');
  if (type === 'Shipment Update') return shipmentFacts(value, reading);
  if (type === 'PO Update') return receiptFacts(purchaseOrder, reading);
  if (type === 'Inventory Update') return levelFacts(inventory, reading);
  if (type === 'Inventory Change') return changeFacts(value, reading);
  if (ignoredTypes.includes(type)) return;
  if (rowOf(webhookMilestones, type) !== undefined) return noticeFacts(type, value, reading);
  reading.anomalies.push({ kind: 'UNKNOWN_CODE', message: `ShipHero sends webhooks of the type ${clip(type, 60)}, which are not known here. They are kept and say nothing.`, severity: 'LOW', rawCode: clip(type, 60) });
}
