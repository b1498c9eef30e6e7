import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { BoundedCache } from '../../lib/bounded-cache.js';
import type { IncomingMessage, Verification } from '../contract.js';
import { anyMatches, toleranceSeconds, usableSecrets } from '../kit/signatures.js';

/** Keys that a set holds at most: more than any rotation needs are not looked at. */
const maxKeys = 16;

/**
 * RSA-SHA256 (PKCS #1 v1.5) over `timestamp.body`, in base64, in `x-shipengine-rsa-sha256-signature`, with the key's
 * id in `x-shipengine-rsa-sha256-key-id` and an ISO time in `x-shipengine-timestamp`. Header names and the signed
 * text are those of ShipEngine's guide “Webhook Validation”; the form of the time is that of clients that check it.
 * Each secret is a JSON Web Key Set; the keys of all of them are tried where they have the id.
 */
export function verifySignature(message: IncomingMessage, secrets: readonly string[]): Verification {
  const keys = usableSecrets(secrets).flatMap((secret) => readKeySet(secret) ?? []);
  if (keys.length === 0) return { ok: false, reason: 'no_secret' };
  const [signature, keyId, timestamp] = ['x-shipengine-rsa-sha256-signature', 'x-shipengine-rsa-sha256-key-id', 'x-shipengine-timestamp'].map((name) => message.headers[name]?.trim() ?? '');
  if (signature === '' || keyId === '' || timestamp === '') return { ok: false, reason: 'missing' };
  if (!/^[A-Za-z0-9+/]{1,2000}={0,2}$/.test(signature!) || Buffer.from(signature!, 'base64').toString('base64') !== signature) return { ok: false, reason: 'wrong' };
  const signed = Buffer.concat([Buffer.from(`${timestamp}.`), message.body]);
  const matches = anyMatches(keys.filter((key) => key.id === keyId), ({ key }) => verify('sha256', signed, key, Buffer.from(signature!, 'base64')));
  if (!matches) return { ok: false, reason: 'wrong' };
  const skewMs = Math.abs(message.receivedMs - Date.parse(timestamp!));
  return skewMs <= toleranceSeconds * 1000 ? { ok: true } : { ok: false, reason: 'outdated' };
}

export interface SigningKey {
  id: string;
  key: KeyObject;
}

const sets = new BoundedCache<string, SigningKey[]>({ maxEntries: 64, maxWeight: 64, weightOf: () => 1 });

/** The RSA keys of a JSON Web Key Set (RFC 7517), or of a single key; null where it is neither. */
export function readKeySet(text: string): SigningKey[] | null {
  const known = sets.get(text);
  if (known !== undefined) return known;
  const keys = keysOf(text).slice(0, maxKeys).flatMap((jwk) => {
    try {
      return jwk.kty === 'RSA' && typeof jwk['kid'] === 'string' ? [{ id: jwk['kid'], key: createPublicKey({ key: jwk, format: 'jwk' }) }] : [];
    } catch {
      return []; // no key: what is left decides
    }
  });
  if (keys.length === 0) return null;
  sets.set(text, keys);
  return keys;
}

function keysOf(text: string): JsonWebKey[] {
  try {
    const value = JSON.parse(text) as { keys?: unknown } | null;
    const keys = Array.isArray(value?.keys) ? (value.keys as unknown[]) : [value];
    return keys.filter((key): key is JsonWebKey => typeof key === 'object' && key !== null);
  } catch {
    return [];
  }
}
