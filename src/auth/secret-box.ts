import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** GCM also takes a shortened tag, of which a forger has to guess less; only whole ones are opened. */
const tagBytes = 16;

/** The key does not fit what was encrypted, or is not 32 bytes. */
export class SecretKeyError extends Error {}

/** Encrypts what must not stand readable in the database: AES-256-GCM under one key, named by its id. */
export class SecretBox {
  readonly #key: Buffer;
  readonly keyId: string;

  constructor(key: Buffer) {
    if (key.length !== 32) throw new SecretKeyError('The secret key must be 32 bytes, in base64 or hex. Make one with: openssl rand -base64 32');
    this.#key = key;
    this.keyId = createHash('sha256').update('gatehouse key id').update(key).digest('hex').slice(0, 8);
  }

  /** @returns `v1.<key id>.<iv>.<tag>.<ciphertext>`, base64url. `purpose` must be given again to open it. */
  seal(plain: string, purpose: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(purpose));
    const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return ['v1', this.keyId, ...[iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SecretKeyError when it was sealed under another key or for another purpose, or was altered */
  open(sealed: string, purpose: string): string {
    const [version, keyId, iv, tag, ciphertext] = sealed.split('.');
    if (version !== 'v1' || ciphertext === undefined) throw new SecretKeyError('This is no sealed secret.');
    if (keyId !== this.keyId) throw new SecretKeyError(`A secret was sealed under key ${keyId}, but the key given is ${this.keyId}. Set GATEHOUSE_SECRET_KEY to the key of this database.`);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, Buffer.from(iv!, 'base64url'), { authTagLength: tagBytes }).setAAD(Buffer.from(purpose)).setAuthTag(Buffer.from(tag!, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SecretKeyError('A sealed secret was altered.', { cause });
    }
  }
}

/**
 * The key from the environment; where none is given, the one in the data folder, made on first use.
 * @param options.mayMake false where the database already holds what another key sealed
 * @throws SecretKeyError
 */
export function openSecretBox(options: { secretKey?: string; dataFolder: string; mayMake: boolean }): SecretBox {
  if (options.secretKey !== undefined) return new SecretBox(decodeKey(options.secretKey));
  const path = join(options.dataFolder, 'secret.key');
  if (!existsSync(path)) {
    if (!options.mayMake) throw new SecretKeyError('This database holds secrets under a key that is not here. Set GATEHOUSE_SECRET_KEY to it, or GATEHOUSE_DATA to the folder with its secret.key.');
    mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process made it: read that one
    }
  }
  return new SecretBox(decodeKey(readFileSync(path, 'utf8').trim()));
}

function decodeKey(text: string): Buffer {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
}
