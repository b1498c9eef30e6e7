import { describe, expect, it } from 'vitest';
import type { Customs, FreightRequest } from '../../src/model/commands.js';
import { crossesCustoms, customsOf, faultOfFreight, lacksCustoms } from '../../src/model/freight.js';

const address = (country: string) => ({ street: '1 Dock Road', city: 'Anywhere', country });
const item: Customs['items'][number] = { description: 'Oak desk', quantity: 1, value: { amount: '10.50', currency: 'EUR' }, weightKg: '2', hsCode: '9403.30', originCountry: 'DE' };
const request = (from: string, to: string, customs?: Partial<Customs>, packages = ['A']): FreightRequest => ({
  from: address(from), to: address(to), packages: packages.map((id) => ({ id, weightKg: '3' })), references: [], ...(customs === undefined ? {} : { customs: { contents: 'MERCHANDISE', items: [item], ...customs } }),
});

describe('customs', () => {
  it.each([['US', 'US', false], ['US', 'CA', true], ['DE', 'FR', false], ['DE', 'CH', true], ['GB', 'IE', true], ['FR', 'MC', false]])('from %s to %s: a border is crossed: %s', (from, to, crosses) => {
    expect(crossesCustoms(request(from, to))).toBe(crosses);
  });

  it('are lacking where one of the packages says nothing', () => {
    expect(lacksCustoms(request('US', 'US'))).toBeNull();
    expect(lacksCustoms(request('US', 'CA'))).toMatchObject({ field: 'customs' });
    expect(lacksCustoms(request('US', 'CA', {}))).toBeNull();
    expect(lacksCustoms(request('US', 'CA', { items: [{ ...item, package: 'A' }] }, ['A', 'B']))).toMatchObject({ message: expect.stringContaining('Package B') });
  });

  it('are told of each package what it holds', () => {
    const two = request('US', 'CA', { items: [{ ...item, package: 'A' }, { ...item, package: 'B', description: 'Lamp' }] }, ['A', 'B']);
    expect([customsOf(two, { id: 'A' })?.items, customsOf(two, { id: 'B' })?.items].map((items) => items?.map((each) => each.description))).toEqual([['Oak desk'], ['Lamp']]);
  });

  it.each<[string, Partial<Customs>]>([
    ['customs.contents', { contents: 'GOLD' as never }], ['customs.explanation', { contents: 'OTHER' }], ['customs.incoterm', { incoterm: 'XXX' as never }], ['customs.items', { items: [] }],
    ['customs.items.0.description', { items: [{ ...item, description: ' ' }] }], ['customs.items.0.quantity', { items: [{ ...item, quantity: 1.5 }] }], ['customs.items.0.value.amount', { items: [{ ...item, value: { amount: '-1', currency: 'EUR' } }] }],
    ['customs.items.0.value.currency', { items: [{ ...item, value: { amount: '1', currency: 'euro' } }] }], ['customs.items.0.weightKg', { items: [{ ...item, weightKg: '0' }] }], ['customs.items.0.hsCode', { items: [{ ...item, hsCode: 'desk' }] }],
    ['customs.items.0.originCountry', { items: [{ ...item, originCountry: 'Germany' }] }], ['customs.items.0.package', { items: [{ ...item, package: 'Z' }] }],
  ])('are refused where %s is wrong', (field, customs) => {
    expect(faultOfFreight(request('US', 'CA', customs))?.field).toBe(field);
    expect(faultOfFreight(request('US', 'CA', {}))).toBeNull();
  });

  it('take a value in a currency of small units', () => {
    expect(faultOfFreight(request('VN', 'US', { items: [{ ...item, value: { amount: '12500000', currency: 'VND' } }] }))).toBeNull();
  });
});
