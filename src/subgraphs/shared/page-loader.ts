import DataLoader from 'dataloader';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { Reader, RestrictedDatabase } from '../../auth/reader.js';
import { given, ReadStatement } from '../../auth/statements.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { allColumns, type Columns, type FieldColumns } from './columns.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, textPattern, type Page } from './pages.js';

/** The order of a list below a parent, and the place of an item in it. */
export interface ListOrder<Item> {
  /** Columns that it goes by, with their types; the last one makes places unique. */
  columns: ReadonlyArray<readonly [name: string, type: keyof typeof typed]>;
  /** True: the last first. */
  isDescending?: boolean;
  cursorOf(item: Item): string;
  /**
   * Values of the columns at a place.
   * @throws GatehouseError BAD_INPUT when it is no cursor of this list
   */
  decode(cursor: string): readonly string[];
}

/** By an item's own UUID. @param column of it */
export function byUuid(column: string): ListOrder<{ uuid: string }> {
  return { columns: [[column, 'uuid']], cursorOf: ({ uuid }) => encodeCursor(uuid), decode: (cursor) => decodeCursor(cursor, [cursorPatterns.uuid]) };
}

/** By the name that people use. @param table of the items */
export function byReference(table: string): ListOrder<{ reference: string; uuid: string }> {
  return {
    columns: [[`${table}.reference`, 'text'], [`${table}.id`, 'uuid']],
    cursorOf: ({ reference, uuid }) => encodeCursor(reference, uuid),
    decode: (cursor) => decodeCursor(cursor, [textPattern, cursorPatterns.uuid]),
  };
}

/** Lists below parents: tables and conditions, of any parent. */
export interface ListSource<Item> {
  columns: FieldColumns;
  from(db: RestrictedDatabase): unknown;
  /** Column of the parent's UUID. */
  parent: string;
  order: ListOrder<Item>;
}

/** Of each group of parents with the same arguments, whether their page begins behind a cursor. */
interface Shape {
  columns: readonly string[];
  behind: readonly boolean[];
}

export interface ReadableList<Item> extends ListSource<Item> {
  statement: ReadStatement<Shape>;
}

type AnyQuery = SelectQueryBuilder<Record<string, Record<string, unknown>>, string, Record<string, unknown>>;
type PageRow = { parent_id: string; group_number: number };

/** A source with its statement: made once, when the module is loaded. */
export function listBelow<Item>(source: ListSource<Item>): ReadableList<Item> {
  return { ...source, statement: new ReadStatement<Shape>((db, shape) => buildPages(db, source, shape)) };
}

const typed = {
  uuid: (index: number) => sql`${given(index)}::uuid`,
  text: (index: number) => sql`${given(index)}::text`,
  timestamptz: (index: number) => sql`${given(index)}::timestamptz`,
  integer: (index: number) => sql`${given(index)}::integer`,
} as const;

/** Parents with the same arguments and columns are one group, and all groups parts of one statement. */
function buildPages(db: RestrictedDatabase, { from, parent, order }: ListSource<never>, { columns, behind }: Shape) {
  const names = order.columns.map(([name]) => sql.ref(name));
  const place = sql.join(names);
  const places = sql.join(order.isDescending === true ? names.map((name) => sql`${name} desc`) : names);
  let values = 0;
  const pages = behind.map((isBehind, number) => {
    const [parents, limit] = [values++, values++];
    let rows = (from(db) as AnyQuery)
      .select([...columns, `${parent} as parent_id`])
      .select(sql<number>`row_number() over (partition by ${sql.ref(parent)} order by ${places})`.as('place_in_list'))
      .where(sql<boolean>`${sql.ref(parent)} = any(${given(parents)}::uuid[])`);
    if (isBehind) {
      const cursor = sql.join(order.columns.map(([, type]) => typed[type](values++)));
      rows = rows.where(order.isDescending === true ? sql<boolean>`(${place}) < (${cursor})` : sql<boolean>`(${place}) > (${cursor})`);
    }
    return db.selectFrom(rows.as('numbered')).selectAll().select(sql<number>`${sql.lit(number)}::integer`.as('group_number')).where(sql<boolean>`place_in_list <= ${given(limit)}::integer`);
  });
  const [first, ...rest] = pages;
  return rest.reduce((all, page) => all.unionAll(page), first!).orderBy('group_number').orderBy('place_in_list');
}

