import { expect, it } from 'vitest';
import { principalOf, type PrincipalClaims } from '../../src/auth/principal.js';
import { sharingKey } from '../../src/auth/sharing-key.js';

const claims: PrincipalClaims = { subject: 'a', role: 'customer', parties: ['p1', 'p2'], carriers: [], companies: [], expiresMs: 1, demonstration: false };
const keyOf = (changes: Partial<PrincipalClaims>) => sharingKey(principalOf({ ...claims, ...changes }));

it('those who may see the same share, whatever they are called and however long their tokens last', () => {
  expect(keyOf({ subject: 'b', expiresMs: 2, parties: ['p2', 'p1'] })).toBe(keyOf({}));
});

it.each<[string, Partial<PrincipalClaims>]>([
  ['role', { role: 'operator', parties: [] }],
  ['scopes', { scopes: ['shipments:read'] }],
  ['parties', { parties: ['p1'] }],
  ['companies', { role: 'operator', companies: ['erp:1'] }],
])('another set of %s keeps apart', (_what, changes) => {
  expect(keyOf(changes)).not.toBe(keyOf({}));
});

it('a list of companies and all of them are not the same', () => {
  expect(keyOf({ role: 'operator', companies: ['*', 'none'] })).not.toBe(keyOf({ role: 'operator' }));
});
