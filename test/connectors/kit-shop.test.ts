import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf, decimalsOf, shareOf, shopAddress, shopPolicy, withDecimals } from '../../src/connectors/kit/shop.js';

describe('amounts of shops', () => {
  const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });

  it('are shared out to the nearest step, half away from nothing', () => {
    expect([shareOf(amountOf('10.00'), 1n, 3n, 2), shareOf(amountOf('-10.00'), 1n, 3n, 2), shareOf(amountOf('0.05'), 1n, 2n, 2), shareOf(amountOf('-0.05'), 1n, 2n, 2), shareOf(amountOf('100'), 1n, 3n, 0)].map((each) => withDecimals(each, 0))).toEqual(['3.33', '-3.33', '0.03', '-0.03', '33']);
    fc.assert(fc.property(amount, fc.bigInt({ min: 0n, max: 1_000n }), fc.bigInt({ min: 1n, max: 1_000n }), fc.integer({ min: 0, max: 6 }), (of, part, whole, decimals) => {
      const [share, step] = [shareOf(of, part, whole, decimals), 10n ** BigInt(6 - decimals)];
      expect(share % step).toBe(0n);
      const distance = share * whole - of * part;
      expect(2n * (distance < 0n ? -distance : distance) <= whole * step).toBe(true);
    }));
  });

  it('are written with as many decimals as the shop has, and none is lost', () => {
    expect(['27.2', '27', '27.123456', '-0.5'].map((text) => withDecimals(amountOf(text), 2))).toEqual(['27.20', '27.00', '27.123456', '-0.50']);
    fc.assert(fc.property(amount, fc.integer({ min: 0, max: 6 }), (of, decimals) => {
      const text = withDecimals(of, decimals);
      expect([amountOf(text), decimalsOf(text) >= decimals]).toEqual([of, true]);
    }));
  });
});

describe('an address in a shop', () => {
  it('is one where a street and a country are there; a city has not every country', () => {
    expect(shopAddress({ street: ' Hauptstr. 1 ', city: 'Berlin', country: 'de', phone: '', region: null })).toEqual({ street: 'Hauptstr. 1', city: 'Berlin', country: 'DE' });
    for (const missing of [{ street: '' }, { country: undefined }, { country: 'Germany' }]) expect(shopAddress({ street: 'Hauptstr. 1', city: 'Berlin', country: 'DE', ...missing })).toBeUndefined();
    expect(shopAddress({ street: '10 Anson Road', city: ' ', postalCode: '079903', country: 'SG' })).toEqual({ street: '10 Anson Road', city: '', postalCode: '079903', country: 'SG' });
  });
});

describe('what becomes of the orders of a shop', () => {
  it('is as the settings say', () => {
    expect(shopPolicy({})).toEqual({ confirm: 'paid', odoo: null, from: null, trackingMinutes: 30 });
    expect(shopPolicy({ confirm: 'never', odoo: 'erp', from: '2026-03-01T00:00:00+01:00', trackingMinutes: 0 })).toEqual({ confirm: 'never', odoo: 'erp', from: '2026-02-28T23:00:00.000Z', trackingMinutes: 0 });
    expect(shopPolicy({ orders: 'none', confirm: 'always' })).toBeNull();
  });
});
