import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namedKey, ringOf, SecretBox, SecretKeyError } from './secret-box.js';

/**
 * Wraps the keys that data are encrypted under. A key management service fits behind it: it is asked
 * at start and at rotation, never for a message.
 */
export interface KeyEncryption {
  /** Name of the key that wraps now; kept beside what it wrapped. */
  readonly id: string;
  wrap(key: Buffer, purpose: string): Promise<string>;
  /** @throws SecretKeyError when it was wrapped by a key that is not there, for another purpose, or was altered */
  unwrap(wrapped: string, purpose: string): Promise<Buffer>;
}

/** Wraps under the first of these keys and unwraps under any: the others are those that are being replaced. */
export function keysOf(keys: readonly Buffer[]): KeyEncryption {
  const named = keys.map(namedKey);
  const box = new SecretBox(ringOf(named));
  return {
    id: named[0]!.id,
    wrap: async (key, purpose) => box.seal(key.toString('base64'), `data key ${purpose}`),
    unwrap: async (wrapped, purpose) => Buffer.from(box.open(wrapped, `data key ${purpose}`), 'base64'),
  };
}

/**
 * The keys from the environment; where none is given, the one in the data folder, made on first use.
 * @param options.mayMake false where the database already holds what another key wrapped
 * @throws SecretKeyError
 */
export function environmentKeys(options: { secretKey?: string; oldSecretKeys?: readonly string[]; dataFolder: string; mayMake: boolean }): KeyEncryption {
  const old = (options.oldSecretKeys ?? []).map(decodeKey);
  if (options.secretKey !== undefined) return keysOf([decodeKey(options.secretKey), ...old]);
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
  return keysOf([decodeKey(readFileSync(path, 'utf8').trim()), ...old]);
}

function decodeKey(text: string): Buffer {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
}
