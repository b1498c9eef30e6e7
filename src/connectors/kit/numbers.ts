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

/** Decimal text in its shortest form, for a `numeric` column; undefined where it is none, or longer than any quantity. */
export function boundedDecimal(value: string): string | undefined {
  const match = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(value);
  if (match === null || match[2]!.length > maxWholeDigits || (match[3]?.length ?? 0) > maxFractionDigits) return undefined;
  const fraction = match[3] ? `.${match[3]}` : '';
  const magnitude = `${match[2]}${fraction}`;
  return magnitude === '0' ? '0' : `${match[1]}${magnitude}`;
}
