/** Object identifiers of CMS (RFC 5652), its algorithms (RFC 3370, 3565, 5754) and compression (RFC 3274). */
export const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
  compressedData: '1.2.840.113549.1.9.16.1.9',
  zlib: '1.2.840.113549.1.9.16.3.8',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  rsa: '1.2.840.113549.1.1.1',
  rsaOaep: '1.2.840.113549.1.1.7',
  rsaPss: '1.2.840.113549.1.1.10',
} as const;

export const digests = { sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2', sha512: '2.16.840.1.101.3.4.2.3' } as const;
export type Digest = keyof typeof digests;

/** SHA-1 and MD5, which older partners use, are not taken: they prove nothing any more. */
export function digestOf(oid: string): Digest | undefined {
  return (Object.keys(digests) as Digest[]).find((name) => digests[name] === oid);
}

/** In GCM mode (RFC 5083, 5084) what was altered is noticed before it is opened; not every product reads it. */
export const ciphers = {
  'aes128-cbc': { oid: '2.16.840.1.101.3.4.1.2', keyBytes: 16, mode: 'cbc' }, 'aes192-cbc': { oid: '2.16.840.1.101.3.4.1.22', keyBytes: 24, mode: 'cbc' }, 'aes256-cbc': { oid: '2.16.840.1.101.3.4.1.42', keyBytes: 32, mode: 'cbc' },
  'aes128-gcm': { oid: '2.16.840.1.101.3.4.1.6', keyBytes: 16, mode: 'gcm' }, 'aes256-gcm': { oid: '2.16.840.1.101.3.4.1.46', keyBytes: 32, mode: 'gcm' },
} as const;
export type Cipher = keyof typeof ciphers;

export function cipherOf(oid: string): Cipher | undefined {
  return (Object.keys(ciphers) as Cipher[]).find((name) => ciphers[name].oid === oid);
}
