import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader, errors, exportJWK, type JWK } from 'jose';
import type { DataKeys } from './data-keys.js';

const algorithm = 'EdDSA';
const type = 'gatehouse-checkpoint+jws';
/** PKCS #8 of an Ed25519 key is this, then its 32 bytes (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Signs checkpoints with a key that no database holds readable: its seed is a data key, and what
 * verifies is derived from it. Who writes to the database can so neither sign nor put in a key of theirs.
 */
export class CheckpointSigner {
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  sign(payload: string): Promise<string> {
    const { id, key } = this.#keys.checkpointSeeds()[0]!;
    return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: algorithm, kid: id, typ: type }).sign(privateKey(key));
  }

  /** @returns what was signed; null where it was not by one of our keys */
  async verify(jws: string): Promise<string | null> {
    try {
      const { kid } = decodeProtectedHeader(jws);
      const seed = this.#keys.checkpointSeeds().find(({ id }) => id === kid);
      if (seed === undefined) return null;
      const { payload, protectedHeader } = await compactVerify(jws, createPublicKey(privateKey(seed.key)), { algorithms: [algorithm] });
      return protectedHeader.typ === type ? Buffer.from(payload).toString('utf8') : null;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
      throw error;
    }
  }

  /** With which others verify (RFC 7517). */
  publicKeys(): Promise<{ keys: JWK[] }> {
    return Promise.all(this.#keys.checkpointSeeds().map(async ({ id, key }) => ({ ...(await exportJWK(createPublicKey(privateKey(key)))), kid: id, alg: algorithm, use: 'sig' }))).then((keys) => ({ keys }));
  }
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
}
