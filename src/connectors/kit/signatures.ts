import { createHmac } from 'node:crypto';
import { sameText } from '../../lib/same-text.js';
import type { IncomingMessage, Verification } from '../contract.js';

/** Seconds by which a signed timestamp may differ from our clock (Standard Webhooks names five minutes). */
export const toleranceSeconds = 300;

/** More signatures than any rotation needs are not computed against. */
const maxSignatures = 16;

/** HMAC-SHA256 over the parts one after the other. */
export function hmacSha256(key: string | Uint8Array, ...parts: ReadonlyArray<string | Uint8Array>): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** A blank secret signs nothing: anybody could compute the same. */
export function usableSecrets(secrets: readonly string[]): string[] {
  return secrets.filter((secret) => secret.trim() !== '');
}

/** A secret sent as it is, in `Authorization: Bearer` or in `x-gatehouse-token`. */
export function verifyToken(message: IncomingMessage, secrets: readonly string[]): Verification {
  const usable = usableSecrets(secrets);
  if (usable.length === 0) return { ok: false, reason: 'no_secret' };
  const bearer = /^bearer +(\S+) *$/i.exec(message.headers['authorization'] ?? '')?.[1];
  const presented = bearer ?? message.headers['x-gatehouse-token']?.trim();
  if (presented === undefined || presented === '') return { ok: false, reason: 'missing' };
  return anyMatches(usable, (secret) => sameText(presented, secret)) ? { ok: true } : { ok: false, reason: 'wrong' };
}

/**
 * Standard Webhooks (standardwebhooks.com): `webhook-signature` holds one or more `v1,<base64>`
 * parted by blanks, each HMAC-SHA256 over `id.timestamp.body`. A secret `whsec_<base64>` is decoded
 * to its bytes; any other is taken as UTF-8 text. `outdated` is said of authentic messages alone.
 */
export function verifyStandardWebhook(message: IncomingMessage, secrets: readonly string[]): Verification {
  const keys = usableSecrets(secrets).map(standardWebhookKey).filter((key) => key.length > 0);
  if (keys.length === 0) return { ok: false, reason: 'no_secret' };
  const id = message.headers['webhook-id'];
  const timestamp = message.headers['webhook-timestamp'];
  const signatures = message.headers['webhook-signature'];
  if (!id || !timestamp || !signatures) return { ok: false, reason: 'missing' };
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, reason: 'wrong' };
  const presented = signatures.split(' ').filter((signature) => signature.startsWith('v1,')).slice(0, maxSignatures);
  const matches = anyMatches(keys, (key) => {
    const expected = standardWebhookSignature(key, id, timestamp, message.body);
    return anyMatches(presented, (signature) => sameText(signature, expected));
  });
  if (!matches) return { ok: false, reason: 'wrong' };
  const skew = Math.abs(message.receivedMs / 1000 - Number(timestamp));
  return skew <= toleranceSeconds ? { ok: true } : { ok: false, reason: 'outdated' };
}

/** The bytes that a Standard Webhooks secret stands for. */
export function standardWebhookKey(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret, 'utf8');
}

/** One entry of `webhook-signature`: `v1,<base64>`. */
export function standardWebhookSignature(key: Uint8Array, id: string, timestamp: string, body: Uint8Array): string {
  return `v1,${hmacSha256(key, `${id}.${timestamp}.`, body).toString('base64')}`;
}

/** Like `some`, but looks at every item, so that time does not tell which secret matched. */
export function anyMatches<T>(items: readonly T[], matches: (item: T) => boolean): boolean {
  let found = false;
  for (const item of items) found = matches(item) || found;
  return found;
}
