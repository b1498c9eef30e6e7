/** How values come out of either driver. Both are told the same, so that code never asks which it is. */

/** PostgreSQL's text for a timestamptz in a UTC session → `2026-11-21T12:00:00.000Z`. */
export function timeFromText(text: string): string {
  if (text.length < 19) return text;
  const plus = text.indexOf('+', 19);
  const fraction = plus > 20 ? text.slice(20, plus).padEnd(3, '0').slice(0, 3) : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const oid = { int8: 20, timestamptz: 1184, numeric: 1700 } as const;

/** By type oid. int8 as number: positions and counts stay far below 2^53. numeric as text, exact. */
export const valueParsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.int8]: Number,
  [oid.timestamptz]: timeFromText,
  [oid.numeric]: (text) => text,
};
