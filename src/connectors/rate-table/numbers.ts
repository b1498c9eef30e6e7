import { z } from 'zod';
import { gs1Check } from '../../model/gs1.js';
import type { ControlSeries } from '../contract.js';

/** Numbers of parcels that we give in the carrier's name, from a range that it gave us. */
const range = { from: z.int().min(0).max(999_999_999), to: z.int().min(1).max(999_999_999) };
const inOrder = ({ from, to }: { from: number; to: number }) => from <= to;

export const numbersSchema = z.discriminatedUnion('kind', [
  /** Serial shipping container codes (GS1): extension digit and company prefix, serial, check digit. */
  z.strictObject({ kind: z.literal('sscc'), prefix: z.string().regex(/^\d{8,13}$/, 'extension digit and GS1 company prefix, 8 to 13 digits'), ...range }).refine(inOrder, 'from is not after to')
    .refine(({ prefix, to }) => String(to).length <= 17 - prefix.length, 'the serial has no room behind this prefix'),
  /** UPU S10, as posts have: two letters, eight digits and a check digit, country. */
  z.strictObject({ kind: z.literal('s10'), service: z.string().regex(/^[A-Z]{2}$/), country: z.string().regex(/^[A-Z]{2}$/), from: z.int().min(0).max(99_999_999), to: z.int().min(1).max(99_999_999) }).refine(inOrder, 'from is not after to'),
  /** Any other: what stands before the digits and behind them; `check`: a digit of Luhn's, or of GS1, after the digits. */
  z.strictObject({ kind: z.literal('plain'), before: z.string().regex(/^[A-Z0-9]{0,12}$/), digits: z.int().min(1).max(9), after: z.string().regex(/^[A-Z0-9]{0,6}$/).default(''), check: z.enum(['none', 'luhn', 'gs1']).default('none'), ...range }).refine(inOrder, 'from is not after to')
    .refine(({ digits, to }) => String(to).length <= digits, 'the last number has more digits than digits says'),
]);
export type NumberRange = z.infer<typeof numbersSchema>;

/** All numbers of the range are given. */
export class NumbersUsedUp extends Error {
  override readonly name = 'NumbersUsedUp';
}

/**
 * The row of numbers from which they are drawn, another for other letters or another beginning: it goes on beyond the end of the range, which is then
 * told, and begins at no number anew. Ranges of the same letters that lie one over the other give each number once: neither how many digits there are
 * nor which check digit follows makes another number of it.
 */
export function seriesOf(of: NumberRange): ControlSeries {
  const letters = of.kind === 'sscc' ? [of.prefix] : of.kind === 's10' ? [of.service, of.country] : [of.before, of.after];
  const family = `PARCEL:${of.kind} ${letters.join(' ')}:` as const;
  return { name: `${family}${of.from}`, family, first: of.from, most: Number.MAX_SAFE_INTEGER };
}

/**
 * The number of a parcel as it stands on its label.
 * @throws NumbersUsedUp where `serial` is behind the end of the range
 */
export function parcelNumber(of: NumberRange, serial: number): string {
  if (serial > of.to) throw new NumbersUsedUp(`All numbers up to ${of.to} are given: ask the carrier for another range and set numbers.`);
  switch (of.kind) {
    case 'sscc': {
      const digits = `${of.prefix}${String(serial).padStart(17 - of.prefix.length, '0')}`;
      return `${digits}${gs1Check(digits)}`;
    }
    case 's10': {
      const digits = String(serial).padStart(8, '0');
      return `${of.service}${digits}${s10Check(digits)}${of.country}`;
    }
    case 'plain': {
      const digits = String(serial).padStart(of.digits, '0');
      return `${of.before}${digits}${of.check === 'luhn' ? luhnCheck(digits) : of.check === 'gs1' ? gs1Check(digits) : ''}${of.after}`;
    }
  }
}

/** UPU S10: weights 8 6 4 2 3 5 9 7; of 11 less the rest 10 is 0 and 11 is 5. */
export function s10Check(digits: string): number {
  const weights = [8, 6, 4, 2, 3, 5, 9, 7];
  const rest = 11 - ([...digits].reduce((total, digit, place) => total + Number(digit) * weights[place]!, 0) % 11);
  return rest === 10 ? 0 : rest === 11 ? 5 : rest;
}

/** ISO/IEC 7812: from the right every other digit doubled. */
export function luhnCheck(digits: string): number {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = place % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return (10 - (sum % 10)) % 10;
}
