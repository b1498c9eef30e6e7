import type { ExceptionClass, MilestoneCode } from '../../model/milestones.js';

/**
 * The row of a code table; undefined where it has none. Outside codes reach tables through here
 * alone: `table[code]` would answer `constructor` with a function of Object.prototype.
 */
export function rowOf<T>(table: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** What an outside code means here; a class where it says more than the milestone's own. */
export interface Mapped {
  code: MilestoneCode;
  exceptionClass?: ExceptionClass;
}

/** A table of many codes, written by what they mean: the codes of a row are parted by blanks. Two rows must not name the same code. */
export function tableOf(rows: ReadonlyArray<readonly [meaning: Mapped, codes: string]>): Readonly<Record<string, Mapped>> {
  const table: Record<string, Mapped> = {};
  for (const [meaning, codes] of rows) {
    for (const code of codes.split(' ')) {
      if (Object.hasOwn(table, code)) throw new Error(`The code ${code} stands in two rows.`);
      table[code] = meaning;
    }
  }
  return table;
}
