import { Field, ObjectType, Directive, type ClassType } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import { isUuid } from '../../lib/ids.js';

/** Most items that a list field gives at once. */
export const maxFirst = 100;

@Directive('@shareable')
@ObjectType('PageInfo', { simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

export interface Page<Node> {
  edges: Array<{ cursor: string; node: Node }>;
  nodes: Node[];
  pageInfo: PageInfo;
}

/** Relay connection and edge types for a node class. Shareable, because two subgraphs may give lists of one entity. */
export function pageTypes<Node extends object>(name: string, node: () => ClassType<Node>): ClassType<Page<Node>> {
  @Directive('@shareable')
  @ObjectType(`${name}Edge`, { simpleResolvers: true })
  class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(() => node())
    node!: Node;
  }

  @Directive('@shareable')
  @ObjectType(`${name}Connection`, { simpleResolvers: true })
  class Connection {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => [node()])
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;
  }
  return Connection as unknown as ClassType<Page<Node>>;
}

/** @throws GatehouseError BAD_INPUT unless 1 to `maxFirst` */
export function checkFirst(first: number): number {
  if (first < 1 || first > maxFirst) throw new GatehouseError('BAD_INPUT', `first must be 1 to ${maxFirst}.`, { field: 'first' });
  return first;
}

/** A page out of up to `first + 1` rows: the extra one only says that there is more. */
export function pageOf<Row, Node>(rows: readonly Row[], first: number, options: { after: string | null | undefined; cursor(row: Row): string; node(row: Row): Node }): Page<Node> {
  return new PageOfRows(rows.slice(0, first), rows.length > first, options);
}

/** Cursors are made for those who ask for them: most clients read `nodes`. */
class PageOfRows<Row, Node> implements Page<Node> {
  readonly nodes: Node[];
  readonly pageInfo: PageInfo;
  readonly #rows: readonly Row[];
  readonly #cursor: (row: Row) => string;

  constructor(rows: readonly Row[], hasNextPage: boolean, { after, cursor, node }: { after: string | null | undefined; cursor(row: Row): string; node(row: Row): Node }) {
    this.nodes = rows.map(node);
    this.#rows = rows;
    this.#cursor = cursor;
    const [first, last] = [rows[0], rows.at(-1)];
    this.pageInfo = {
      hasNextPage,
      hasPreviousPage: after != null,
      get startCursor() {
        return first === undefined ? null : cursor(first);
      },
      get endCursor() {
        return last === undefined ? (after ?? null) : cursor(last);
      },
    };
  }

  get edges(): Array<{ cursor: string; node: Node }> {
    return this.#rows.map((row, index) => ({ cursor: this.#cursor(row), node: this.nodes[index]! }));
  }
}

/**
 * A page of a list that is one value of its parent; the place in it is the cursor.
 * @throws GatehouseError BAD_INPUT when `first` is not 1 to 100, or `after` no cursor of such a list
 */
export function pageOfValues<Node>(values: readonly Node[], first: number, after: string | null | undefined): Page<Node> {
  checkFirst(first);
  const start = after == null ? 0 : Number(decodeCursor(after, [cursorPatterns.index])[0]) + 1;
  const rows = values.slice(start, start + first + 1).map((node, index) => ({ node, place: start + index }));
  return pageOf(rows, first, { after, cursor: ({ place }) => encodeCursor(String(place)), node: ({ node }) => node });
}

/** Opaque cursor over the values of the sort key. */
export function encodeCursor(...values: string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws GatehouseError BAD_INPUT when it is no cursor of this list */
export function decodeCursor(cursor: string, pattern: ReadonlyArray<{ test(text: string): boolean }>): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(values) && values.length === pattern.length && values.every((value, index) => typeof value === 'string' && pattern[index]!.test(value))) return values as string[];
  } catch {
    // falls through: it is no cursor
  }
  throw notACursor();
}

/** Also of a cursor whose record is not there, or not visible. */
export function notACursor(): GatehouseError {
  return new GatehouseError('BAD_INPUT', 'after is no cursor of this list. Use endCursor of the page before.', { field: 'after' });
}

/** A name in a cursor may be any text. */
export const textPattern = /^/;

export const cursorPatterns = {
  /** Place in a list that is one value, from 0. */
  index: { test: (text: string) => /^\d{1,6}$/.test(text) },
  /** Place in an order that only grows. */
  position: { test: (text: string) => /^\d{1,15}$/.test(text) },
  uuid: { test: isUuid },
  /** A day that no calendar has would fail in the database, and the year 0, which its calendar has not. */
  instant: { test: (text: string) => /^(?!0000)\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text },
} as const;
