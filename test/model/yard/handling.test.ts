import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirmedLines, progressOf, remarksOf, type HandledTransfer } from '../../../src/model/yard/handling.js';
import type { Finding, HandlingCount } from '../../../src/model/yard/records.js';

const at = { instant: '2026-11-22T10:00:00.000Z', zone: 'UTC' };
const product = (id: number, quantity: string, unit = 'Units') => ({ id: `uuid-${id}`, productId: String(id), name: `Product ${id}`, sku: `SKU-${id}`, barcode: `40000${id}`, quantity, unit });
const transfer = (change: Partial<HandledTransfer> = {}): HandledTransfer => ({ name: 'WH/IN/1', isOnly: true, asked: [product(1, '10'), product(2, '4')], ...change });
const count = (change: Partial<HandlingCount>): HandlingCount => ({ product: 'SKU-1', unit: 'PIECE', quantity: '1', at, ...change });
const finding = (change: Partial<Finding>): Finding => ({ id: 'f', kind: 'DAMAGED', photos: [], at, ...change });

describe('what was counted of a transfer', () => {
  it('is shown beside what is expected, by SKU, barcode or id, and what has a unit of its own by itself', () => {
    expect(progressOf(transfer(), [count({ quantity: '2' }), count({ product: '400001', quantity: '1.5', unit: 'units' }), count({ product: 'uuid-2' }), count({ product: 'other', quantity: '3' }), { unit: 'PALLET', quantity: '2', at }])).toEqual([
      { productId: '1', name: 'Product 1', counted: '3.5', expected: '10', unit: 'Units' }, { productId: '2', name: 'Product 2', counted: '1', expected: '4', unit: 'Units' },
      { productId: null, name: 'PALLET', counted: '2', expected: null, unit: 'PALLET' }, { productId: null, name: 'other', counted: '3', expected: null, unit: 'PIECE' },
    ]);
  });

  it('is nothing of other transfers, and of nothing that names none where the truck is here for several', () => {
    expect(progressOf(transfer(), [count({ reference: 'WH/IN/2' })])).toEqual([]);
    expect(progressOf(transfer({ isOnly: false }), [count({})])).toEqual([]);
    expect(progressOf(transfer({ isOnly: false }), [count({ reference: ' wh/in/1 ' })])).toHaveLength(2);
  });

  it('takes no pieces for dozens or kilograms', () => {
    const dozens = transfer({ asked: [product(1, '2', 'Dozens')] });
    expect(confirmedLines(dozens, [count({ quantity: '24' })], [])).toEqual([]);
    expect(confirmedLines(dozens, [count({ quantity: '2', unit: 'dozens' })], [])).toMatchObject([{ sku: 'SKU-1', quantity: '2' }]);
  });

  it('is confirmed lot by lot, what is damaged apart from it, and the rest in words', () => {
    const findings = [finding({ product: 'SKU-1', quantity: '2', unit: 'PIECE' }), finding({ kind: 'WRONG_TRAILER', note: 'TR-8 was announced' }), finding({ product: 'SKU-2' }), finding({ kind: 'SHORT', reference: 'WH/IN/2' })];
    expect(confirmedLines(transfer(), [count({ lot: 'A', quantity: '3' }), count({ lot: 'A' }), count({ lot: 'B' })], findings)).toEqual([
      { id: '1', sku: 'SKU-1', barcode: '400001', quantity: '4', lot: 'A' }, { id: '2', sku: 'SKU-1', barcode: '400001', quantity: '1', lot: 'B' }, { id: '3', sku: 'SKU-1', barcode: '400001', quantity: '0', damaged: '2' },
    ]);
    expect(remarksOf(findings, transfer())).toEqual([{ kind: 'WRONG_TRAILER', text: 'TR-8 was announced' }, { kind: 'DAMAGED', text: 'SKU-2' }]);
  });

  it('is the same in whatever order it was counted', () => {
    const counts = fc.array(fc.record({ product: fc.constantFrom('SKU-1', 'SKU-2', 'x'), unit: fc.constantFrom('PIECE', 'PALLET'), quantity: fc.integer({ min: 0, max: 9 }).map(String) }), { maxLength: 8 });
    fc.assert(fc.property(counts, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (drawn, draws) => {
      const all = drawn.map((each) => count(each));
      const shuffled = all.map((each) => ({ each, at: draws.next().value as number })).sort((a, b) => a.at - b.at).map(({ each }) => each);
      expect(progressOf(transfer(), shuffled)).toEqual(progressOf(transfer(), all));
    }));
  });
});