/** Pages that differ in their parents alone: `limit` items behind `after`, or from the beginning. */
interface PageKind {
  number: number;
  after: string | null;
  limit: number;
  columns: Columns;
}

/** Gives pages of a list below any number of parents, and with any arguments, by one statement a level. */
export interface PageLoader<Item> {
  readonly order: ListOrder<Item>;
  /** @param fields which fields of the items are read */
  load(key: { parent: string; after: string | null; limit: number }, fields?: FieldsRead): Promise<Item[]>;
}

/** @param itemOf makes the item of a row, in which columns that were not read are absent */
export function pageLoader<Row, Item>(reader: Reader, { statement, order, columns: fieldColumns }: ReadableList<NoInfer<Item>>, itemOf: (row: Row) => Item): PageLoader<Item> {
  const kinds = new Map<string, PageKind>();
  let last: PageKind | undefined;
  const kindOf = (after: string | null, limit: number, columns: Columns): PageKind => {
    // Mostly it is the same for all parents.
    if (last !== undefined && last.limit === limit && last.after === after && last.columns === columns) return last;
    const name = `${limit} ${after} ${columns.key}`;
    let kind = kinds.get(name);
    if (kind === undefined) kinds.set(name, (kind = { number: kinds.size, after, limit, columns }));
    return (last = kind);
  };
  const loader = new DataLoader<{ parent: string; kind: PageKind }, Item[], string>(
    async (keys) => {
      const parentsOf = new Map<PageKind, string[]>();
      for (const { parent, kind } of keys) {
        const parents = parentsOf.get(kind);
        if (parents === undefined) parentsOf.set(kind, [parent]);
        else parents.push(parent);
      }
      const groups = [...parentsOf];
      const shape = { columns: allColumns(groups.map(([{ columns }]) => columns)).names, behind: groups.map(([{ after }]) => after !== null) };
      const values = groups.flatMap(([{ after, limit }, parents]) => [parents, limit, ...(after === null ? [] : order.decode(after))]);
      const pages = groups.map(() => new Map<string, Item[]>());
      for (const row of await reader.read<Row & PageRow, Shape>(statement, shape, values)) {
        const ofGroup = pages[row.group_number]!;
        const page = ofGroup.get(row.parent_id);
        if (page === undefined) ofGroup.set(row.parent_id, [itemOf(row)]);
        else page.push(itemOf(row));
      }
      const pagesOf = new Map(groups.map(([kind], index) => [kind, pages[index]!]));
      return keys.map(({ parent, kind }) => pagesOf.get(kind)!.get(parent) ?? []);
    },
    { cacheKeyFn: ({ parent, kind }) => `${parent} ${kind.number}` },
  );
  return { order, load: ({ parent, after, limit }, fields) => loader.load({ parent, kind: kindOf(after, limit, fieldColumns.of(fields)) }) };
}

/**
 * One page of a list below `parent`. A wrong cursor is refused here: in the loader it would fail the
 * pages of all parents.
 * @param fields which fields of the items are read
 * @throws GatehouseError BAD_INPUT when `first` is not 1 to 100, or `after` no cursor of the list
 */
export async function pageBelow<Item>(loader: PageLoader<Item>, parent: string, first: number, after: string | null | undefined, fields?: FieldsRead): Promise<Page<Item>> {
  checkFirst(first);
  if (after != null) loader.order.decode(after);
  const items = await loader.load({ parent, after: after ?? null, limit: first + 1 }, fields);
  return pageOf(items, first, { after, cursor: (item) => loader.order.cursorOf(item), node: (item) => item });
}
