import type { Change, Outbox } from './outbox.js';
import type { Model, Records } from './records.js';

/** Records kept of each model; the oldest go first. */
const maxKept = 2000;

/** Odoo's tables, as far as they are simulated. Every write also goes to the outbox. */
export class Store {
  readonly #tables = new Map<Model, Map<number, Records[Model]>>();

  constructor(private readonly outbox: Outbox) {}

  write<M extends Model>(change: Omit<Change<M>, 'action'>): void {
    const table = this.#table(change.model);
    const action = table.has(change.id) ? 'updated' : 'created';
    table.set(change.id, change.record);
    if (table.size > maxKept) table.delete(table.keys().next().value!);
    this.outbox.add({ ...change, action } as Change<M>);
  }

  /** Rows of a model by id, oldest first. */
  rows(model: Model): ReadonlyMap<number, Records[Model]> {
    return this.#table(model);
  }

  #table(model: Model): Map<number, Records[Model]> {
    const table = this.#tables.get(model) ?? new Map<number, Records[Model]>();
    this.#tables.set(model, table);
    return table;
  }
}
