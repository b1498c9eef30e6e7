import { decimalText, millionths } from '../../../lib/decimal.js';
import type { Anomaly } from '../../../model/facts.js';
import { boundedDecimal } from '../numbers.js';
import { filled } from '../text.js';

/** Lines beyond this number are of no order. */
export const maxLines = 5_000;
/** The lines of a set or message that are read; of the others people are told, and so is its sender. */
export function firstLines<T>(lines: readonly T[], { name, anomalies }: { name: string; anomalies: Anomaly[] }, most = maxLines): readonly T[] {
  if (lines.length > most) anomalies.push({ kind: 'TOO_MANY', message: `${name}: it has ${lines.length} lines; the first ${most} are read. Ask the partner to send it in parts.`, severity: 'HIGH' });
  return lines.slice(0, most);
}

/** Longest name of a product, lot or package that is taken. */
export const maxName = 80;

/** A quantity as decimal text; undefined where it is none. Partners write `.5` and `5.` */
export function quantityOf(text: string | undefined): string | undefined {
  const value = filled(text);
  return value === undefined ? undefined : boundedDecimal(value.replace(/^(-?)\./, '$10.').replace(/\.$/, '').replace(/^\+/, ''));
}

/** The sum of decimal texts. */
export function sumOf(amounts: readonly string[]): string {
  return decimalText(amounts.reduce((sum, each) => sum + (millionths(each) ?? 0n), 0n));
}

/** The date in a text of digits that begins with `CCYYMMDD`, as `YYYY-MM-DD`; undefined where there is none. */
export function dateOf(text: string | undefined): string | undefined {
  const found = /^(\d{4})(\d{2})(\d{2})/.exec((text ?? '').trim());
  const date = found === null ? undefined : found.slice(1).join('-');
  return date !== undefined && new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) === true ? date : undefined;
}

/** Units as Odoo names them, their code in X12 (element 355) and in UN/ECE Recommendation 20, which EDIFACT uses. */
const units: ReadonlyArray<readonly [names: string, x12: string, edifact: string]> = [
  ['units|unit|unit(s)|piece|pieces|each|ea', 'EA', 'PCE'], ['dozens|dozen', 'DZ', 'DZN'], ['pack of 6|pack|packs', 'PK', 'PK'], ['box|boxes', 'BX', 'BX'], ['case|cases', 'CA', 'CS'], ['carton|cartons', 'CT', 'CT'], ['pallet|pallets', 'PL', 'PF'],
  ['kg', 'KG', 'KGM'], ['g', 'GR', 'GRM'], ['lb|lbs', 'LB', 'LBR'], ['oz', 'OZ', 'ONZ'], ['l', 'LT', 'LTR'], ['m', 'MR', 'MTR'], ['ft', 'FT', 'FOT'], ['pair|pairs', 'PR', 'PR'], ['set', 'ST', 'SET'], ['roll|rolls', 'RL', 'RO'],
];
const unitCodes = new Map(units.flatMap(([names, X12, EDIFACT]) => names.split('|').concat(X12.toLowerCase(), EDIFACT.toLowerCase()).map((name) => [name, { X12, EDIFACT }] as const)));

/** Code of a unit as Odoo names it, or under its code in either table; undefined where none is known. */
export function unitCode(unit: string, syntax: 'X12' | 'EDIFACT'): string | undefined {
  return unitCodes.get(unit.trim().toLowerCase())?.[syntax];
}
