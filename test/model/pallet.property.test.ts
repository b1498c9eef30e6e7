import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gs1Check, isSsccValid, ssccOf } from '../../src/model/gs1.js';
import { foldPallet, palletSteps, type PalletReport, type PalletStep } from '../../src/model/pallet.js';

const at = (day: number, hour: number) => new Date(Date.UTC(2026, 2, day, hour)).toISOString();
const said = (step: PalletStep, day: number, hour: number, more: Partial<PalletReport> = {}): PalletReport => ({ id: `${step} ${day} ${hour}`, step, at: at(day, hour), expected_at: null, location: null, within: null, lines: [], ...more });
const drawn: fc.Arbitrary<PalletReport> = fc.record({
  step: fc.constantFrom(...palletSteps), day: fc.integer({ min: 1, max: 9 }), hour: fc.constantFrom(0, 12), location: fc.constantFrom(null, 'WH/A', 'WH/B'), within: fc.constantFrom(null, '1'), lot: fc.constantFrom(undefined, 'L1', 'L2'), id: fc.uuid(),
}).map(({ step, day, hour, location, within, lot, id }) => said(step, day, hour, { id, location, within, lines: lot === undefined ? [] : [{ lot, quantity: '1' }] }));

describe('a pallet', () => {
  it('stands the same in whatever order it was reported', () => {
    fc.assert(fc.property(fc.array(drawn, { minLength: 1, maxLength: 8 }).chain((reports) => fc.tuple(fc.constant(reports), fc.shuffledSubarray(reports, { minLength: reports.length }))), ([reports, shuffled]) => {
      expect(foldPallet(shuffled)).toEqual(foldPallet(reports));
    }), { numRuns: 2000 });
  });

  it.each<[string, PalletReport[], object]>([
    ['is expected once it is announced', [said('EXPECTED', 1, 8, { expected_at: at(3, 8), lines: [{ quantity: '5' }] })], { state: 'EXPECTED', expected_at: at(3, 8), location: null, lines: [{ quantity: '5' }] }],
    ['has what was counted, not what was announced', [said('EXPECTED', 1, 8, { lines: [{ quantity: '5' }] }), said('RECEIVED', 3, 8, { lines: [{ quantity: '4' }] })], { state: 'RECEIVED', received_at: at(3, 8), lines: [{ quantity: '4' }] }],
    ['is put away though the receipt is told of in the evening', [said('PUT_AWAY', 3, 9, { location: 'WH/A' }), said('RECEIVED', 3, 18)], { state: 'PUT_AWAY', location: 'WH/A', put_away_at: at(3, 9), received_at: at(3, 18) }],
    ['is where it was put last', [said('PUT_AWAY', 3, 9, { location: 'WH/A' }), said('PUT_AWAY', 4, 9, { location: 'WH/B' })], { state: 'PUT_AWAY', put_away_location: 'WH/B', put_away_at: at(4, 9) }],
    ['that waits for its inspection is not put away', [said('RECEIVED', 3, 8), said('MOVED', 3, 9, { location: 'WH/QC' })], { state: 'RECEIVED', location: 'WH/QC', put_away_at: null }],
    ['that was taken out of storage is staged', [said('PUT_AWAY', 3, 9, { location: 'WH/A' }), said('MOVED', 4, 9, { location: 'WH/Output' })], { state: 'STAGED', location: 'WH/Output', put_away_location: 'WH/A' }],
    ['that was packed here is staged', [said('MOVED', 4, 9, { location: 'WH/Output' })], { state: 'STAGED' }],
    ['is nowhere once it was shipped, though the time of day was not told', [said('PUT_AWAY', 3, 9, { location: 'WH/A' }), said('MOVED', 4, 15, { location: 'WH/Output' }), said('SHIPPED', 4, 0)], { state: 'SHIPPED', location: null, shipped_at: at(4, 0), put_away_location: 'WH/A' }],
    ['that came back begins anew', [said('PUT_AWAY', 1, 9, { location: 'WH/A' }), said('SHIPPED', 2, 9), said('RECEIVED', 5, 9)], { state: 'RECEIVED', received_at: at(5, 9), put_away_at: null, shipped_at: null, location: null }],
    ['that came twice and left twice is told of its second stay alone', [said('RECEIVED', 2, 9), said('PUT_AWAY', 2, 10, { location: 'WH/A' }), said('SHIPPED', 3, 9), said('RECEIVED', 10, 9, { lines: [{ quantity: '2' }] }), said('SHIPPED', 11, 9)], { state: 'SHIPPED', received_at: at(10, 9), put_away_at: null, put_away_location: null, shipped_at: at(11, 9), lines: [{ quantity: '2' }] }],
    ['that is announced again after it left is expected', [said('RECEIVED', 2, 9), said('SHIPPED', 3, 9), said('EXPECTED', 6, 9, { expected_at: at(8, 9) })], { state: 'EXPECTED', received_at: null, shipped_at: null, expected_at: at(8, 9) }],
    ['stays shipped though steps within the walls are told of days later', [said('RECEIVED', 2, 9, { lines: [{ quantity: '5' }] }), said('SHIPPED', 3, 10), said('MOVED', 5, 9, { location: 'WH/Output' }), said('PUT_AWAY', 6, 9, { location: 'WH/A' })], { state: 'SHIPPED', shipped_at: at(3, 10), received_at: at(2, 9), location: null, lines: [{ quantity: '5' }] }],
    ['has what was said of it earlier in its stay where the latest report names nothing', [said('RECEIVED', 2, 9, { lines: [{ quantity: '9' }] }), said('SHIPPED', 3, 9), said('RECEIVED', 6, 9, { lines: [{ quantity: '5' }] }), said('PUT_AWAY', 6, 12)], { state: 'PUT_AWAY', lines: [{ quantity: '5' }] }],
    ['that was moved by itself stands no longer on the pallet that it came on', [said('EXPECTED', 1, 9, { within: '1' }), said('RECEIVED', 2, 9, { within: '1' }), said('PUT_AWAY', 2, 10, { location: 'WH/A' })], { state: 'PUT_AWAY', within: null }],
    ['stands on the pallet that it was packed on after it was moved', [said('PUT_AWAY', 2, 10, { location: 'WH/A' }), said('SHIPPED', 3, 10, { within: '2' })], { state: 'SHIPPED', within: '2' }],
  ])('%s', (_what, reports, expected) => {
    for (const each of [reports, reports.toReversed()]) expect(foldPallet(each)).toMatchObject(expected);
  });
});

describe('a serial shipping container code', () => {
  it('is the same with and without its application identifier, and nothing else is one', () => {
    for (const text of ['106141411234567897', '(00) 1 0614141 123456789 7', '00106141411234567897']) expect(ssccOf(text)).toBe('106141411234567897');
    for (const text of ['', 'PACK0000009', '10614141123456789', '01106141411234567897', 'A06141411234567897']) expect(ssccOf(text)).toBeUndefined();
  });

  it('is known to be wrong wherever one digit is another', () => {
    expect([gs1Check('10614141123456789'), isSsccValid('106141411234567897')]).toEqual([7, true]);
    fc.assert(fc.property(fc.stringMatching(/^\d{17}$/), fc.nat(17), fc.integer({ min: 1, max: 9 }), (digits, place, more) => {
      const sscc = `${digits}${gs1Check(digits)}`;
      const other = [...sscc].map((digit, index) => (index === place ? (Number(digit) + more) % 10 : digit)).join('');
      expect([isSsccValid(sscc), isSsccValid(other)]).toEqual([true, false]);
    }));
  });
});
