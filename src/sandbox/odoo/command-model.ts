import type { Faults } from '../webhooks.js';
import type { PickingRecord } from './records.js';
import { errors, OdooError } from './errors.js';
import type { Store } from './store.js';
import { backorderId, validated } from './validation.js';
import { planned } from './planning.js';
import { applyChange, emptyResults, rejectedWith, type Results } from './results.js';
import { ShopOrders } from './shop-orders.js';
import type { Numbers } from '../numbers.js';

type Arguments = Record<string, unknown>;
type Command = { id: string; topic: string; model: string; record_id: number; values: Record<string, unknown> };
type Answer = { id: string; state: 'applied' | 'duplicate' | 'rejected'; error?: string };

/** What is kept at most; the oldest goes first. */
const maxInbox = 100_000;
const maxResults = 2_000;

/** Model `gatehouse.command` of the addon: the same answers, and what stands on transfers afterwards. */
export class CommandModel {
  static readonly methods: readonly string[] = ['apply_commands'];
  /** The inbox: ids of the commands that were carried out. */
  readonly inbox = new Set<string>();
  /** What stands on transfers, by id. */
  readonly results = new Map<number, Results>();
  /** Calls of apply_commands, those that failed included. */
  calls = 0;

  readonly #shopOrders: ShopOrders;

  constructor(private readonly store: Store, private readonly faults: Faults, numbers: Numbers) {
    this.#shopOrders = new ShopOrders(store, numbers);
  }

  call(args: Arguments, isMember: boolean): Answer[] {
    if (!isMember) throw errors.access('Only members of the group Gatehouse: Synchronisation may write for Gatehouse.');
    if (!Array.isArray(args['commands']) || args['commands'].length > 200) throw errors.user('A list of at most 200 commands is expected.');
    this.calls++;
    if (this.faults.odooRollbacks > 0) {
      // A transaction that fails at its end leaves as much behind as one that was never begun.
      this.faults.odooRollbacks--;
      throw new OdooError('psycopg2.errors.SerializationFailure', 'could not serialize access due to concurrent update', 409);
    }
    const told: Array<() => void> = [];
    const answers = (args['commands'] as Command[]).map((command) => this.#apply(command, told));
    for (const tell of told) tell();
    return answers;
  }

  #apply(command: Command, told: Array<() => void>): Answer {
    const { id, topic, model, record_id: recordId, values } = command;
    if (this.inbox.has(id)) return { id, state: 'duplicate' };
    if (topic === 'shop_order') return this.#applyShopOrder(command);
    const record = model === 'stock.picking' ? this.store.rows('stock.picking').get(recordId) : undefined;
    if (record === undefined) return { id, state: 'rejected', error: `${model} ${recordId} does not exist.` };
    const results = structuredClone(this.results.get(recordId) ?? emptyResults());
    const validation = topic === 'validate' ? validated(recordId, record, values, Date.now()) : null;
    const refused = validation !== null && 'error' in validation ? validation.error : null;
    const error = rejectedWith(topic, values) ?? refused ?? applyChange(results, topic, values);
    if (error !== null) return { id, state: 'rejected', error };
    const scheduled = topic === 'appointment' ? planned(results.plan, record, values) : null;
    this.#take(id);
    this.results.set(recordId, results);
    if (this.results.size > maxResults) this.results.delete(this.results.keys().next().value!);
    // Only what is Odoo's own is told; it is how a loop would begin.
    const numbers = [...results.tracking.values()].flat().join(',');
    if (topic === 'tracking' && record.carrier_tracking_ref !== numbers) told.push(() => this.store.write({ model: 'stock.picking', id: recordId, record: { ...this.#now(recordId), carrier_tracking_ref: numbers === '' ? null : numbers }, atMs: Date.now(), origin: 'gatehouse' }));
    if (scheduled !== null) told.push(() => this.store.write({ model: 'stock.picking', id: recordId, record: { ...this.#now(recordId), scheduled_date: scheduled }, atMs: Date.now(), origin: 'gatehouse' }));
    if (validation !== null && 'record' in validation) told.push(() => this.#tellValidated(recordId, validation));
    return { id, state: 'applied' };
  }

  /** Of a topic whose record is found by the values: the command names none. */
  #applyShopOrder({ id, model, record_id: recordId, values }: Command): Answer {
    if (recordId !== 0) return { id, state: 'rejected', error: `record_id of a command cannot be ${recordId}.` };
    const error = model === 'sale.order' ? this.#shopOrders.apply(values, Date.now()) : 'This version of the addon does not know commands of topic shop_order.';
    if (error !== null) return { id, state: 'rejected', error };
    this.#take(id);
    return { id, state: 'applied' };
  }

  #take(id: string): void {
    this.inbox.add(id);
    if (this.inbox.size > maxInbox) this.inbox.delete(this.inbox.values().next().value!);
  }

  /** Another command of the same call may have changed it since. */
  #now(id: number): PickingRecord {
    return this.store.rows('stock.picking').get(id)!;
  }

  #tellValidated(id: number, { record, backorder }: { record: PickingRecord; backorder: PickingRecord | null }): void {
    const written = { model: 'stock.picking', atMs: Date.now(), origin: 'gatehouse' } as const;
    if (backorder !== null) this.store.write({ ...written, id: backorderId(id), record: backorder });
    this.store.write({ ...written, id, record: { ...record, carrier_tracking_ref: this.#now(id).carrier_tracking_ref }, transition: { field: 'state', from: 'assigned', to: 'done' } });
  }
}
