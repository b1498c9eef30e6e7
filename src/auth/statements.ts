import { sql, type CompiledQuery, type OperationNode, type RawBuilder } from 'kysely';
import type { RestrictedDatabase } from './reader.js';
import type { ReadableTable } from './visibility.js';

/** Stands for a value that a statement is given when it runs. */
export class Given {
  constructor(readonly index: number) {}
}

/** The value at this place among those that a `ReadStatement` runs with. */
export function given<Value>(index: number): RawBuilder<Value> {
  return sql<Value>`${new Given(index)}`;
}

/** Stands for the condition on rows of a table that the principal of a run decides. */
export class VisibleRows {
  constructor(readonly table: ReadableTable) {}
}

/** SQL with values left open: `texts[i]`, then what `slots[i]` stands for, and so on; the last text ends it. */
export interface Template {
  texts: readonly string[];
  slots: readonly unknown[];
}

export interface BoundStatement {
  text: string;
  values: unknown[];
}

/** Shapes of one statement that are kept. */
const maxShapes = 200;

/** A query of Kysely's. */
export interface Buildable {
  toOperationNode(): OperationNode;
}

/**
 * A statement that runs often: built and compiled once for each shape (which columns, how many parts),
 * whoever it is read for; what a principal sees of its tables is put in when it runs.
 */
export class ReadStatement<Shape> {
  readonly #build: (db: RestrictedDatabase, shape: Shape) => Buildable;
  readonly #templates = new Map<string, Template>();

  /** @param build takes values that differ from run to run as `given(index)` */
  constructor(build: (db: RestrictedDatabase, shape: Shape) => Buildable) {
    this.#build = build;
  }

  /**
   * @param compile puts `VisibleRows` in place of the conditions, and refuses what a reader refuses
   * @throws TypeError for what only looks like a statement
   */
  static templateOf<Shape>(statement: ReadStatement<Shape>, shape: Shape, db: RestrictedDatabase, compile: (query: Buildable) => CompiledQuery): Template {
    const key = JSON.stringify(shape);
    let template = statement.#templates.get(key);
    if (template === undefined) {
      if (statement.#templates.size >= maxShapes) statement.#templates.delete(statement.#templates.keys().next().value!);
      statement.#templates.set(key, (template = templateOf(compile(statement.#build(db, shape)))));
    }
    return template;
  }
}

/** @throws Error where the text does not name its parameters one after the other */
export function templateOf({ sql: text, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): Template {
  const named = text.match(/\$\d+/g) ?? [];
  if (named.length !== parameters.length || named.some((name, index) => name !== `$${index + 1}`)) throw new Error('The parameters of a statement do not stand in their order.');
  return { texts: text.split(/\$\d+/), slots: parameters };
}

/** @param visibleRows the condition that takes the place of `VisibleRows` */
export function bind(template: Template, values: readonly unknown[], visibleRows: (table: ReadableTable) => Template): BoundStatement {
  const bound: BoundStatement = { text: '', values: [] };
  append(bound, template, values, visibleRows);
  return bound;
}

function append(bound: BoundStatement, { texts, slots }: Template, values: readonly unknown[], visibleRows: (table: ReadableTable) => Template): void {
  bound.text += texts[0]!;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    if (slot instanceof VisibleRows) append(bound, visibleRows(slot.table), values, visibleRows);
    else bound.text += `$${bound.values.push(slot instanceof Given ? values[slot.index] : slot)}`;
    bound.text += texts[i + 1]!;
  }
}
