import { dockAppointment, dockVisit, otmTrip } from '../../support/transport.js';
import { pause } from './pause.js';
import type { Sender } from './sender.js';

export type RecordKind = 'load' | 'appointment' | 'visit' | 'stock';
const kinds: readonly RecordKind[] = ['load', 'appointment', 'visit', 'stock'];
/** Records of each kind. */
const count = 40;
const betweenMs = 120;
const handedOnAt = 4;

const two = (number: number) => String(number).padStart(2, '0');
/** Minutes tell versions apart. */
const minute = (version: number) => `2026-03-01T${two(Math.floor(version / 60))}:${two(version % 60)}:00Z`;

/** The carrier of a record as of a version: every fifth goes over to the other one. */
export const carrierOf = (record: number, version: number) => (['FedEx', 'UPS'] as const)[(record + (record % 5 === 0 && version >= handedOnAt ? 1 : 0)) % 2]!;

/** What clients see of a record: its name, and its version in one of its values. */
export function nameOf(kind: RecordKind, record: number): string {
  return { load: `L${record}`, appointment: `C-A${record}`, visit: `V${record}`, stock: `WH/Stock/${record}` }[kind];
}

export function stateOf(kind: RecordKind, version: number): string {
  return kind === 'load' || kind === 'stock' ? String(version) : new Date(minute(version)).toISOString();
}

/** A TMS, a yard and a warehouse, that change their records one after the other. */
export class Records {
  /** Highest version of each record that was acknowledged, by `<kind> <number>`. */
  readonly versions = new Map<string, number>();
  #stopped = false;
  readonly #sender: Sender;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  async run(): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let turn = 0; !this.#stopped; turn++) {
      const kind = kinds[turn % kinds.length]!;
      const record = Math.floor(Math.random() * count);
      const version = (this.versions.get(`${kind} ${record}`) ?? 0) + 1;
      this.versions.set(`${kind} ${record}`, version);
      const sending = this.#send(kind, record, version).finally(() => open.delete(sending));
      open.add(sending);
      await pause(betweenMs);
    }
    await Promise.all(open);
  }

  stop(): void {
    this.#stopped = true;
  }

  #send(kind: RecordKind, record: number, version: number): Promise<void> {
    const carrier = carrierOf(record, version);
    const at = minute(version);
    if (kind === 'load') return this.#sender.transport('tms', Object.assign(otmTrip(`trip-${record}`, { at, name: `L${record}`, carrier, stops: [{ planned: [at] }] }), { vehicle: { associationType: 'inline', entity: { entityType: 'vehicle', id: `v-${record}-${version}`, name: String(version) } } }));
    if (kind === 'appointment') return this.#sender.transport('dock', dockAppointment(`A${record}`, { at, start: at, carrier, numbers: [] }));
    if (kind === 'visit') {
      const message = dockVisit(`visit-${record}`, { at, carrier, events: { Arrived: at } }) as { data: object };
      return this.#sender.transport('dock', { ...message, data: { ...message.data, licensePlate: `V${record}` } });
    }
    const stock = { product_id: { id: 1 + record, name: 'P' }, location_id: { id: 1 + record, name: `WH/Stock/${record}` }, quantity: version, reserved_quantity: 0, uom_id: { id: 1, name: 'Units' } };
    return this.#sender.odoo([{ id: `stock-${record}-${version}`, topic: 'stock', action: 'updated', model: 'stock.quant', recordId: 1 + record, version, occurredAt: at, record: stock }]);
  }
}
