/**
 * Numbers of outside systems on their way into integer columns: a number beyond the column fails
 * the statement that writes it, and with it every message of the batch.
 */

/** The whole number from 0 on that an `integer` column holds; undefined for anything else. */
export function int32(value: unknown): number | undefined {
  return wholeNumber(value, 2 ** 31 - 1);
}

/** The whole number from 0 on that a `smallint` column holds; undefined for anything else. */
export function int16(value: unknown): number | undefined {
  return wholeNumber(value, 2 ** 15 - 1);
}

/** Text is read where it is digits alone: neither `1e9` nor `0x10` is a count that people write. */
function wholeNumber(value: unknown, max: number): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max ? number + 0 : undefined;
}

/** Digits that a decimal may have before and after its point: no quantity or amount of anything has more. */
export const maxWholeDigits = 15;
export const maxFractionDigits = 12;

/** A pattern would try every zero as the first of them: a text of a million zeros is a way to stop a process. */
function withoutEndingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

/** Decimal text in its shortest form, for a `numeric` column; undefined where it is none, or longer than any quantity. */
export function boundedDecimal(value: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(value);
  if (match === null) return undefined;
  const [whole, decimals] = [match[2]!.replace(/^0+(?=\d)/, ''), withoutEndingZeros(match[3] ?? '')];
  if (whole.length > maxWholeDigits || decimals.length > maxFractionDigits) return undefined;
  const magnitude = decimals === '' ? whole : `${whole}.${decimals}`;
  return magnitude === '0' ? '0' : `${match[1]}${magnitude}`;
}
