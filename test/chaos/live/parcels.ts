import { uuidOfName } from '../../../src/lib/ids.js';
import { trackingNumber } from '../../support/easypost-messages.js';
import type { Parcels } from './carrier.js';
import { pause } from './pause.js';
import type { Sender } from './sender.js';

export const customers = 40;
/** Parcels that Odoo knows beforehand, where it knows them at all; more are never sent. */
export const maxParcels = 8000;

export const partyId = (customer: number) => uuidOfName(`party:erp:${1000 + customer}`);

/**
 * What becomes of a parcel. `known`: a customer's from the start. `claimed`: on its way before Odoo names it.
 * `handed on`: claimed, then the delivery becomes another customer's. `wrong number`: claimed by mistake, then
 * given up, then named by a delivery to another customer.
 */
export type Fate = 'known' | 'nobody' | 'claimed' | 'handed on' | 'wrong number';

const fates = ['claimed', 'handed on', 'wrong number'] as const;

/** A fourth of the parcels are known, a fourth is another company's, an eighth goes by another carrier, an eighth changes owners. */
export const parcels: Parcels & { fateOf(serial: number): Fate; companyOf(serial: number): string } = {
  connectionOf: (serial) => (serial % 4 === 1 ? 'north' : 'ep'),
  companyOf: (serial) => (serial % 4 === 1 ? 'north' : 'main'),
  carrierOf: (serial) => (serial % 8 === 3 ? 'UPS' : 'FedEx'),
  fateOf: (serial) => (serial % 4 === 0 ? 'known' : serial % 8 === 2 ? fates[Math.floor(serial / 8) % fates.length]! : 'nobody'),
};

/** Whose a parcel is first. */
const firstOwner = (serial: number) => Math.floor(serial / 4) % customers;
const secondOwner = (serial: number) => (firstOwner(serial) + 7) % customers;

/** Odoo's id of the delivery that names a parcel second. */
const secondDelivery = (serial: number) => 100_000 + serial;

export const deliveryName = (id: number) => `WH/OUT/${id}`;

/** What a customer sees of a parcel: for good, or until it was lost. */
export interface Sight {
  /** Name of the delivery under which it is seen. */
  delivery: string;
  isLost: boolean;
  /** Whether the delivery stays in sight although the parcel does not. */
  keepsDelivery: boolean;
}

/** Undefined where a customer never sees anything of it. */
export function sightOf(serial: number, customer: number): Sight | undefined {
  const fate = parcels.fateOf(serial);
  const own = { delivery: deliveryName(serial), isLost: false, keepsDelivery: true };
  if (fate === 'nobody') return undefined;
  if (customer === firstOwner(serial)) return fate === 'handed on' ? { ...own, isLost: true, keepsDelivery: false } : fate === 'wrong number' ? { ...own, isLost: true } : own;
  if (customer === secondOwner(serial) && fate === 'handed on') return own;
  if (customer === secondOwner(serial) && fate === 'wrong number') return { ...own, delivery: deliveryName(secondDelivery(serial)) };
  return undefined;
}

/** A transfer of Odoo; `isNamed`: with the number of the parcel. */
export function delivery(id: number, serial: number, version: number, customer: number, isNamed = true): object {
  const party = 1000 + customer;
  return {
    id: `delivery-${id}-${version}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: id, version, occurredAt: `2026-08-01T00:00:0${version}Z`,
    record: {
      name: deliveryName(id), state: 'done', picking_type_code: 'outgoing', lines: [], carrier_tracking_ref: isNamed ? trackingNumber(serial) : false,
      partner_id: { id: party, name: `Party ${party}`, commercial_partner_id: { id: party, name: `Party ${party}` } },
    },
  };
}

/** The deliveries that Odoo knows before anything is sent. */
export const knownDeliveries = () => Array.from({ length: maxParcels }, (_, index) => index + 1).filter((serial) => parcels.fateOf(serial) === 'known').map((serial) => delivery(serial, serial, 1, firstOwner(serial)));

/** Tells, some seconds after a parcel has set out, whose it is, and later that this was wrong. */
export class Office {
  gained = 0;
  lost = 0;
  readonly #sender: Sender;
  readonly #open = new Set<Promise<void>>();

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  hearOf(serial: number): void {
    const fate = parcels.fateOf(serial);
    if (fate === 'known' || fate === 'nobody') return;
    const telling = this.#tell(serial, fate).finally(() => this.#open.delete(telling));
    this.#open.add(telling);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #tell(serial: number, fate: Fate): Promise<void> {
    await pause(Math.random() * 8000);
    await this.#sender.odoo([delivery(serial, serial, 1, firstOwner(serial))]);
    this.gained++;
    if (fate === 'claimed') return;
    await pause(1000 + Math.random() * 12_000);
    if (fate === 'handed on') await this.#sender.odoo([delivery(serial, serial, 2, secondOwner(serial))]);
    else {
      await this.#sender.odoo([delivery(serial, serial, 2, firstOwner(serial), false)]);
      await pause(Math.random() * 5000);
      await this.#sender.odoo([delivery(secondDelivery(serial), serial, 1, secondOwner(serial))]);
    }
    this.gained++;
    this.lost++;
  }
}
