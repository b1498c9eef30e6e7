import { describe, expect, it } from 'vitest';
import { requestRecord } from '../../src/connectors/odoo/payloads.js';
import { toWish } from '../../src/connectors/odoo/requests.js';

const address = { name: 'Ann Example', street: '1 King St', city: 'Toronto', country: 'ca' };
const item = { package: 'PACK1', description: 'Oak desk', quantity: 1.5, value: 10.5, currency: 'usd', weight: 2, weight_uom: 'lb', hs_code: '940330', origin: 'us', sku: false };
const record = (customs: unknown) => requestRecord.parse({ request_id: 'r-1', kind: 'shipment.requested', from: { ...address, country: 'US' }, to: address, packages: [{ id: 'PACK1', weight: 3 }], customs });

describe('what Odoo tells customs', () => {
  it('reaches the carrier in kilograms and whole pieces', () => {
    const dropped: string[] = [];
    const wish = toWish(record({ contents: 'MERCHANDISE', incoterm: 'dap', explanation: false, items: [item] }), '42', 'erp', (path) => void dropped.push(path));
    expect(wish).toMatchObject({
      kind: 'BOOK',
      freight: { customs: { contents: 'MERCHANDISE', incoterm: 'DAP', items: [{ package: 'PACK1', description: 'Oak desk', quantity: 2, value: { amount: '10.5', currency: 'USD' }, weightKg: '0.9072', hsCode: '940330', originCountry: 'US' }] } },
    });
    expect(dropped).toEqual([]);
  });

  it('leaves an item out that cannot be read, says so, and keeps the rest', () => {
    const dropped: string[] = [];
    const wish = toWish(record({ contents: 'GIFT', items: [item, { ...item, weight_uom: 'stone' }] }), '42', 'erp', (path) => void dropped.push(path));
    expect((wish as { freight: { customs: { items: unknown[] } } }).freight.customs.items).toHaveLength(1);
    expect(dropped).toEqual(['customs.items.1.weight']);
  });

  it('is not spoken of where Odoo says nothing', () => {
    expect((toWish(record(false), '42', 'erp', () => undefined) as { freight: object }).freight).not.toHaveProperty('customs');
  });
});
