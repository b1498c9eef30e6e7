import { sql } from 'kysely';
import type { Queryable, Transaction } from '../db/database.js';
import { holdNames } from '../db/named-locks.js';

/** A row of numbers at one partner. */
export interface ControlSeries {
  /** ISA, GS, ST, UNB, UNG, UNH, PARCEL:plain AC :1 (of parcels AC..., from 1). */
  name: string;
  /** What the names of series begin with of which none gives what another gave. */
  family?: string;
  /** The number drawn first, where another system counted before. */
  first: number;
  /** After it comes 1 again. */
  most: number;
}

/**
 * Draws the next number of each series of a connection. Its row, and its family, are locked until `tx` ends: whoever
 * else draws waits, and of a transaction that fails no number is missing.
 * @param series in the same order wherever they are drawn together
 */
export async function drawNumbers(tx: Transaction, connection: string, series: readonly ControlSeries[]): Promise<number[]> {
  const drawn: number[] = [];
  for (const { name, family, first, most } of series) {
    if (family !== undefined) await holdNames(tx, [`numbers:${connection}:${family}`]);
    const { rows } = await sql<{ last: number }>`
      insert into control_number as n (connection, series, first, last) values (${connection}, ${name}, ${first}, ${first})
      on conflict (connection, series) do update set last = case when n.last >= ${most} then 1 else n.last + 1 end
      returning last`.execute(tx);
    drawn.push(family === undefined ? rows[0]!.last : await past(tx, connection, { name, family, number: rows[0]!.last }));
  }
  return drawn;
}

/** The first number from this one on that no other series of the family gave. */
async function past(tx: Transaction, connection: string, { name, family, number }: { name: string; family: string; number: number }): Promise<number> {
  const { rows: others } = await sql<{ first: number; last: number }>`
    select first, last from control_number where connection = ${connection} and starts_with(series, ${family}) and series <> ${name} and last >= first order by first`.execute(tx);
  const free = others.reduce((least, { first, last }) => (first <= least && least <= last ? last + 1 : least), number);
  if (free !== number) await sql`update control_number set last = ${free} where connection = ${connection} and series = ${name}`.execute(tx);
  return free;
}

/** Of these numbers of a connection, those that were never drawn. */
export async function neverDrawn(db: Queryable, connection: string, numbers: ReadonlyArray<{ series: string; control: string }>): Promise<Array<{ series: string; control: string }>> {
  if (numbers.length === 0) return [];
  const rows = await db.selectFrom('control_number').select(['series', 'first', 'last']).where('connection', '=', connection).execute();
  const known = new Map(rows.map((row) => [row.series, row]));
  return numbers.filter(({ series, control }) => {
    const row = known.get(series);
    const number = /^\d{1,14}$/.test(control) ? Number(control) : Number.NaN;
    // Behind the highest number the series begins again: then any number may have been drawn.
    return row === undefined || Number.isNaN(number) || (row.last >= row.first && (number < row.first || number > row.last));
  });
}
