import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { callableUrl } from '../../settings.js';
import { ciphers, digests, type Cipher, type Digest } from './algorithms.js';

const id = z.string().regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be 1 to 128 printable characters without quotes and backslash');

/** Certificates in PEM, one after the other. */
export function readCertificates(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => new X509Certificate(text));
}

const certificates = z.string().max(40_000).refine((pem) => {
  try {
    const found = readCertificates(pem);
    return found.length > 0 && found.every(({ publicKey }) => publicKey.asymmetricKeyType === 'rsa');
  } catch {
    return false;
  }
}, 'must be certificates in PEM with RSA keys');

export const as2Transport = z.strictObject({
  kind: z.literal('as2'),
  url: callableUrl,
  /** Our AS2 name and the partner's. */
  from: id,
  to: id,
  /** Our certificate; while it changes both, that of the newest key first. */
  certificate: certificates,
  /** The partner's. While it changes both: signatures by either are taken, and the first that is valid now is encrypted for. */
  partnerCertificates: certificates,
  sign: z.enum(Object.keys(digests) as [Digest, ...Digest[]]).default('sha256'),
  encrypt: z.enum([...(Object.keys(ciphers) as Cipher[]), 'none']).default('aes256-cbc'),
  compress: z.boolean().default(false),
  /** When the partner says that it has it: with the answer, later by a message to `receiptUrl`, or never. */
  receipt: z.enum(['sync', 'async', 'none']).default('sync'),
  /** Our own address of this connection, as the partner reaches it: https://…/ingest/<connection>. */
  receiptUrl: callableUrl.optional(),
  /** Hours after which somebody is told that a receipt which was to come later has not. */
  receiptHours: z.number().min(0.01).max(168).default(4),
  /** Messages that are only signed are refused. */
  requireEncryption: z.boolean().default(true),
});

export type As2Transport = z.infer<typeof as2Transport>;

/** Settings of their own, so that they are encrypted. */
export const as2Secrets = {
  as2Key: z.string().max(20_000).refine((pem) => keyOf(pem) !== null, 'must be a private RSA key in PEM, not encrypted').meta({ secret: true, title: 'AS2 key', description: 'Private key of our certificate, in PEM. One that is replaced opens messages for 24 hours more.' }).optional(),
};

/** Null where it is no RSA key. */
export function keyOf(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}

/** Every key of ours that is valid, newest first. */
export function keysOf(secrets: Readonly<Record<string, readonly string[]>>): KeyObject[] {
  return (secrets['as2Key'] ?? []).map(keyOf).filter((key) => key !== null);
}
