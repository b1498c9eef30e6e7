import fc from 'fast-check';

/**
 * Small worlds of freight: deliveries of Odoo with their order and address, parcels that EasyPost
 * tracks, freight that X12 214s report. Drawn without names, so that one journey can be told twice
 * under different names.
 */
export interface DeliveryVersion {
  state: string;
  deadlineDay: number | null;
  scheduledDay: number | null;
  numbers: number[];
  packageCount: number | null;
  /** What blocks its release to transport; null: not checked. */
  blocked?: string[] | null;
  /** A step within the walls: its type was another before, or became another. */
  isInternal?: boolean;
  /** Which of the two versions of one number this is, where the source used it twice. */
  version: number;
}

export interface Delivery {
  carrier: string | null;
  hasPartner: boolean;
  hasOrder: boolean;
  versions: DeliveryVersion[];
  isDeleted: boolean;
}

export interface Scan {
  status: string;
  detail: string | null;
  day: number;
}

export interface Tracker {
  delivery: number;
  number: number;
  carrier: string | null;
  hasId: boolean;
  scans: Scan[];
  /** Each update repeats the first so many scans. */
  updates: number[];
  /** From this update on, the scan carries another status and other words: a newer version of the same fact. */
  revision: { update: number; scan: number; status: string } | null;
  etaDays: Array<number | null>;
}

export interface FreightStatus {
  delivery: number;
  by: 'DO' | 'BOL' | 'PRO';
  statuses: Array<{ code: string; day: number }>;
  pieces: number | null;
}

export interface Journey {
  order: Array<{ version: number; promisedDay: number | null }> | null;
  address: boolean;
  deliveries: Delivery[];
  trackers: Tracker[];
  freight: FreightStatus[];
}

const day = fc.integer({ min: 1, max: 9 });
const aCarrier = fc.constantFrom('FedEx', 'UPS');

const deliveryVersion: fc.Arbitrary<DeliveryVersion> = fc.record({
  state: fc.constantFrom('draft', 'assigned', 'done', 'cancel'),
  deadlineDay: fc.option(day),
  scheduledDay: fc.option(day),
  numbers: fc.subarray([0, 1]),
  packageCount: fc.option(fc.integer({ min: 1, max: 3 })),
  blocked: fc.option(fc.subarray(['address', 'credit'])),
  isInternal: fc.constantFrom(false, false, false, true),
  version: fc.integer({ min: 1, max: 4 }),
});

const delivery: fc.Arbitrary<Delivery> = fc.record({
  carrier: fc.option(aCarrier),
  hasPartner: fc.boolean(),
  hasOrder: fc.boolean(),
  versions: fc.array(deliveryVersion, { minLength: 1, maxLength: 3 }),
  isDeleted: fc.boolean(),
});

const scan: fc.Arbitrary<Scan> = fc.record({
  status: fc.constantFrom('pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'return_to_sender', 'cancelled', 'failure', 'teleported'),
  detail: fc.constantFrom(null, 'arrived_at_facility', 'departed_facility', 'weather_delay', 'delayed', 'lost'),
  day,
});

const tracker: fc.Arbitrary<Tracker> = fc.record({
  delivery: fc.nat(1),
  number: fc.nat(1),
  carrier: fc.option(aCarrier),
  hasId: fc.boolean(),
  scans: fc.array(scan, { maxLength: 4 }),
  updates: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
  revision: fc.option(fc.record({ update: fc.nat(2), scan: fc.nat(3), status: fc.constantFrom('in_transit', 'out_for_delivery') })),
  etaDays: fc.array(fc.option(day), { minLength: 3, maxLength: 3 }),
});

const freightStatus: fc.Arbitrary<FreightStatus> = fc.record({
  delivery: fc.nat(1),
  by: fc.constantFrom('DO' as const, 'BOL' as const, 'PRO' as const),
  statuses: fc.array(fc.record({ code: fc.constantFrom('X3', 'AF', 'X1', 'D1', 'A9', 'SD', 'CA', 'ZZ', 'X2'), day }), { minLength: 1, maxLength: 3 }),
  pieces: fc.option(fc.integer({ min: 1, max: 3 })),
});

export const journey: fc.Arbitrary<Journey> = fc.record({
  order: fc.option(fc.array(fc.record({ version: fc.integer({ min: 1, max: 3 }), promisedDay: fc.option(day) }), { minLength: 1, maxLength: 2 })),
  address: fc.boolean(),
  deliveries: fc.array(delivery, { maxLength: 2 }),
  trackers: fc.array(tracker, { maxLength: 2 }),
  freight: fc.array(freightStatus, { maxLength: 2 }),
});
