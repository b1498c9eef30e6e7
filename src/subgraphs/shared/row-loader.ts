import DataLoader from 'dataloader';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { Reader, RestrictedDatabase } from '../../auth/reader.js';
import { given, ReadStatement } from '../../auth/statements.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { allColumns, type Columns, type FieldColumns } from './columns.js';

/** Rows that are found by a UUID: their own, or that of something which leads to them. */
export interface RowSource {
  columns: FieldColumns;
  /** Tables and conditions, of rows with any key. */
  from(db: RestrictedDatabase): unknown;
  /** Column of the key. */
  key: string;
}

/** Gives one item a key, by one statement a level; of what the readers of a level need together. */
export interface RowLoader<Item> {
  /** @param fields which fields of the item are read */
  load(key: string, fields?: FieldsRead): Promise<Item | null>;
}

interface Wanted {
  key: string;
  columns: Columns;
}

type AnyQuery = SelectQueryBuilder<Record<string, Record<string, unknown>>, string, Record<string, unknown>>;

export interface ReadableRows extends RowSource {
  statement: ReadStatement<readonly string[]>;
}

/** A source with its statement: made once, when the module is loaded. */
export function rowsByKey(source: RowSource): ReadableRows {
  const { from, key } = source;
  const statement = new ReadStatement<readonly string[]>((db, columns) =>
    (from(db) as AnyQuery).select([...columns, `${key} as row_key`]).where(sql<boolean>`${sql.ref(key)} = any(${given(0)}::uuid[])`));
  return { ...source, statement };
}

/** @param itemOf makes the item of a row, in which columns that were not read are absent */
export function rowLoader<Row, Item>(reader: Reader, source: ReadableRows, itemOf: (row: Row) => Item): RowLoader<Item> {
  const selections: Columns[] = [];
  const numberOf = (columns: Columns) => {
    const known = selections.indexOf(columns);
    return known < 0 ? selections.push(columns) - 1 : known;
  };
  const loader = new DataLoader<Wanted, Item | null, string>(
    async (wanted) => {
      const columns = allColumns(wanted.map((each) => each.columns));
      const keys = [...new Set(wanted.map(({ key }) => key))];
      const rows = await reader.read<Row & { row_key: string }, readonly string[]>(source.statement, columns.names, [keys]);
      const items = new Map(rows.map((row) => [row.row_key, itemOf(row)]));
      return wanted.map(({ key }) => items.get(key) ?? null);
    },
    { cacheKeyFn: ({ key, columns }) => `${key} ${numberOf(columns)}` },
  );
  return { load: (key, fields) => loader.load({ key, columns: source.columns.of(fields) }) };
}
