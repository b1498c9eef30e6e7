import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** GCM also takes a shortened tag, of which a forger has to guess less; only whole ones are opened. */
const tagBytes = 16;
const ivBytes = 12;
const keyIdBytes = 4;
/** First byte of sealed bytes: the layout that follows. */
const bytesVersion = 1;

/** The key does not fit what was encrypted, or is not 32 bytes. */
export class SecretKeyError extends Error {}

export interface NamedKey {
  /** 8 hexadecimal digits. */
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

/** Keys of one purpose: the one that seals now, and all that may have sealed before. */
export interface KeyRing {
  current(): NamedKey;
  find(id: string): Buffer | undefined;
}

/** A key is named by its content, so that everybody who has it gives it the same name. */
export function namedKey(key: Buffer): NamedKey {
  if (key.length !== 32) throw new SecretKeyError('The secret key must be 32 bytes, in base64 or hex. Make one with: openssl rand -base64 32');
  return { id: createHash('sha256').update('gatehouse key id').update(key).digest('hex').slice(0, 2 * keyIdBytes), key };
}

/** Encrypts what must not stand readable in the database: AES-256-GCM under the current key of a ring, named in what is sealed. */
export class SecretBox {
  readonly #ring: KeyRing;

  /** @throws SecretKeyError when a single key that is given is not 32 bytes */
  constructor(keys: Buffer | KeyRing) {
    this.#ring = Buffer.isBuffer(keys) ? ringOf([namedKey(keys)]) : keys;
  }

  /** Id of the key that seals now. */
  get keyId(): string {
    return this.#ring.current().id;
  }

  /** @returns `v1.<key id>.<iv>.<tag>.<ciphertext>`, base64url. `purpose` must be given again to open it. */
  seal(plain: string, purpose: string): string {
    const { id, key } = this.#ring.current();
    const { iv, tag, ciphertext } = encrypt(key, Buffer.from(plain, 'utf8'), purpose);
    return ['v1', id, ...[iv, tag, ciphertext].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SecretKeyError when it was sealed under another key or for another purpose, or was altered */
  open(sealed: string, purpose: string): string {
    const [version, keyId, iv, tag, ciphertext] = sealed.split('.');
    if (version !== 'v1' || ciphertext === undefined) throw new SecretKeyError('This is no sealed secret.');
    const [ivPart, tagPart, textPart] = [iv!, tag!, ciphertext].map((part) => Buffer.from(part, 'base64url'));
    return decrypt(this.#key(keyId!), ivPart!, tagPart!, textPart!, purpose).toString('utf8');
  }

  /** The same for bytes: 1 byte layout, 4 key id, 12 iv, 16 tag, then the ciphertext. */
  sealBytes(plain: Uint8Array, purpose: string): Buffer {
    const { id, key } = this.#ring.current();
    const { iv, tag, ciphertext } = encrypt(key, plain, purpose);
    return Buffer.concat([Buffer.of(bytesVersion), Buffer.from(id, 'hex'), iv, tag, ciphertext]);
  }

  /** @throws SecretKeyError as `open` */
  openBytes(sealed: Uint8Array, purpose: string): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const start = 1 + keyIdBytes;
    if (bytes.length < start + ivBytes + tagBytes || bytes[0] !== bytesVersion) throw new SecretKeyError('These bytes are not sealed.');
    return decrypt(this.#key(bytes.toString('hex', 1, start)), bytes.subarray(start, start + ivBytes), bytes.subarray(start + ivBytes, start + ivBytes + tagBytes), bytes.subarray(start + ivBytes + tagBytes), purpose);
  }

  /** Id of the key that sealed this text. */
  static keyIdOf(sealed: string): string {
    return sealed.split('.')[1] ?? '';
  }

  #key(id: string): Buffer {
    const key = this.#ring.find(id);
    if (key === undefined) throw new SecretKeyError(`A secret was sealed under key ${id}, but the key given is ${this.keyId}. Set GATEHOUSE_SECRET_KEY to the key of this database.`);
    return key;
  }
}

/** A ring of keys that do not change; the first one seals. */
export function ringOf(keys: readonly NamedKey[]): KeyRing {
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return { current: () => keys[0]!, find: (id) => byId.get(id) };
}

function encrypt(key: Buffer, plain: Uint8Array, purpose: string): { iv: Buffer; tag: Buffer; ciphertext: Buffer } {
  const iv = randomIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose));
  const ciphertext = cipher.update(plain);
  cipher.final(); // GCM adds nothing at the end
  return { iv, tag: cipher.getAuthTag(), ciphertext };
}

function decrypt(key: Buffer, iv: Buffer, tag: Buffer, ciphertext: Buffer, purpose: string): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(purpose)).setAuthTag(tag);
    const plain = decipher.update(ciphertext);
    decipher.final(); // throws where the tag does not fit
    return plain;
  } catch (cause) {
    throw new SecretKeyError('A sealed secret was altered.', { cause });
  }
}

/** Random bytes are drawn for many at once: a draw costs more than a small encryption. */
let pool = Buffer.alloc(0);
let used = 0;

function randomIv(): Buffer {
  if (used === pool.length) {
    pool = randomBytes(ivBytes * 256);
    used = 0;
  }
  used += ivBytes;
  return pool.subarray(used - ivBytes, used);
}
