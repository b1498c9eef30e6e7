import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** Rows of a table at most: it is a setting, and read with every rate. */
export const mostRows = 50_000;

/**
 * A table as a setting: given as CSV with a line of names (parted by semicolons where that line has one, else by commas; empty fields are absent), or as the rows that it
 * was read into. What is wrong names its line, as an editor counts it.
 */
export function csvRows<T extends z.ZodType>(row: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      // As it is kept.
      if (value.startsWith('[')) return JSON.parse(value) as unknown;
      const delimiter = /^[^\n]*;/.test(value) ? ';' : ',';
      // Blanks and a mark of the byte order come from spreadsheets.
      const rows = parse(value, { bom: true, columns: (names: string[]) => names.map((name) => name.trim()), delimiter, trim: true, skip_empty_lines: true, to: mostRows + 1, info: true }) as Array<{ record: Record<string, string>; info: { lines: number } }>;
      const read = rows.map(({ record, info }) => ({ line: info.lines, row: row.safeParse(Object.fromEntries(Object.entries(record).filter(([, field]) => field !== ''))) }));
      // 1,234 among commas: some write a thousand so, others a little more than one.
      const unclear = delimiter === ',' ? rows.filter(({ record }) => Object.values(record).some((field) => /^-?\d{1,3},\d{3}$/.test(field))) : [];
      for (const { info } of unclear.slice(0, 10)) context.addIssue({ code: 'custom', message: `line ${info.lines}: a number with three digits behind a comma could be thousands: write it without the comma, or with a point` });
      if (unclear.length > 0) return z.NEVER;
      const wrong = read.filter(({ row: of }) => !of.success);
      for (const { line, row: of } of wrong.slice(0, 10)) context.addIssue({ code: 'custom', message: `line ${line}: ${of.error!.issues.map((issue) => [issue.path.join('.'), issue.message].filter((part) => part !== '').join(' ')).join('; ')}` });
      if (wrong.length > 0) return z.NEVER;
      return read.map(({ row: of }) => of.data);
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is no table: ${(error as Error).message}` });
      return z.NEVER;
    }
  }, z.array(row).min(1, 'has no rows').max(mostRows));
}
