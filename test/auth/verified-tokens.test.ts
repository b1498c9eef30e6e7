import type { JWTVerifyGetKey } from 'jose';
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../src/auth/principal.js';
import { VerifiedTokens } from '../../src/auth/verified-tokens.js';

const keys: JWTVerifyGetKey = async () => new Uint8Array();
const otherKeys: JWTVerifyGetKey = async () => new Uint8Array();

const proved = {
  principal: principalOf({ subject: 'ann', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: 100_000, demonstration: false }),
  certificate: undefined,
};

describe('a verified token', () => {
  it('is known until it ends', () => {
    const verified = new VerifiedTokens();
    verified.add('a.b.c', keys, proved);
    expect(verified.get('a.b.c', keys, 99_999)).toBe(proved);
    expect(verified.get('a.b.c', keys, 100_000)).toBeUndefined();
  });

  it('is proved anew when the keys are others', () => {
    const verified = new VerifiedTokens();
    verified.add('a.b.c', keys, proved);
    expect(verified.get('a.b.c', otherKeys, 0)).toBeUndefined();
  });

  it('is known by all of its text', () => {
    const verified = new VerifiedTokens();
    verified.add('a.b.c', keys, proved);
    expect(verified.get('a.b.d', keys, 0)).toBeUndefined();
  });
});
