import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ourConnection } from '../../../src/model/our-connection.js';
import type { VisitRecord } from '../../../src/model/yard/records.js';
import { contradictionsOf } from '../../../src/model/yard/contradictions.js';
import { foldTrailer, type SeenMove, type SeenVisit } from '../../../src/model/yard/trailers.js';
import { hangingTrailer, takeVisitStep, type VisitStep } from '../../../src/model/yard/visit.js';

const at = (minute: number) => ({ instant: new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString(), zone: 'Z' });
const drawnStep: fc.Arbitrary<(minute: number) => VisitStep> = fc.oneof(
  fc.constantFrom<(minute: number) => VisitStep>(
    (minute) => ({ step: 'CHECK_IN', facilityId: 'WH@main', details: { type: 'LIVE_UNLOAD', trailer: 'T1' }, at: at(minute) }), (minute) => ({ step: 'AT_DOCK', at: at(minute) }), (minute) => ({ step: 'START', at: at(minute) }),
    (minute) => ({ step: 'END', at: at(minute) }), (minute) => ({ step: 'LEAVE_DOCK', at: at(minute) }), (minute) => ({ step: 'DETACH', at: at(minute), place: 'P1' }), (minute) => ({ step: 'CHECK_OUT', at: at(minute) }),
    (minute) => ({ step: 'REJECT', at: at(minute), reason: 'no papers' }), () => ({ step: 'CANCEL', reason: 'called off' }), () => ({ step: 'EXPECT', facilityId: 'WH@main', details: { type: 'DROP' } }),
  ),
  fc.constantFrom('D1', 'D2').map((dock) => () => ({ step: 'ASSIGN_DOCK' as const, dock, reasons: ['free'] })),
  fc.constantFrom('D1', 'D2').map((dock) => (minute: number) => ({ step: 'AT_DOCK' as const, dock, at: at(minute) })),
  fc.constantFrom('T1', 'T2').map((trailer) => (minute: number) => ({ step: 'ATTACH' as const, trailer, at: at(minute) })),
);

/** What no visit may ever say, whatever was done to it. */
function checkPossible(visit: VisitRecord): void {
  expect(visit.state === 'AT_DOCK').toBe(visit.atDockAt !== undefined && visit.fromDockAt === undefined && visit.state !== 'CHECKED_IN' && visit.checkedOutAt === undefined && visit.state !== 'EXPECTED');
  if (visit.state === 'CHECKED_OUT' || visit.state === 'REJECTED') expect(visit.checkedOutAt).toBeDefined();
  if (visit.handlingEndedAt !== undefined) expect(visit.handlingStartedAt).toBeDefined();
  if (visit.fromDockAt !== undefined) expect(visit.atDockAt).toBeDefined();
  if (visit.atDockAt !== undefined) expect(visit.dock).toBeDefined();
  // What hangs on the truck follows from what it left and took up.
  const last = visit.equipment?.at(-1);
  if (last !== undefined) expect(hangingTrailer(visit)).toBe(last.action === 'DETACHED' ? null : last.trailer);
  for (const [index, step] of (visit.equipment ?? []).entries()) if (index > 0) expect(step.action).not.toBe(visit.equipment![index - 1]!.action);
}

