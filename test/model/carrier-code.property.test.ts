import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantOf } from '../../src/auth/grant.js';
import { principalOf } from '../../src/auth/principal.js';
import { carrierCode } from '../../src/model/references.js';

describe('the code of a carrier', () => {
  it.each([['FedEx', 'FEDEX'], ['  DHL Express ', 'DHL_EXPRESS'], ['Müller & Söhne', 'MÜLLER_SÖHNE'], ['Möller', 'MÖLLER'], ['日本通運', '日本通運'], ['顺丰', '顺丰'], ['Ｄｅｌｔａ', 'DELTA'], ['Straße', 'STRASSE'], ['Mu\u0308ller', 'MÜLLER']])('of %s is %s', (name, code) =>
    expect(carrierCode(name)).toBe(code));

  it('is its own code', () =>
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => carrierCode(carrierCode(name)) === carrierCode(name))));

  it('is one for two names of letters and figures only where they differ by case or form alone', () => {
    const plain = (name: string) => name.normalize('NFKC').toUpperCase().normalize('NFKC');
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((text) => /^[\p{L}\p{N}]+$/u.test(plain(text)));
    fc.assert(fc.property(name, name, (one, other) => (carrierCode(one) === carrierCode(other)) === (plain(one) === plain(other))));
  });

  it.each(['', ' ', '😀', '--', 'unknown'])('gives no right where the name is "%s", which no token is made for', (name) => {
    expect(() => grantOf({ role: 'partner', carriers: [name, 'DHL'] })).toThrow(/carrier/);
    const claims = { subject: 's', role: 'partner' as const, parties: [], carriers: [name], companies: [], expiresMs: 0, demonstration: false };
    expect(principalOf(claims).keys).toEqual([]);
  });
});
