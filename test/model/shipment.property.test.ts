import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeRow, isTerminal, milestoneCodes } from '../../src/model/milestones.js';
import { foldShipment, type ShipmentEntry, type ShipmentInput } from '../../src/model/shipment.js';
import { standing, type TimelineEntry } from '../../src/model/timeline.js';
import { anInstant, milestone, rearranged, rearrangedInput, shipmentInput, timeline } from './arbitraries.js';

const runs = { numRuns: 1500 };
const terminalCodes = milestoneCodes.filter((code) => codeRow(code).terminal);
const movingCodes = milestoneCodes.filter((code) => !codeRow(code).terminal);

const withEntries = (input: ShipmentInput, entries: readonly TimelineEntry[]): ShipmentInput => ({ ...input, entries });
const isCounted = (entry: TimelineEntry) => entry.pieces !== null;

describe('a set of milestones', () => {
  it('stands the same in every order and repetition', () => {
    fc.assert(fc.property(timeline.chain((entries) => fc.tuple(fc.constant(entries), rearranged(entries))), ([entries, other]) => {
      expect(standing(other)).toEqual(standing(entries));
    }), runs);
  });

  it('has at most one standing version of each fact, the one observed last', () => {
    fc.assert(fc.property(timeline, (entries) => {
      const alive = standing(entries);
      const kept = entries.filter((entry) => alive.has(entry.id));
      expect(new Set(kept.map((entry) => entry.factGroup)).size).toBe(kept.length);
      const retractedIds = new Set(entries.map((entry) => entry.retracts));
      for (const entry of kept) {
        const rivals = entries.filter((other) => other.factGroup === entry.factGroup && other.retracts === null && other.retractsFactGroup === null && !retractedIds.has(other.id));
        expect(rivals.every((other) => other.observedAt <= entry.observedAt)).toBe(true);
      }
    }), runs);
  });

  it('without its retractions and what they name stands just the same', () => {
    fc.assert(fc.property(timeline, (entries) => {
      const ids = new Set(entries.map((entry) => entry.retracts));
      const groups = new Set(entries.map((entry) => entry.retractsFactGroup));
      const rest = entries.filter((entry) => entry.retracts === null && entry.retractsFactGroup === null && !ids.has(entry.id) && !groups.has(entry.factGroup));
      expect(standing(rest)).toEqual(standing(entries));
    }), runs);
  });
});