const drawnMinute = fc.integer({ min: 0, max: 20_000 });
const sites = ['A@main', 'B@main'];
const drawnVisit: fc.Arbitrary<SeenVisit> = fc.record({
  id: fc.integer({ min: 1, max: 12 }).map((number) => `v${String(number).padStart(2, '0')}`), source: fc.constantFrom(ourConnection, 'dock'), site: fc.constantFrom(...sites),
  type: fc.constantFrom('UNKNOWN', 'LIVE', 'DROP', 'PICK_UP', 'DROP_HOOK'), state: fc.constantFrom('CHECKED_IN', 'AT_DOCK', 'CHECKED_OUT', 'REJECTED'), truck: fc.constantFrom(null, 'X1', 'X2'), trailer: fc.constantFrom(null, 'T1', 'T2'),
  trailerOut: fc.constantFrom(undefined, null, 'T1'), dock: fc.constantFrom(null, 'D1', 'D2'), checkedInAt: fc.option(drawnMinute), atDockAt: fc.option(drawnMinute), fromDockAt: fc.option(drawnMinute), checkedOutAt: fc.option(drawnMinute), detached: fc.option(drawnMinute),
}).map(({ checkedInAt, atDockAt, fromDockAt, checkedOutAt, detached, trailerOut, ...visit }): SeenVisit => ({
  ...visit, type: visit.type as SeenVisit['type'], state: visit.state as SeenVisit['state'], ...(trailerOut === undefined ? {} : { trailerOut }), arrivedAt: null, handlingStartedAt: null, handlingEndedAt: null,
  checkedInAt: checkedInAt === null ? null : at(checkedInAt).instant, atDockAt: atDockAt === null ? null : at(atDockAt).instant, fromDockAt: fromDockAt === null ? null : at(fromDockAt).instant, checkedOutAt: checkedOutAt === null ? null : at(checkedOutAt).instant,
  equipment: detached === null || visit.trailer === null ? [] : [{ action: 'DETACHED', trailer: visit.trailer, at: at(detached), place: 'P1' }],
}));
const drawnMove: fc.Arbitrary<SeenMove> = fc.record({ id: fc.constantFrom('m1', 'm2'), source: fc.constant(ourConnection), site: fc.constant('A@main'), trailer: fc.constantFrom('T1', 't 1', 'T2'), state: fc.constantFrom('DONE', 'REQUESTED'), to: fc.constantFrom('P1', 'D2'), doneAt: fc.option(drawnMinute.map((minute) => at(minute).instant)) }) as fc.Arbitrary<SeenMove>;
const distinct = <T extends { id: string }>(records: T[]) => [...new Map(records.map((record) => [record.id, record])).values()];
const shuffled = <T>(records: readonly T[], keys: readonly number[]) => records.map((record, index) => [keys[index % keys.length]! + index * 1e-6 * (keys[0]! % 7), record] as const).sort(([a], [b]) => a - b).map(([, record]) => record);

describe('visits, trailers and contradictions', () => {
  it('a visit never says what cannot be, whatever steps are taken, and what is refused changes nothing', () => {
    fc.assert(fc.property(fc.array(fc.tuple(drawnStep, drawnMinute), { maxLength: 40 }), (steps) => {
      let visit: VisitRecord | null = null;
      for (const [make, minute] of steps) {
        const before: string = JSON.stringify(visit);
        const after: ReturnType<typeof takeVisitStep> = takeVisitStep(visit, make(minute));
        expect(JSON.stringify(visit)).toBe(before);
        if ('refused' in after) continue;
        visit = after;
        checkPossible(visit);
      }
    }), { numRuns: 500 });
  });

  it('trailers are where they are for every order and repetition, one stay at a time, none ending before it began', () => {
    fc.assert(fc.property(fc.array(drawnVisit, { maxLength: 12 }), fc.array(drawnMove, { maxLength: 2 }), fc.array(fc.nat(1000), { minLength: 5, maxLength: 20 }), fc.nat(11), (visits, moves, keys, again) => {
      const [told, driven] = [distinct(visits).filter(({ site }) => site === 'A@main'), distinct(moves)];
      const fold = foldTrailer('T1', told, driven);
      const repeated = told.length === 0 ? told : [...told, told[again % told.length]!];
      expect(foldTrailer('T1', shuffled(repeated, keys), shuffled(driven, keys))).toEqual(fold);
      for (const [index, stay] of fold.stays.entries()) {
        expect(stay.leftAt === null || stay.leftAt >= stay.arrivedAt).toBe(true);
        const next = fold.stays[index + 1];
        if (next !== undefined) expect(stay.leftAt !== null && stay.leftAt <= next.arrivedAt).toBe(true);
      }
    }), { numRuns: 1000 });
  });

  it('contradictions are the same for every order and repetition, and are found in pairs as in all', () => {
    fc.assert(fc.property(fc.array(drawnVisit, { maxLength: 12 }), fc.array(fc.nat(1000), { minLength: 5, maxLength: 20 }), (visits, keys) => {
      const told = distinct(visits);
      const names = (found: ReturnType<typeof contradictionsOf>) => found.map(({ kind, about, detail }) => `${kind} ${about} ${detail}`).sort();
      const all = names(contradictionsOf(told, []));
      expect(names(contradictionsOf(shuffled([...told, ...told.slice(0, 2)], keys), []))).toEqual(all);
      const inPairs = new Set(told.flatMap((a) => told.flatMap((b) => names(contradictionsOf([a, b], [])))));
      expect([...inPairs].sort()).toEqual([...new Set(all)]);
    }), { numRuns: 300 });
  });
});
