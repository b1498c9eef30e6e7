import { instant } from '../../lib/clock.js';
import type { Numbers } from '../numbers.js';
import type { Faults } from '../webhooks.js';
import type { CommandModel } from './command-model.js';
import { errors } from './errors.js';
import { companyOf, type Outbox } from './outbox.js';
import { company, database, stockLevel, topics, type Model, type OdooVersion } from './records.js';
import type { Store } from './store.js';

export interface SyncSources {
  store: Store;
  commands: CommandModel;
  outbox: Outbox;
  numbers: Numbers;
  faults: Faults;
  version: OdooVersion;
  /** Last part of the address that is sent to. */
  connection: string;
}

type Arguments = Record<string, unknown>;

const modelsOf: Readonly<Record<string, readonly Model[]>> = {
  partner: ['res.partner'], product: ['product.product'], order: ['sale.order'], delivery: ['stock.picking'], receipt: [], invoice: ['account.move'], stock: ['stock.quant'],
};
const maxRecords = 1000;

interface Page {
  specversion: string;
  database: string;
  odooVersion: string;
  sentAt: string;
  events: Record<string, unknown>[];
  underway: number;
  unreadable: unknown[];
}

/** Model `gatehouse.sync` of the addon: the same events as its outbox, read. */
export class SyncModel {
  constructor(private readonly sources: SyncSources) {}

  call(method: string, args: Arguments, isMember: boolean): unknown {
    if (!isMember) throw errors.access('Only members of the group Gatehouse: Synchronisation may read for Gatehouse.');
    if (args['connection'] !== this.sources.connection) throw errors.user(`No company sends to /ingest/${String(args['connection'])}. Enter the URL of this connection in the settings of Gatehouse.`);
    if (method === 'begin') return this.#begin(args);
    if (method === 'read_page') return this.#readPage(args);
    return this.#readKnown(args);
  }

  static readonly methods: readonly string[] = ['begin', 'read_page', 'read_known'];

  #begin(args: Arguments): unknown {
    const { numbers, faults, store, version } = this.sources;
    numbers.raiseVersion(Number(args['floor'] ?? 0));
    const totals = Object.fromEntries(Object.entries(modelsOf).map(([topic, models]) => [topic, models.reduce((sum, model) => sum + store.rows(model).size, 0)]));
    return { database, odooVersion: version, companies: [company.id], totals, keyExpiresAt: faults.odooKeyExpiresAt };
  }

  #readPage(args: Arguments): unknown {
    const topic = String(args['topic']);
    const models = modelsOf[topic];
    if (models === undefined) throw errors.user(`There is no topic ${topic}.`);
    const after = cursor(args['after']);
    const limit = Math.min(Math.max(Number(args['limit'] ?? 100), 1), maxRecords);
    const page = this.#envelope();
    const [model] = models;
    if (model === undefined) return { ...page, next: null };
    const ids = [...this.sources.store.rows(model).keys()].sort((a, b) => a - b).filter((id) => id > after).slice(0, limit);
    this.#tell(page, model, ids);
    return { ...page, next: ids.length === limit ? `${model}:${ids.at(-1)}:${model === 'stock.quant' ? stockLevel.location : 0}` : null };
  }

  #readKnown(args: Arguments): unknown {
    const page = this.#envelope();
    const topic = String(args['topic']);
    for (const [model, id] of (args['records'] ?? []) as Array<[Model, number, number, number]>) {
      if (modelsOf[topic]?.includes(model) && !this.sources.store.rows(model).has(id)) this.#tell(page, model, [id]);
    }
    return page;
  }

  #tell(page: Page, model: Model, ids: readonly number[]): void {
    const { store, outbox, numbers } = this.sources;
    const version = numbers.nextVersion();
    for (const id of ids) {
      if (outbox.isOpen(model, id)) {
        page.underway++;
        continue;
      }
      // A stock level of which no quant is left is nought, not gone.
      const record = store.rows(model).get(id) ?? (model === 'stock.quant' ? stockLevel.nought(id) : undefined);
      page.events.push({
        id: `read:${version}:${model}:${id}:0`, topic: topics[model], action: record === undefined ? 'deleted' : 'updated', model, recordId: id, version,
        occurredAt: instant(Date.now()), company: companyOf(model), origin: 'user', ...(record === undefined ? {} : { record }),
      });
    }
  }

  #envelope(): Page {
    return { specversion: '1', database, odooVersion: this.sources.version, sentAt: instant(Date.now()), events: [], underway: 0, unreadable: [] };
  }
}

function cursor(after: unknown): number {
  if (after === undefined || after === null || after === false || after === '') return 0;
  const match = /^[a-z_.]+:(\d{1,10}):\d{1,10}$/.exec(String(after));
  if (match === null) throw errors.user(`${String(after)} is no cursor.`);
  return Number(match[1]);
}
