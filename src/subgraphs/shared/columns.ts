import type { FieldsRead } from '../../lib/fields-read.js';

/** Columns that a statement selects. */
export interface Columns {
  /** As the statement names them: `shipment.id`. */
  names: readonly string[];
  /** The same for the same names. */
  key: string;
}

function columnsNamed(names: Iterable<string>): Columns {
  const sorted = [...new Set(names)].sort();
  return { names: sorted, key: sorted.join() };
}

/**
 * Which columns the fields of a type are made of. A field that is not named here needs none but those that are
 * always read: it is another subgraph's, and what that is told of the object, the executor names.
 */
export class FieldColumns {
  readonly #table: string;
  readonly #always: readonly string[];
  readonly #byField: Readonly<Record<string, readonly string[] | undefined>>;
  readonly #all: Columns;
  /** A compiled operation names its fields by the same array each time it runs. */
  readonly #known = new WeakMap<readonly string[], Columns>();

  /** @param always what identifies a row, places it in lists, and leads from it to others */
  constructor(table: string, always: readonly string[], byField: Readonly<Record<string, readonly string[]>>) {
    this.#table = table;
    this.#always = always;
    this.#byField = byField;
    this.#all = this.#columns(Object.keys(byField));
  }

  of(fields: FieldsRead): Columns {
    if (fields === undefined) return this.#all;
    let columns = this.#known.get(fields);
    if (columns === undefined) this.#known.set(fields, (columns = this.#columns(fields)));
    return columns;
  }

  #columns(fields: readonly string[]): Columns {
    const names = [...this.#always, ...fields.flatMap((field) => (Object.hasOwn(this.#byField, field) ? this.#byField[field]! : []))];
    return columnsNamed(names.map((name) => `${this.#table}.${name}`));
  }
}

/** What several readers need together. */
export function allColumns(each: readonly Columns[]): Columns {
  const [first] = each;
  return each.every(({ key }) => key === first!.key) ? first! : columnsNamed(each.flatMap(({ names }) => names));
}
