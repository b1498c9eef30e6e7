import type { Numbers } from '../numbers.js';
import { seconds } from './tracker.js';
import type { ShipmentRecord } from './shipments.js';

/** What a client asked a pickup to be. */
export interface PickupWish {
  reference: string | null;
  shipments: readonly ShipmentRecord[];
  address: Record<string, unknown>;
  from: string;
  to: string;
  instructions: string | null;
}

export interface PickupRecord extends PickupWish {
  id: string;
  createdMs: number;
  updatedMs: number;
  status: 'unknown' | 'scheduled' | 'canceled';
  confirmation: string | null;
  rates: Array<{ id: string; carrier: string; service: string; amount: string }>;
}

export interface BatchRecord {
  id: string;
  createdMs: number;
  reference: string | null;
  shipments: readonly ShipmentRecord[];
}

/** Kept in memory; the oldest go first. */
const maxKept = 5_000;

/** Who has others fetched for money has several prices for it. */
const prices: Readonly<Record<string, ReadonlyArray<readonly [service: string, amount: string]>>> = {
  UPS: [['Same-Day Pickup', '14.50'], ['Future-Day Pickup', '9.80']], USPS: [['NextDay', '0.00']], FedEx: [['Same Day', '12.00'], ['Future Day', '8.00']], DHLExpress: [['Pickup', '0.00']],
};

/** Pickups of the simulated aggregator, and the batches that they fetch: made for nothing, bought once. */
export class Pickups {
  readonly #byId = new Map<string, PickupRecord>();
  readonly #batches = new Map<string, BatchRecord>();

  constructor(private readonly options: { numbers: Numbers }) {}

  createBatch(reference: string | null, shipments: readonly ShipmentRecord[]): BatchRecord {
    const batch: BatchRecord = { id: `batch_${this.options.numbers.nextHex()}`, createdMs: Date.now(), reference, shipments };
    keep(this.#batches, batch);
    return batch;
  }

  batch(id: string): BatchRecord | undefined {
    return this.#batches.get(id);
  }

  /** @returns null where nothing of it is bought, and so no carrier would come */
  create(wish: PickupWish): PickupRecord | null {
    const carriers = new Set(wish.shipments.map((each) => each.bought?.rate.carrier));
    if (wish.shipments.length === 0 || carriers.has(undefined)) return null;
    const now = Date.now();
    const rates = [...carriers].flatMap((carrier) => (prices[carrier!] ?? []).map(([service, amount]) => ({ id: `pickuprate_${this.options.numbers.nextHex()}`, carrier: carrier!, service, amount })));
    const record: PickupRecord = { ...wish, id: `pickup_${this.options.numbers.nextHex()}`, createdMs: now, updatedMs: now, status: 'unknown', confirmation: null, rates };
    keep(this.#byId, record);
    return record;
  }

  find(id: string): PickupRecord | undefined {
    return this.#byId.get(id);
  }

  /** @returns whether there is such a rate */
  buy(record: PickupRecord, carrier: string, service: string): boolean {
    if (!record.rates.some((rate) => rate.carrier === carrier && rate.service === service)) return false;
    Object.assign(record, { status: 'scheduled', confirmation: `WTC${this.options.numbers.nextHex().slice(0, 8).toUpperCase()}`, updatedMs: Date.now() });
    return true;
  }

  cancel(record: PickupRecord): void {
    Object.assign(record, { status: 'canceled', updatedMs: Date.now() });
  }

  /** Every pickup that was bought, for tests. */
  bought(): Array<Pick<PickupRecord, 'id' | 'reference' | 'status' | 'confirmation'> & { shipments: number }> {
    return [...this.#byId.values()].filter((each) => each.confirmation !== null).map(({ id, reference, status, confirmation, shipments }) => ({ id, reference, status, confirmation, shipments: shipments.length }));
  }
}

function keep<T extends { id: string }>(all: Map<string, T>, record: T): void {
  all.set(record.id, record);
  if (all.size > maxKept) all.delete(all.keys().next().value!);
}

/** A Pickup in EasyPost's wire format. */
export function pickupObject(record: PickupRecord): Record<string, unknown> {
  const { id, createdMs, updatedMs, status, reference, from, to, instructions, confirmation, address, rates } = record;
  const times = { created_at: seconds(createdMs), updated_at: seconds(updatedMs) };
  return {
    id, object: 'Pickup', ...times, mode: 'test', status, reference, min_datetime: from, max_datetime: to, is_account_address: false, instructions, messages: [], confirmation,
    address: { object: 'Address', mode: 'test', ...address }, carrier_accounts: [],
    pickup_rates: rates.map((rate) => ({ id: rate.id, object: 'PickupRate', ...times, mode: 'test', carrier: rate.carrier, service: rate.service, rate: rate.amount, currency: 'USD', pickup_id: id })),
  };
}

/** @param isReady batches are made in the background: who makes one is told of one that is not */
export function batchObject({ id, createdMs, reference, shipments }: BatchRecord, isReady: boolean): Record<string, unknown> {
  return {
    id, object: 'Batch', mode: 'test', state: isReady ? 'purchased' : 'creating', num_shipments: shipments.length, reference, created_at: seconds(createdMs), updated_at: seconds(createdMs), scan_form: null, pickup: null, label_url: null,
    shipments: isReady ? shipments.map((each) => ({ id: each.id, batch_status: 'postage_purchased', batch_message: null })) : [], status: { postage_purchased: isReady ? shipments.length : 0 },
  };
}
