import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRate, rankRates, type BookingRule, type ChoiceBasis } from '../../src/model/booking-rules.js';
import type { Rate } from '../../src/model/commands.js';

const rate = (carrier: string, service: string, amount: string, deliveryAt?: string, currency = 'USD'): Rate => ({ connection: 'parcel', carrier, service, label: service, price: { amount, currency }, ...(deliveryAt === undefined ? {} : { deliveryAt }) });
const slow = rate('USPS', 'Ground', '6.00', '2026-11-27T00:00:00.000Z');
const middle = rate('UPS', 'Ground', '9.00', '2026-11-25T00:00:00.000Z');
const fast = rate('FEDEX', 'OVERNIGHT', '31.00', '2026-11-24T00:00:00.000Z');
const vague = rate('DHL', 'PAKET', '5.00');
const all = [fast, slow, vague, middle];
const request = { weightKg: '4', country: 'US' };
const basis = (...rules: BookingRule[]): ChoiceBasis => ({ rules, onTime: [{ carrier: 'USPS', delivered: 50, onTime: 20 }, { carrier: 'UPS', delivered: 50, onTime: 49 }, { carrier: 'FEDEX', delivered: 3, onTime: 0 }] });
const rule = (action: BookingRule['action'], conditions: BookingRule['conditions'] = {}): BookingRule => ({ name: 'a rule', conditions, action });
const chosen = (given: ChoiceBasis, wanted = request as Parameters<typeof chooseRate>[1]) => chooseRate(all, wanted, given).rate?.service ?? null;

describe('the choice of a service', () => {
  it('is the cheapest, and where a promise was made the cheapest that keeps it; one that says no day keeps none', () => {
    expect(chosen(basis())).toBe('PAKET');
    expect(chosen(basis(), { ...request, promisedAt: '2026-11-25T12:00:00.000Z' })).toBe('Ground');
    expect(chooseRate(all, { ...request, promisedAt: '2026-11-25T12:00:00.000Z' }, basis()).rate).toEqual(middle);
  });

  it('is the earliest where nothing keeps the promise, and says so', () => {
    const { rate: best, reasons } = chooseRate(all, { ...request, promisedAt: '2026-11-20T00:00:00.000Z' }, basis());
    expect(best).toEqual(fast);
    expect(reasons.join('\n')).toContain('Nothing comes by what was promised');
  });

  it('leaves out what a rule excludes, and all but what a rule allows, by carrier or by service', () => {
    expect(chosen(basis(rule({ kind: 'EXCLUDE', services: ['DHL', 'USPS/Ground'] })))).toBe('Ground');
    expect(chosen(basis(rule({ kind: 'ALLOW', services: ['FEDEX/OVERNIGHT'] })))).toBe('OVERNIGHT');
    expect(chosen(basis(rule({ kind: 'ALLOW', services: [] })))).toBeNull();
  });

  it('leaves out who is late too often on the lane, and judges nobody by a few deliveries', () => {
    const left = rankRates(all, request, basis(rule({ kind: 'ON_TIME', minShare: 0.9, minCount: 20 })));
    expect(left.rates.map((each) => each.carrier)).toEqual(['DHL', 'UPS', 'FEDEX']);
    expect(left.reasons).toContain('Rule “a rule” left out USPS/Ground.');
  });

  it('goes by what the last rule prefers that applies', () => {
    expect(chosen(basis(rule({ kind: 'PREFER', by: 'FASTEST' })))).toBe('OVERNIGHT');
    expect(chooseRate(all, request, basis(rule({ kind: 'PREFER', by: 'FASTEST' }), rule({ kind: 'PREFER', by: 'ON_TIME' }))).rate).toEqual(middle);
  });

  it.each([
    ['above its weight', { maxWeightKg: '3.9' }, false], ['up to its weight', { maxWeightKg: '4' }, true], ['below its weight', { minWeightKg: '4.1' }, false], ['to its country', { countries: ['US'] }, true],
    ['to another country', { countries: ['DE'] }, false], ['for its customer', { customers: ['ACME'] }, true], ['for another customer', { customers: ['OTHER'] }, false],
  ] as const)('applies a rule %s: %o', (_what, conditions, isApplied) => {
    const given = basis(rule({ kind: 'EXCLUDE', services: ['DHL'] }, { ...conditions } as BookingRule['conditions']));
    expect(chosen(given, { ...request, customer: 'ACME' })).toBe(isApplied ? 'Ground' : 'PAKET');
  });

  it('compares no amounts of different currencies', () => {
    const { rate: best, reasons } = chooseRate([...all, rate('GLS', 'EURO', '1.00', undefined, 'EUR')], request, basis());
    expect(best).toEqual(vague);
    expect(reasons[0]).toContain('another currency');
  });

  it('is the same for every order of the rates', () => {
    const rules = fc.array(fc.constantFrom(rule({ kind: 'EXCLUDE', services: ['UPS'] }), rule({ kind: 'PREFER', by: 'ON_TIME' }), rule({ kind: 'PREFER', by: 'FASTEST' }), rule({ kind: 'ON_TIME', minShare: 0.5, minCount: 1 })), { maxLength: 3 });
    const same = fc.array(fc.constantFrom(...all, rate('UPS', 'Second', '9.00', middle.deliveryAt), rate('GLS', 'EURO', '6.00', undefined, 'EUR')), { minLength: 1, maxLength: 6 });
    fc.assert(fc.property(same, rules, fc.option(fc.constantFrom('2026-11-24T12:00:00.000Z', '2026-11-26T00:00:00.000Z'), { nil: undefined }), (rates, given, promisedAt) => {
      const wanted = { ...request, ...(promisedAt === undefined ? {} : { promisedAt }) };
      expect(rankRates([...rates].reverse(), wanted, basis(...given))).toEqual(rankRates(rates, wanted, basis(...given)));
    }), { numRuns: 300 });
  });
});
