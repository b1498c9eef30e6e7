import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentKeys } from '../../src/auth/key-encryption.js';
import { SecretBox, SecretKeyError } from '../../src/auth/secret-box.js';

const box = new SecretBox(randomBytes(32));

describe('a sealed secret', () => {
  it('opens to what was sealed, whatever the text, and never looks the same twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, purpose) => {
      const sealed = box.seal(plain, purpose);
      expect(box.open(sealed, purpose)).toBe(plain);
      expect(box.seal(plain, purpose)).not.toBe(sealed);
      if (plain.length > 8) expect(sealed).not.toContain(plain);
    }), { numRuns: 500 });
  });

  it('does not open under another key, and the error names both keys and shows neither', () => {
    const key = randomBytes(32);
    const other = new SecretBox(key);
    const sealed = box.seal('webhook secret', 'erp/webhookSecret');
    expect(() => other.open(sealed, 'erp/webhookSecret')).toThrow(SecretKeyError);
    expect(() => other.open(sealed, 'erp/webhookSecret')).toThrow(new RegExp(`${box.keyId}.*${other.keyId}`));
    expect(() => other.open(sealed.replace(box.keyId, other.keyId), 'erp/webhookSecret')).toThrow(SecretKeyError);
  });

  it('does not open for another purpose, so that a row copied to another connection gives nothing', () => {
    expect(() => box.open(box.seal('secret', 'erp/webhookSecret'), 'parcels/webhookSecret')).toThrow(SecretKeyError);
  });

  it('does not open with any one character altered or cut off', () => {
    const sealed = box.seal('a secret of some length', 'p');
    for (let index = 0; index < sealed.length; index++) {
      const bytes = (text: string) => text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex')).join('.');
      const altered = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`;
      if (bytes(altered) !== bytes(sealed)) expect(() => box.open(altered, 'p'), `character ${index}`).toThrow(SecretKeyError);
      expect(() => box.open(sealed.slice(0, index), 'p'), `cut at ${index}`).toThrow(SecretKeyError);
    }
  });

  it('does not open when its authentication tag was shortened', () => {
    const parts = box.seal('secret', 'p').split('.');
    for (const length of [0, 4, 8, 12, 15]) {
      const tag = Buffer.from(parts[3]!, 'base64url').subarray(0, length).toString('base64url');
      expect(() => box.open([parts[0], parts[1], parts[2], tag, parts[4]].join('.'), 'p'), `${length} bytes of tag`).toThrow(SecretKeyError);
    }
  });
});

describe('the secret key', () => {
  const dataKey = randomBytes(32);

  it('unwraps what the key before it wrapped, as long as that is given too, and wraps under itself', async () => {
    const [before, now] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const [old, both, alone] = [environmentKeys({ secretKey: before, dataFolder: '.', mayMake: true }), environmentKeys({ secretKey: now, oldSecretKeys: [before], dataFolder: '.', mayMake: true }), environmentKeys({ secretKey: now, dataFolder: '.', mayMake: true })];
    const wrapped = await old.wrap(dataKey, 'personal');
    expect(await both.unwrap(wrapped, 'personal')).toEqual(dataKey);
    await expect(alone.unwrap(wrapped, 'personal')).rejects.toThrow(SecretKeyError);
    await expect(both.unwrap(wrapped, 'raw')).rejects.toThrow(SecretKeyError);
    expect(await alone.unwrap(await both.wrap(dataKey, 'personal'), 'personal')).toEqual(dataKey);
  });

  it('must be 32 bytes', () => {
    for (const length of [0, 16, 31, 33]) expect(() => new SecretBox(randomBytes(length))).toThrow(SecretKeyError);
    expect(() => environmentKeys({ secretKey: 'short', dataFolder: '.', mayMake: true })).toThrow(SecretKeyError);
  });

  it('is the same in hex and in base64', async () => {
    const key = randomBytes(32);
    const wrapped = await environmentKeys({ secretKey: key.toString('hex'), dataFolder: '.', mayMake: true }).wrap(dataKey, 'p');
    expect(await environmentKeys({ secretKey: key.toString('base64'), dataFolder: '.', mayMake: true }).unwrap(wrapped, 'p')).toEqual(dataKey);
  });

  it('is made once in the data folder, readable by its owner only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-key-'));
    try {
      const dataFolder = join(folder, 'data');
      const wrapped = await environmentKeys({ dataFolder, mayMake: true }).wrap(dataKey, 'p');
      expect(await environmentKeys({ dataFolder, mayMake: true }).unwrap(wrapped, 'p')).toEqual(dataKey);
      expect(statSync(join(dataFolder, 'secret.key')).mode & 0o077).toBe(0);
      expect(Buffer.from(readFileSync(join(dataFolder, 'secret.key'), 'utf8'), 'base64')).toHaveLength(32);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
