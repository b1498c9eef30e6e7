import fc from 'fast-check';
import { classifiers, milestoneCodes } from '../../src/model/milestones.js';
import type { LinkedTransfer, ShipmentEntry, ShipmentInput } from '../../src/model/shipment.js';
import type { TimelineEntry } from '../../src/model/timeline.js';

/** Few distinct instants, so that ties are common. */
const instants = Array.from({ length: 6 }, (_, day) => `2026-03-0${day + 1}T12:00:00.000Z`);
export const anInstant = fc.constantFrom(...instants);
export const packages = ['P1', 'P2'] as const;

interface Draft {
  entry: Omit<ShipmentEntry, 'id' | 'retracts' | 'retractsFactGroup'>;
  retracts: { by: 'id' | 'group'; index: number } | null;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  entry: fc.record({
    factGroup: fc.constantFrom('g0', 'g1', 'g2', 'g3', 'g4'),
    contentHash: fc.constantFrom('h0', 'h1', 'h2'),
    code: fc.constantFrom(...milestoneCodes),
    // Mostly ACTUAL: the others move no status.
    classifier: fc.oneof({ weight: 3, arbitrary: fc.constant('ACTUAL' as const) }, { weight: 1, arbitrary: fc.constantFrom(...classifiers) }),
    occurredAt: anInstant,
    observedAt: anInstant,
    package: fc.constantFrom(null, ...packages),
    pieces: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 2 }),
    source: fc.constantFrom('carrier', 'yard'),
    carrier: fc.constantFrom(null, 'FEDEX', 'UPS', 'ABCD'),
    stop: fc.option(fc.integer({ min: 1, max: 2 })),
  }),
  retracts: fc.option(fc.record({ by: fc.constantFrom('id' as const, 'group' as const), index: fc.nat(20) }), { freq: 4, nil: null }).map((value) => value ?? null),
});

/** Entries as the log holds them: each id once, versions share a group, retractions name an id or a group. */
export const timeline: fc.Arbitrary<ShipmentEntry[]> = fc.array(draft, { maxLength: 12 }).map((drafts) =>
  drafts.map(({ entry, retracts }, index) => {
    const named = retracts === null ? null : drafts[retracts.index % drafts.length]!;
    return {
      ...entry,
      id: `e${index}`,
      factGroup: retracts === null ? entry.factGroup : `retraction ${index}`,
      retracts: retracts?.by === 'id' ? `e${retracts.index % drafts.length}` : null,
      retractsFactGroup: retracts?.by === 'group' ? named!.entry.factGroup : null,
    };
  }),
);

/** One milestone of a fact of its own. */
export const milestone = (codes: readonly TimelineEntry['code'][], id: string): fc.Arbitrary<TimelineEntry> =>
  fc.record({
    id: fc.constant(id), factGroup: fc.constant(`group of ${id}`), contentHash: fc.constant('h'), code: fc.constantFrom(...codes), classifier: fc.constant('ACTUAL' as const),
    occurredAt: anInstant, observedAt: anInstant, package: fc.constantFrom(null, ...packages), pieces: fc.constant(null), retracts: fc.constant(null), retractsFactGroup: fc.constant(null),
  });

const transfer: fc.Arbitrary<Omit<LinkedTransfer, 'subject'>> = fc.record({
  reference: fc.constantFrom('WH/OUT/1', 'WH/OUT/2'),
  state: fc.constantFrom('draft', 'assigned', 'done', 'cancel'),
  direction: fc.constantFrom('OUTGOING', 'INCOMING'),
  orderId: fc.option(fc.constantFrom('o1', 'o2')),
  carrier: fc.option(fc.constantFrom('FedEx', 'UPS')),
  trackingNumbers: fc.subarray([...packages, 'P3']),
  scheduledAt: fc.option(anInstant),
  firstDeadlineAt: fc.option(anInstant),
  doneAt: fc.option(anInstant),
  packageCount: fc.option(fc.integer({ min: 0, max: 4 })),
  release: fc.option(fc.record({ ready: fc.boolean(), blocked: fc.array(fc.record({ check: fc.constantFrom('address', 'credit'), reason: fc.constantFrom('a', 'b') }), { maxLength: 2 }) })),
  returnOf: fc.option(fc.constant('r1')),
  backorderOf: fc.option(fc.constant('b1')),
});

export const shipmentInput: fc.Arbitrary<ShipmentInput> = fc.record({
  entries: timeline,
  transfers: fc.array(transfer, { maxLength: 3 }).map((list) => list.map((each, index) => ({ ...each, subject: `transfer:erp:${index}` }))),
  estimates: fc.array(fc.record({ of: fc.constantFrom('PICKUP', 'DELIVERY'), estimatedAt: anInstant, observedAt: anInstant }), { maxLength: 3 }),
  tracking: fc.array(fc.record({ carrier: fc.constantFrom('*', 'FEDEX', 'UPS'), number: fc.constantFrom(...packages) }), { maxLength: 3 }),
  names: fc.subarray(['DO1', 'PRO1']),
  orderFirstPromisedAt: fc.option(anInstant),
});

/** The same set in another order, some of it several times. */
export function rearranged<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  if (items.length === 0) return fc.constant([]);
  return fc.array(fc.constantFrom(...items), { maxLength: items.length }).chain((again) => {
    const all = [...items, ...again];
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });
}

export function rearrangedInput(input: ShipmentInput): fc.Arbitrary<ShipmentInput> {
  return fc.record({
    entries: rearranged(input.entries), transfers: rearranged(input.transfers), estimates: rearranged(input.estimates), tracking: rearranged(input.tracking),
    names: fc.constant(input.names), orderFirstPromisedAt: fc.constant(input.orderFirstPromisedAt),
  });
}