describe('the fold of a shipment', () => {
  it('gives the same for every order and repetition of milestones, transfers, estimates and numbers', () => {
    fc.assert(fc.property(shipmentInput.chain((input) => fc.tuple(fc.constant(input), rearrangedInput(input))), ([input, other]) => {
      expect(foldShipment(other)).toEqual(foldShipment(input));
    }), { numRuns: 3000 });
  });

  it('counts a repeated report of handling units once', () => {
    const counted = fc.array(milestone(['PICKED_UP', 'DELIVERED', 'PARTIALLY_DELIVERED'], 'counted').chain((entry) => fc.integer({ min: 1, max: 4 }).map((pieces) => ({ ...entry, package: null, pieces }))), { minLength: 1, maxLength: 4 });
    const entries = counted.map((list) => list.map((entry, index) => ({ ...entry, id: `c${index}`, factGroup: `c${index}` })));
    fc.assert(fc.property(shipmentInput, entries.chain((list) => fc.tuple(fc.constant(list), rearranged(list))), (input, [list, other]) => {
      expect(foldShipment(withEntries(input, other))).toEqual(foldShipment(withEntries(input, list)));
    }), runs);
  });

  it('never leaves a terminal status for a non-terminal milestone, early or late, of the shipment or of a package that was scanned', () => {
    const cases = fc.tuple(shipmentInput, milestone(terminalCodes, 'end'), fc.array(milestone(movingCodes, 'late'), { minLength: 1, maxLength: 3 }));
    let terminal = 0;
    fc.assert(fc.property(cases, ([drawn, end, late]) => {
      // A transfer cancelled in Odoo is no milestone: what a carrier then reports goes before it.
      const input = { ...drawn, transfers: drawn.transfers.map((transfer) => ({ ...transfer, state: 'assigned' })) };
      const entries = [...input.entries.filter((entry) => !isCounted(entry)), end];
      const before = foldShipment(withEntries(input, entries));
      fc.pre(isTerminal(before.status));
      terminal++;
      const scanned = new Set(before.packages.filter((each) => each.status !== 'UNKNOWN').map((each) => each.trackingNumber));
      const additions = late.map((entry, index) => ({ ...entry, id: `late${index}`, factGroup: `late${index}` })).filter((entry) => entry.package === null || scanned.has(entry.package));
      expect(foldShipment(withEntries(input, [...entries, ...additions])).status).toBe(before.status);
    }), runs);
    expect(terminal).toBeGreaterThanOrEqual(1000);
  });

  it('keeps each package at its end whatever else is reported of it', () => {
    fc.assert(fc.property(shipmentInput, milestone(terminalCodes, 'end'), milestone(movingCodes, 'late'), (input, end, late) => {
      const entries = [...input.entries, { ...end, package: 'P1' }];
      const statusOf = (all: TimelineEntry[]) => foldShipment({ ...input, tracking: [{ carrier: '*', number: 'P1' }], entries: all }).packages.find((each) => each.trackingNumber === 'P1')!.status;
      expect(isTerminal(statusOf(entries))).toBe(true);
      expect(statusOf([{ ...late, package: 'P1' }, ...entries])).toBe(statusOf(entries));
    }), runs);
  });

  it('treats a retracted milestone as one that was never reported', () => {
    fc.assert(fc.property(shipmentInput, milestone(milestoneCodes, 'x'), fc.boolean(), (input, x, byId) => {
      const retraction: TimelineEntry = { ...x, id: 'r', factGroup: 'retraction of x', code: 'INFO', retracts: byId ? x.id : null, retractsFactGroup: byId ? null : x.factGroup };
      expect(foldShipment(withEntries(input, [...input.entries, x, retraction]))).toEqual(foldShipment(input));
      expect(foldShipment(withEntries(input, [retraction, ...input.entries, x]))).toEqual(foldShipment(input));
    }), runs);
  });

  it('never moves for a code that is not known', () => {
    fc.assert(fc.property(shipmentInput, milestone(['INFO'], 'unknown'), fc.option(fc.integer({ min: 1, max: 9 })), (input, unknown, pieces) => {
      const { standing: _, ...before } = foldShipment(input);
      const { standing: __, ...after } = foldShipment(withEntries(input, [...input.entries, { ...unknown, pieces }]));
      expect(after).toEqual(before);
    }), runs);
  });

  it('never moves for what is only requested, planned or estimated', () => {
    fc.assert(fc.property(shipmentInput, milestone(milestoneCodes, 'plan'), fc.constantFrom('REQUESTED' as const, 'PLANNED' as const, 'ESTIMATED' as const), (input, plan, classifier) => {
      const before = foldShipment(input);
      const after = foldShipment(withEntries(input, [...input.entries, { ...plan, classifier }]));
      expect([after.status, after.packages, after.deliveredAt, after.conflict]).toEqual([before.status, before.packages, before.deliveredAt, before.conflict]);
    }), runs);
  });

  it('keeps the promise whatever is planned, estimated or reported later', () => {
    fc.assert(fc.property(shipmentInput, timeline, anInstant, (input, entries, at) => {
      const replanned: ShipmentInput = { ...input, entries, estimates: [{ of: 'DELIVERY', estimatedAt: at, observedAt: at }], transfers: input.transfers.map((transfer) => ({ ...transfer, scheduledAt: at })) };
      expect(foldShipment(replanned).promisedAt).toBe(foldShipment(input).promisedAt);
    }), runs);
  });

  const counts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
  const counted = (id: string, code: TimelineEntry['code'], pieces: number, more: Partial<ShipmentEntry> = {}): ShipmentEntry => ({ id, factGroup: id, contentHash: 'h', code, classifier: 'ACTUAL', occurredAt: '2026-03-01T12:00:00.000Z', observedAt: '2026-03-01T12:00:00.000Z', package: null, pieces, retracts: null, retractsFactGroup: null, ...more });
  const statusOf = (input: ShipmentInput, entries: readonly ShipmentEntry[]) => foldShipment({ ...input, tracking: [], transfers: input.transfers.map((transfer) => ({ ...transfer, trackingNumbers: [] })), entries }).status;

  it('does not close for a delivery that leaves handling units open of those its source loaded', () => {
    fc.assert(fc.property(shipmentInput, counts, fc.integer({ min: 1, max: 5 }), fc.boolean(), (input, parts, open, withStops) => {
      const total = parts.reduce((sum, part) => sum + part, 0) + open;
      const stop = (number: number) => (withStops ? { stop: number } : {});
      const entries = [counted('l', 'PICKED_UP', total, stop(1)), ...parts.map((part, index) => counted(`d${index}`, 'DELIVERED', part, stop(index + 2)))];
      const shipment = foldShipment({ ...input, tracking: [], transfers: input.transfers.map((transfer) => ({ ...transfer, trackingNumbers: [] })), entries });
      expect(shipment.status).toBe('PARTIALLY_DELIVERED');
      expect(shipment.deliveredAt).toBeNull();
      expect(statusOf(input, [...entries, counted('rest', 'DELIVERED', open, stop(9))])).toBe('DELIVERED');
    }), runs);
  });

  it('never measures a delivery by the units of another source: cartons of Odoo, pallets of a carrier', () => {
    fc.assert(fc.property(shipmentInput, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 40 }), fc.boolean(), (input, pallets, cartons, loaded) => {
      const transfers = input.transfers.map((transfer) => ({ ...transfer, packageCount: cartons }));
      const elsewhere = counted('other', 'LOADED', cartons, { source: 'yard', stop: 1 });
      const own = loaded ? [counted('l', 'PICKED_UP', pallets, { source: 'carrier', stop: 1 })] : [];
      expect(statusOf({ ...input, transfers }, [elsewhere, ...own, counted('d', 'DELIVERED', pallets, { source: 'carrier', stop: 2 })])).toBe('DELIVERED');
    }), runs);
  });

  it('counts a delivery that was reported again for its stop once, as last stated, in either order', () => {
    fc.assert(fc.property(shipmentInput, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 5 }), fc.option(fc.constant(2)), fc.boolean(), (input, corrected, open, stop, turned) => {
      const loaded = counted('l', 'PICKED_UP', corrected + open, { stop: 1 });
      const reports = [
        counted('first', 'DELIVERED', corrected + 1, { stop, occurredAt: '2026-03-02T12:00:00.000Z' }),
        counted('second', 'DELIVERED', corrected, { stop, occurredAt: '2026-03-02T11:00:00.000Z', observedAt: '2026-03-03T12:00:00.000Z' }),
      ];
      expect(statusOf(input, [loaded, ...(turned ? reports.toReversed() : reports)])).toBe(open === 0 ? 'DELIVERED' : 'PARTIALLY_DELIVERED');
    }), runs);
  });

  it('stays open while one package is delivered and another has not been scanned, and is not held back by it before', () => {
    fc.assert(fc.property(shipmentInput, (input) => {
      const two = { ...input, transfers: [], tracking: [{ carrier: '*', number: 'P1' }, { carrier: '*', number: 'P2' }] };
      const of = (code: TimelineEntry['code']) => foldShipment({ ...two, entries: [{ ...counted('x', code, 1), pieces: null, package: 'P1' }] }).status;
      expect([of('DELIVERED'), of('OUT_FOR_DELIVERY')]).toEqual(['PARTIALLY_DELIVERED', 'OUT_FOR_DELIVERY']);
    }), { numRuns: 50 });
  });

  it('says that ends contradict each other only where they do', () => {
    fc.assert(fc.property(shipmentInput, (input) => {
      const { conflict } = foldShipment(input);
      if (conflict === null) return;
      const ends = conflict.split(', ');
      expect(ends).toContain('DELIVERED');
      expect(ends.some((end) => end === 'LOST' || end === 'CANCELLED')).toBe(true);
      expect(ends.every((end) => input.entries.some((entry) => entry.code === end && entry.classifier === 'ACTUAL'))).toBe(true);
    }), runs);
  });

  it('names a carrier only for a report of it that stands: who was named by mistake loses sight of it', () => {
    fc.assert(fc.property(shipmentInput, (input) => {
      const { carriers, standing: alive } = foldShipment(input);
      expect(carriers).toEqual([...new Set(input.entries.filter((entry) => alive.has(entry.id) && entry.carrier != null).map((entry) => entry.carrier!))].sort());
    }), runs);
  });

  it('has left when its delivery is validated, before any carrier scans it, and has arrived when its receipt is, whatever a carrier still says', () => {
    fc.assert(fc.property(shipmentInput, fc.constantFrom('assigned', 'done'), (input, state) => {
      const [first] = input.transfers;
      if (first === undefined) return;
      const of = (direction: string, entries: ShipmentInput['entries']) => foldShipment({ ...input, entries, transfers: [{ ...first, direction, state }] });
      expect(of('OUTGOING', []).status).toBe(state === 'done' ? 'IN_TRANSIT' : 'PLANNED');
      const moving = input.entries.filter((entry) => !terminalCodes.includes(entry.code));
      const incoming = of('INCOMING', moving);
      if (state === 'done') expect([incoming.status, incoming.deliveredAt]).toEqual(['DELIVERED', foldShipment({ ...input, entries: [], transfers: [{ ...first, direction: 'INCOMING', state }] }).deliveredAt]);
      else expect(incoming.status).not.toBe('DELIVERED');
    }), runs);
  });
});
