/**
 * The row of a code table; undefined where it has none. Outside codes reach tables through here
 * alone: `table[code]` would answer `constructor` with a function of Object.prototype.
 */
export function rowOf<T>(table: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
