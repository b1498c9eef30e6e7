import type { Numbers } from '../numbers.js';
import type { Carrier } from './carrier.js';
import type { CarrierName, Place } from './places.js';
import { ratesFor, type SandboxRate } from './rate-table.js';

/** What a client asked a shipment to be. */
export interface ShipmentWish {
  reference: string | null;
  isReturn: boolean;
  from: Record<string, unknown>;
  to: Record<string, unknown>;
  parcel: { weight: number; length?: number | null | undefined; width?: number | null | undefined; height?: number | null | undefined };
  options: Record<string, unknown>;
}

export interface SandboxRateRecord extends SandboxRate {
  id: string;
}

export interface ShipmentRecord extends ShipmentWish {
  id: string;
  createdMs: number;
  updatedMs: number;
  rates: SandboxRateRecord[];
  bought: { rate: SandboxRateRecord; trackingCode: string; trackerId: string; labelId: string; atMs: number; formats: Set<string> } | null;
  refund: 'submitted' | 'refunded' | null;
  scanForm: string | null;
}

export interface ScanFormRecord {
  id: string;
  createdMs: number;
  trackingCodes: string[];
}

/** Kept in memory; the oldest go first. */
const maxKept = 20_000;

/** Shipments of the simulated aggregator: made for nothing, bought once. */
export class Shipments {
  readonly #byId = new Map<string, ShipmentRecord>();
  readonly #forms = new Map<string, ScanFormRecord>();
  #bought = 0;

  constructor(private readonly options: { numbers: Numbers; carrier: Carrier }) {}

  create(wish: ShipmentWish): ShipmentRecord {
    const { numbers } = this.options;
    const now = Date.now();
    const rates = ratesFor(wish.parcel.weight, placeOf(wish.from), placeOf(wish.to)).map((rate) => ({ ...rate, id: `rate_${numbers.nextHex()}` }));
    const record: ShipmentRecord = { ...wish, id: `shp_${numbers.nextHex()}`, createdMs: now, updatedMs: now, rates, bought: null, refund: null, scanForm: null };
    this.#byId.set(record.id, record);
    if (this.#byId.size > maxKept) this.#byId.delete(this.#byId.keys().next().value!);
    return record;
  }

  find(id: string): ShipmentRecord | undefined {
    return this.#byId.get(id);
  }

  /** @param isTracked whether the parcel moves and reports by webhook */
  buy(record: ShipmentRecord, rate: SandboxRateRecord, isTracked: boolean): void {
    const { numbers, carrier } = this.options;
    const trackingCode = trackingCodeOf(rate.carrier, ++this.#bought, numbers.nextHex());
    const now = Date.now();
    let trackerId = `trk_${numbers.nextHex()}`;
    if (isTracked) {
      carrier.buyLabel({ trackingCode, carrier: rate.carrier, destination: placeOf(record.to), recipient: String(record.to['name'] ?? 'A. RECEIVER'), ounces: record.parcel.weight, createdMs: now });
      trackerId = carrier.createTracker(trackingCode, rate.carrier).tracker.id;
    }
    record.bought = { rate, trackingCode, trackerId, labelId: `pl_${numbers.nextHex()}`, atMs: now, formats: new Set([String(record.options['label_format'] ?? 'PNG')]) };
    record.updatedMs = now;
  }

  /** @returns null where one of them cannot stand on a form */
  createForm(records: readonly ShipmentRecord[]): ScanFormRecord | null {
    const codes = records.map((record) => record.bought?.trackingCode);
    if (codes.length === 0 || codes.includes(undefined) || records.some((record) => record.scanForm !== null || record.refund !== null)) return null;
    const form: ScanFormRecord = { id: `sf_${this.options.numbers.nextHex()}`, createdMs: Date.now(), trackingCodes: codes as string[] };
    this.#forms.set(form.id, form);
    for (const record of records) record.scanForm = form.id;
    return form;
  }

  form(id: string): ScanFormRecord | undefined {
    return this.#forms.get(id);
  }

  /** The carriers confirm what they were asked to void. */
  confirmRefunds(): void {
    for (const record of this.#byId.values()) if (record.refund === 'submitted') record.refund = 'refunded';
  }

  /** Every shipment that was bought, for tests: which reference, under which number, at what price. */
  bought(): Array<{ id: string; reference: string | null; trackingCode: string; refund: string | null; amount: string }> {
    return [...this.#byId.values()].flatMap(({ id, reference, bought, refund }) => (bought === null ? [] : [{ id, reference, trackingCode: bought.trackingCode, refund, amount: bought.rate.amount }]));
  }
}

/** An address as the place where its parcels are scanned. */
export function placeOf(address: Record<string, unknown>): Place {
  const text = (name: string) => (typeof address[name] === 'string' ? (address[name] as string) : '');
  return { city: text('city').toUpperCase(), state: text('state') === '' ? null : text('state'), country: text('country').toUpperCase() || 'US', zip: text('zip') };
}

/** In the form of each carrier's numbers. */
function trackingCodeOf(carrier: CarrierName, serial: number, hex: string): string {
  const digits = BigInt(`0x${hex.slice(0, 14)}`).toString().slice(0, 12).padStart(12, '0');
  const number = String(serial).padStart(6, '0');
  switch (carrier) {
    case 'UPS':
      return `1Z${hex.slice(0, 8).toUpperCase()}${number}${digits.slice(0, 2)}`;
    case 'USPS':
      return `9400${digits}${number}`;
    case 'DHLExpress':
      return `${digits.slice(0, 4)}${number}`;
    case 'FedEx':
      return `79${digits.slice(0, 4)}${number}`;
  }
}
