import { DateTime } from 'luxon';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import { boundedDecimal } from '../kit/numbers.js';
import { instantOfLocal, parseLocalTime, type LocalTime } from '../kit/zone.js';
import type { Line } from './lines.js';
import type { Mapping, Source } from './mapping.js';

/** Why a line is not taken, in words that go on from "Line 7: ". */
export class RefusedLine extends Error {}

export function required(line: Line, where: Source, name: string): string {
  const value = line.get(where);
  if (value === undefined) throw new RefusedLine(`${name} is empty`);
  return value;
}

/** Decimal text with a point, whatever the file writes; groups of three are read where they are whole. @throws RefusedLine */
export function decimalOf(value: string, { decimal }: Pick<Mapping, 'decimal'>, name: string): string {
  const isGrouped = decimal === ',' ? /^-?\d{1,3}([. ]\d{3})+(,\d*)?$/ : /^-?\d{1,3}([, ]\d{3})+(\.\d*)?$/;
  const ungrouped = value.length <= 60 && isGrouped.test(value) ? value.replace(decimal === ',' ? /[. ]/g : /[, ]/g, '') : value;
  const plain = decimal === ',' && !ungrouped.includes('.') ? ungrouped.replace(',', '.') : ungrouped;
  const isMixed = decimal === ',' && ungrouped.includes('.');
  const read = isMixed ? undefined : boundedDecimal(plain.replace(/^\+/, ''));
  if (read === undefined) throw new RefusedLine(`${name} is no number with a decimal ${decimal === ',' ? 'comma' : 'point'}: ${value.slice(0, 40)}`);
  return read;
}

/** @throws RefusedLine */
export function timeOf(line: Line, fields: { time?: Source | undefined; clock?: Source | undefined }, { times, zone: own }: Pick<Mapping, 'times' | 'zone'>, assumed: string): ZonedInstant | undefined {
  const [date, clock] = [line.get(fields.time), line.get(fields.clock)];
  if (date === undefined) return undefined;
  const text = clock === undefined ? date : `${date} ${clock}`;
  const read = text.length > 60 ? null : (fromForms(text, times, own ?? assumed, own === undefined) ?? parseOffsetTime(text) ?? ofLocal(parseLocalTime(text), own ?? assumed, own === undefined));
  if (read === null) throw new RefusedLine(`time is none of ${[...times, 'ISO 8601'].join(', ')}: ${text.slice(0, 60)}`);
  return read;
}

function fromForms(text: string, forms: readonly string[], zone: string, isAssumed: boolean): ZonedInstant | null {
  for (const form of forms) {
    // An offset in the text is a zone of its own; without one the clock on the wall is what counts.
    const hasOffset = /Z|z/.test(form.replace(/'[^']*'/g, ''));
    const parsed = DateTime.fromFormat(text, form, { setZone: true, zone: 'utc', locale: 'en' });
    if (!parsed.isValid) continue;
    if (hasOffset) return parseOffsetTime(parsed.toISO({ suppressMilliseconds: true }) ?? '');
    const { year, month, day, hour, minute, second } = parsed;
    return ofLocal({ year, month, day, hour, minute, second }, zone, isAssumed);
  }
  return null;
}

function ofLocal(local: LocalTime | null, zone: string, isAssumed: boolean): ZonedInstant | null {
  return local === null ? null : instantOfLocal(local, zone, isAssumed);
}
