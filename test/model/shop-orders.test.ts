import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fulfilledLines, odooOrderOf, trackingOf, type ShopDelivery, type StandingShopOrder, type ToldFulfilment } from '../../src/model/shop-orders.js';
import type { ShopOrderLine, ShopPolicy } from '../../src/model/shop.js';

const ids = ['1', '2', '3'] as const;
const odooLines = ids.map((id) => ({ id: `so-${id}`, productId: `p-${id}`, shopLine: id }));
const delivery = (number: number, quantities: readonly string[], over: Partial<ShopDelivery> = {}): ShopDelivery => ({
  transfer: `transfer:erp:${number}`, name: `WH/OUT/${number}`, state: 'done', doneAt: '2026-03-06T12:00:00.000Z', carrier: null, trackingNumbers: [],
  lines: quantities.map((quantity, index) => ({ productId: `p-${ids[index]}`, quantity, orderLineId: `so-${ids[index]}` })), ...over,
});
const line = (id: string, quantity: string, over: Partial<ShopOrderLine> = {}): ShopOrderLine => ({ id, sku: `SKU-${id}`, description: id, quantity, unitPrice: '1', ...over });
const order: StandingShopOrder = {
  connection: 'shop', order: '1', name: '#1', state: 'OPEN', payment: 'PAID', fulfilledBy: 'MERCHANT', orderedAt: '2026-03-06T12:00:00.000Z', deliverBy: null, total: '1.00', currency: 'EUR', pricesIncludeTax: true, lines: [line('1', '1')], shipping: null,
};
const policy: ShopPolicy = { confirm: 'paid', odoo: null, from: null, trackingMinutes: 0 };

describe('what a shop is told of deliveries', () => {
  const pieces = fc.integer({ min: 0, max: 5 }).map(String);

  it('is of no line more than is wanted and the shop has not as sent, and of no delivery more than went', () => {
    fc.assert(fc.property(fc.array(pieces, { minLength: 3, maxLength: 3 }), fc.array(pieces, { minLength: 3, maxLength: 3 }), fc.array(fc.array(pieces, { minLength: 3, maxLength: 3 }), { maxLength: 5 }), (wanted, fulfilled, parts) => {
      const lines = ids.map((id, index) => line(id, wanted[index]!, { fulfilled: fulfilled[index]! }));
      const deliveries = parts.map((quantities, index) => delivery(index, quantities));
      const told: ToldFulfilment[] = [];
      for (const each of deliveries) told.push({ transfer: each.transfer, lines: fulfilledLines({ lines }, odooLines, each, deliveries, told) });
      for (const [index, id] of ids.entries()) {
        const of = told.map((each) => Number(each.lines.find((one) => one.id === id)?.quantity ?? 0));
        const [want, sent, went] = [Number(wanted[index]), Number(fulfilled[index]), parts.reduce((sum, part) => sum + Number(part[index]), 0)];
        const sum = of.reduce((total, one) => total + one, 0);
        of.forEach((one, number) => expect(one).toBeLessThanOrEqual(Number(parts[number]![index])));
        expect(sum).toBeLessThanOrEqual(want);
        if (sent === 0) expect(sum).toBe(Math.min(want, went));
        // Of what is told later it cannot be known whether the shop counts it among what it has as sent: there the shop itself takes no more than is left.
        expect(of.find((one) => one > 0) ?? 0).toBeLessThanOrEqual(Math.max(0, want - sent));
      }
      expect(told.flatMap((each) => each.lines).every(({ quantity }) => Number(quantity) > 0)).toBe(true);
    }));
  });

  it('is nothing of lines that a person added in Odoo, and of those of which nothing is sent', () => {
    const added = delivery(1, ['1'], { lines: [{ productId: 'p-9', quantity: '4', orderLineId: 'so-9' }, { productId: 'p-1', quantity: '1', orderLineId: 'so-1' }, { productId: 'p-1', quantity: '1' }] });
    expect(fulfilledLines({ lines: [line('1', '5'), line('2', '5', { isVirtual: true })] }, [...odooLines, { id: 'so-9', productId: 'p-9' }], added, [added], [])).toEqual([{ id: '1', sku: 'SKU-1', quantity: '1' }]);
  });

  it('keeps parts of a unit exactly', () => {
    const lines = [line('1', '0.3')];
    const told = [{ transfer: 'transfer:erp:1', lines: [{ id: '1', quantity: '0.1' }] }];
    expect(fulfilledLines({ lines }, odooLines, delivery(2, ['0.2']), [], told)).toEqual([{ id: '1', sku: 'SKU-1', quantity: '0.2' }]);
  });

  it('has each number once, with who was booked where that is known', () => {
    const numbers = { trackingNumbers: ['A', 'B', 'A'], carrier: 'UPS Ground' };
    expect(trackingOf(delivery(1, [], numbers), { carrier: 'UPS', service: '03' })).toEqual({ carrier: 'UPS Ground', carrierCode: 'UPS', service: '03', numbers: ['A', 'B'] });
    expect(trackingOf(delivery(1, []), null)).toBeNull();
  });
});

describe('what is to stand in Odoo of an order', () => {
  it.each([
    ['paid', 'PAID', true], ['paid', 'AUTHORIZED', true], ['paid', 'PENDING', false], ['paid', 'REFUNDED', false], ['paid', 'UNKNOWN', false], ['always', 'PENDING', true], ['never', 'PAID', false],
  ] as const)('is confirmed by the setting %s where the payment is %s: %s', (confirm, payment, isConfirmed) => {
    expect(odooOrderOf({ ...order, payment }, {}, { ...policy, confirm }, false)?.confirm).toBe(isConfirmed);
  });

  it.each([['OPEN', true, true], ['CANCELLED', false, true], ['CLOSED', false, false], ['HELD', false, false], ['UNKNOWN', false, false]] as const)('is told of one that is %s: %s; once it is known there: %s', (state, isTold, isToldOfKnown) => {
    expect([odooOrderOf({ ...order, state }, {}, policy, false) !== null, odooOrderOf({ ...order, state }, {}, policy, true) !== null]).toEqual([isTold, isToldOfKnown]);
  });

  it('keeps the note apart from who bought', () => {
    expect(odooOrderOf(order, { email: 'a@example.com', note: 'Ring' }, policy, false)).toMatchObject({ people: { email: 'a@example.com' }, note: 'Ring' });
  });
});
