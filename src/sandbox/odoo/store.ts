import type { Change, Outbox } from './outbox.js';
import type { Model, Records } from './records.js';

/** Records kept of each model; the oldest go first. */
const maxKept = 2000;

/** Odoo's tables, as far as they are simulated. */
export class Store {
  readonly #tables = new Map<Model, Map<number, Records[Model]>>();

  constructor(private readonly outbox: Outbox) {}

  /** As Odoo's own flows write: the outbox tells of it. */
  write<M extends Model>(change: Omit<Change<M>, 'action'>): void {
    const table = this.#table(change.model);
    const action = table.has(change.id) ? 'updated' : 'created';
    this.writeBehind(change.model, change.id, change.record);
    if (table.size > maxKept) table.delete(table.keys().next().value!);
    this.outbox.add({ ...change, action } as Change<M>);
  }

  /** As the ORM deletes: the outbox tells of it. */
  unlink(model: Model, id: number, atMs: number): void {
    if (this.#table(model).delete(id)) this.outbox.addDeleted(model, id, atMs);
  }

  /** As raw SQL writes, or as a row whose event was lost: nobody is told. */
  writeBehind<M extends Model>(model: M, id: number, record: Records[M]): void {
    this.#table(model).set(id, structuredClone(record));
  }

  /** As raw SQL deletes: nobody is told. */
  removeBehind(model: Model, id: number): void {
    this.#table(model).delete(id);
  }

  /** Whether the outbox has still to tell of this record. */
  isOpen(model: Model, id: number): boolean {
    return this.outbox.isOpen(model, id);
  }

  /** Rows of a model by id, oldest first. */
  rows<M extends Model>(model: M): ReadonlyMap<number, Records[M]> {
    return this.#table(model) as Map<number, unknown> as Map<number, Records[M]>;
  }

  #table(model: Model): Map<number, Records[Model]> {
    const table = this.#tables.get(model) ?? new Map<number, Records[Model]>();
    this.#tables.set(model, table);
    return table;
  }
}
