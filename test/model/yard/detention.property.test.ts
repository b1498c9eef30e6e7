import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, millionths } from '../../../src/lib/decimal.js';
import { visitClocks, visitTimeNames, type VisitTimes } from '../../../src/model/yard/clocks.js';
import {
  defaultTerms, detentionDays, detentionKinds, detentionOf, detentionStarts, detentionStops, lateOutcomes, ruleFor, visitStart,
  type DetainedVisit, type DetentionKind, type DetentionRule, type DetentionTerms,
} from '../../../src/model/yard/detention.js';

const minute = 60_000;
const hour = 60 * minute;
/** Around the days on which clocks change in Europe and America. */
const bases = ['2026-03-28T20:00:00Z', '2026-10-24T20:00:00Z', '2026-03-07T20:00:00Z', '2026-06-10T06:00:00Z'].map((text) => Date.parse(text));
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC', null] as const;
const calendars = new Map<string, Intl.DateTimeFormat>(zones.map((zone) => [zone ?? 'UTC', new Intl.DateTimeFormat('sv-SE', { timeZone: zone ?? 'UTC' })]));
const at = (ms: number) => new Date(ms).toISOString();

const time = fc.tuple(fc.constantFrom(...bases), fc.integer({ min: 0, max: 8 * 24 * 60 * 2 })).map(([base, halfMinutes]) => base + halfMinutes * (minute / 2));
const maybe = fc.option(time, { nil: null, freq: 3 });
const anyTimes: fc.Arbitrary<VisitTimes> = fc.record({ arrivedMs: maybe, checkedInMs: maybe, atDockMs: maybe, handlingStartedMs: maybe, handlingEndedMs: maybe, leftDockMs: maybe, checkedOutMs: maybe });
const anyVisit: fc.Arbitrary<DetainedVisit> = fc.record({
  times: anyTimes, isOver: fc.boolean(), dropped: fc.option(fc.record({ leftMs: maybe }), { nil: null }), company: fc.constant('main'), facility: fc.constantFrom('WH', null), carrier: fc.constantFrom('DHL', null),
  direction: fc.constantFrom('INBOUND', 'OUTBOUND', null), zone: fc.constantFrom(...zones), appointmentMs: maybe,
});
/** Half of the visits at least go as visits do, so that clocks really count. */
const orderlyVisit: fc.Arbitrary<DetainedVisit> = fc.tuple(anyVisit, time, fc.array(fc.integer({ min: 0, max: 40 * 60 }), { minLength: 8, maxLength: 8 })).map(([visit, start, gaps]) => {
  const times = { ...visit.times };
  let ms = start;
  for (const [index, name] of visitTimeNames.entries()) times[name] = visit.times[name] === null ? null : (ms += gaps[index]! * minute / (index === 6 ? 1 : 8));
  return { ...visit, times, appointmentMs: visit.appointmentMs === null ? null : start + (gaps[7]! - 20 * 60) * minute / 8, dropped: visit.dropped === null ? null : { leftMs: visit.dropped.leftMs === null ? null : start + gaps[7]! * 4 * minute } };
});
const visits = fc.oneof(anyVisit, { arbitrary: orderlyVisit, weight: 3 });
const amount = fc.tuple(fc.integer({ min: 0, max: 900 }), fc.constantFrom('', '.5', '.25', '.333333')).map(([whole, part]) => `${whole}${part}`);
const terms: fc.Arbitrary<DetentionTerms> = fc.record({
  start: fc.constantFrom(...detentionStarts), stop: fc.constantFrom(...detentionStops), free: fc.integer({ min: 0, max: 240 }), increment: fc.constantFrom(1, 15, 30, 60, 7), days: fc.constantFrom(...detentionDays),
}).chain((base) => fc.record({
  late: fc.record({ afterMinutes: fc.integer({ min: 0, max: 90 }), outcome: fc.constantFrom(...lateOutcomes) }), minimum: fc.integer({ min: 0, max: 60 }), rate: fc.record({ amount, currency: fc.constant('EUR') }),
  minimumAmount: amount, maximum: fc.integer({ min: 0, max: 3000 }), maximumAmount: amount, maximumPerDay: amount,
}, { requiredKeys: ['rate'] }).map((more): DetentionTerms => ({ ...base, ...more })));
const kinds = fc.constantFrom(...detentionKinds);
const ofKind = (kind: DetentionKind, of: DetentionTerms): DetentionTerms => (kind === 'DRIVER' ? of : { ...of, free: of.free % 4, increment: of.increment % 3 + 1, ...(of.maximum === undefined ? {} : { maximum: of.maximum % 9 }), ...(of.minimum === undefined ? {} : { minimum: of.minimum % 3 }) });

/** The same by counting: minute by minute, day by day, increment by increment. */
function counted(visit: DetainedVisit, kind: DetentionKind, of: DetentionTerms, nowMs: number): { waited: number; beyond: number; amount: string } | null {
  const order = [visit.times.arrivedMs, visit.times.checkedInMs, visit.times.atDockMs, visit.times.handlingStartedMs, visit.times.handlingEndedMs, visit.times.leftDockMs, visit.times.checkedOutMs];
  const firstFrom = (index: number) => order.slice(index).find((ms) => ms !== null) ?? null;
  const started = firstFrom({ ARRIVAL: 0, CHECK_IN: 1, DOCK: 2 }[of.start]);
  if (started === null || (kind === 'TRAILER' && visit.dropped === null)) return null;
  const start = visit.appointmentMs !== null && visit.appointmentMs > started ? visit.appointmentMs : started;
  let stop = kind === 'TRAILER' ? visit.dropped!.leftMs : firstFrom({ HANDLING_END: 4, LEFT_DOCK: 5, CHECK_OUT: 6 }[of.stop]);
  if (stop === null && kind === 'DRIVER' && visit.isOver) stop = [...order].filter((ms) => ms !== null).sort((a, b) => a - b).at(-1)!;
  stop ??= nowMs;
  let waited = 0;
  const zone = visit.zone ?? 'UTC';
  const dayOf = (ms: number) => calendars.get(zone)!.format(ms);
  if (stop < start) waited = 0;
  else if (kind === 'DRIVER') for (let ms = start + minute; ms <= stop; ms += minute) waited++;
  else if (of.days === 'PERIODS') for (let ms = start; ms < stop; ms += 24 * hour) waited++;
  else {
    const days = new Set([dayOf(start), dayOf(stop)]);
    for (let ms = start; ms < stop; ms += hour) days.add(dayOf(ms));
    waited = days.size;
  }
  const beyond = waited > of.free ? waited - of.free : 0;
  const came = firstFrom(0);
  const isForfeited = of.late?.outcome === 'FORFEIT' && visit.appointmentMs !== null && came !== null && came > visit.appointmentMs + of.late.afterMinutes * minute;
  let charged = isForfeited || beyond < (of.minimum ?? 0) ? 0 : beyond;
  if (of.maximum !== undefined && charged > of.maximum) charged = of.maximum;
  let sum = 0n;
  const byDay = new Map<string, bigint>();
  const rate = millionths(of.rate!.amount)!;
  for (let [done, number] = [0, 0]; done < charged; done += of.increment, number++) {
    const begins = start + (of.free + number * of.increment) * minute;
    const day = kind === 'TRAILER' ? String(number) : of.days === 'PERIODS' ? String(Math.floor(number * of.increment / 1440)) : dayOf(begins);
    byDay.set(day, (byDay.get(day) ?? 0n) + rate);
  }
  const perDay = kind === 'DRIVER' && of.maximumPerDay !== undefined ? millionths(of.maximumPerDay)! : null;
  for (const each of byDay.values()) sum += perDay !== null && each > perDay ? perDay : each;
  if (charged > 0 && of.minimumAmount !== undefined && sum < millionths(of.minimumAmount)!) sum = millionths(of.minimumAmount)!;
  if (of.maximumAmount !== undefined && sum > millionths(of.maximumAmount)!) sum = millionths(of.maximumAmount)!;
  // Half a cent and more is a cent.
  return { waited, beyond, amount: decimalText((sum / 10_000n + (sum % 10_000n >= 5_000n ? 1n : 0n)) * 10_000n) };
}

describe('the clocks of a visit', () => {
  it('never run backwards, whatever was stated in whatever order, and are the same for an hour that the clock on the wall shows twice', () => {
    fc.assert(fc.property(visits, time, (visit, nowMs) => {
      for (const clock of Object.values(visitClocks(visit, nowMs))) {
        if (clock === null) continue;
        expect(clock.minutes).toBeGreaterThanOrEqual(0);
        expect(clock.minutes).toBe(Math.max(0, Math.floor(((clock.endMs ?? nowMs) - clock.startMs) / minute)));
      }
    }), { numRuns: 2000 });
  });

  it('end with their own moment, else with the next that was stated, else run until the visit is over', () => {
    const none = Object.fromEntries(visitTimeNames.map((name) => [name, null])) as unknown as VisitTimes;
    const base = Date.parse('2026-06-10T06:00:00Z');
    const minutes = (times: Partial<VisitTimes>, more: object = {}) => {
      const clocks = visitClocks({ times: { ...none, ...times }, isOver: false, dropped: null, ...more }, base + 90 * minute);
      return Object.fromEntries(Object.entries(clocks).map(([name, clock]) => [name, clock === null ? null : [clock.minutes, clock.endMs !== null]]));
    };
    const [m10, m30, m50] = [base + 10 * minute, base + 30 * minute, base + 50 * minute];
    expect(minutes({ arrivedMs: base, checkedInMs: m10, atDockMs: m30, leftDockMs: m50 })).toMatchObject({ gate: [10, true], waiting: [20, true], dock: [20, true], handling: null, turn: [80, false], trailer: null });
    expect(minutes({ arrivedMs: base, atDockMs: m30 })).toMatchObject({ gate: [30, true], waiting: null, dock: [60, false] });
    expect(minutes({ checkedInMs: base, handlingEndedMs: m50 }, { isOver: true })).toMatchObject({ waiting: [50, true], turn: [50, true] });
    expect(minutes({ checkedInMs: m50, checkedOutMs: m10 })).toMatchObject({ turn: [0, true] });
    expect(minutes({ checkedInMs: base, checkedOutMs: m10 }, { dropped: { leftMs: null } })).toMatchObject({ turn: [10, true], trailer: [90, false] });
  });
});

describe('detention', () => {
  it('is what counting minute by minute, day by day and increment by increment gives', () => {
    fc.assert(fc.property(visits, kinds, terms, time, (visit, kind, drawn, nowMs) => {
      const of = ofKind(kind, drawn);
      const figures = detentionOf(visit, kind, of, nowMs);
      const slow = counted(visit, kind, of, nowMs);
      expect(figures === null ? null : { waited: figures.waited, beyond: figures.beyond, amount: figures.amount!.amount }).toEqual(slow);
    }), { numRuns: 3000 });
  });

  it('is never negative, whatever was stated, and never counts what was before the appointment', () => {
    fc.assert(fc.property(visits, kinds, terms, time, (visit, kind, drawn, nowMs) => {
      const figures = detentionOf(visit, kind, ofKind(kind, drawn), nowMs);
      if (figures === null) return;
      const { waited, beyond, charged, increments } = figures;
      for (const number of [waited, beyond, charged, increments]) expect(Number.isSafeInteger(number) && number >= 0, `${number}`).toBe(true);
      expect(millionths(figures.amount!.amount)!).toBeGreaterThanOrEqual(0n);
      expect(figures.startMs).toBeGreaterThanOrEqual(visit.appointmentMs ?? -Infinity);
      if (figures.stopMs !== null) expect(figures.stopMs).toBeGreaterThanOrEqual(figures.startMs);
    }), { numRuns: 2000 });
  });

  it('costs no less when the truck or trailer is kept for longer', () => {
    fc.assert(fc.property(visits, kinds, terms, time, fc.integer({ min: 0, max: 60 * 24 * 60 }), (visit, kind, drawn, nowMs, seconds) => {
      const of = ofKind(kind, drawn);
      const sooner = detentionOf(visit, kind, of, nowMs);
      const stop = { HANDLING_END: 'handlingEndedMs', LEFT_DOCK: 'leftDockMs', CHECK_OUT: 'checkedOutMs' }[of.stop] as keyof VisitTimes;
      const stopped = visit.times[stop];
      // What starts the clock stays where it is.
      if (sooner === null || sooner.startedBy === stop || (stopped === null && sooner.stopMs !== null)) return;
      const later = seconds * 1000;
      const longer = { ...visit, times: { ...visit.times, [stop]: stopped === null ? null : stopped + later }, dropped: visit.dropped === null ? null : { leftMs: visit.dropped.leftMs === null ? null : visit.dropped.leftMs + later } };
      const after = detentionOf(longer, kind, of, nowMs + later)!;
      if (after.isForfeited !== sooner.isForfeited) return;
      expect(after.waited).toBeGreaterThanOrEqual(sooner.waited);
      expect(millionths(after.amount!.amount)!).toBeGreaterThanOrEqual(millionths(sooner.amount!.amount)!);
    }), { numRuns: 2000 });
  });

  const base = Date.parse('2026-06-10T06:00:00Z');
  const none = Object.fromEntries(visitTimeNames.map((name) => [name, null])) as unknown as VisitTimes;
  const visit = (times: Partial<VisitTimes>, more: Partial<DetainedVisit> = {}): DetainedVisit => ({ company: 'main', facility: 'WH', carrier: 'DHL', direction: 'INBOUND', zone: 'Europe/Berlin', isOver: false, dropped: null, appointmentMs: null, times: { ...none, ...times }, ...more });
  const hourly: DetentionTerms = { ...defaultTerms, increment: 60, rate: { amount: '75.10', currency: 'EUR' } };
  const paid = (of: DetainedVisit, by: DetentionTerms, kind: DetentionKind = 'DRIVER') => detentionOf(of, kind, by, base + 48 * hour)?.amount?.amount;

  it.each<[string, DetainedVisit, DetentionTerms, DetentionKind, string | undefined]>([
    ['charges each hour that began beyond the free ones', visit({ checkedInMs: base, checkedOutMs: base + 3 * hour + minute }), hourly, 'DRIVER', '150.2'],
    ['charges nothing for a minute that only began', visit({ checkedInMs: base, checkedOutMs: base + 2 * hour + 59_999 }), hourly, 'DRIVER', '0'],
    ['counts from the appointment where the truck came early', visit({ checkedInMs: base, checkedOutMs: base + 5 * hour }, { appointmentMs: base + 2 * hour }), hourly, 'DRIVER', '75.1'],
    ['counts from check-in where it came late', visit({ checkedInMs: base, checkedOutMs: base + 3 * hour }, { appointmentMs: base - 2 * hour }), hourly, 'DRIVER', '75.1'],
    ['pays nothing to a truck that came too late', visit({ checkedInMs: base, checkedOutMs: base + 9 * hour }, { appointmentMs: base - hour }), { ...hourly, late: { afterMinutes: 30, outcome: 'FORFEIT' } }, 'DRIVER', '0'],
    ['takes the arrival that a fence saw for when it came', visit({ arrivedMs: base - hour, checkedInMs: base, checkedOutMs: base + 3 * hour }, { appointmentMs: base - hour }), { ...hourly, late: { afterMinutes: 30, outcome: 'FORFEIT' } }, 'DRIVER', '75.1'],
    ['stops when the dock was left', visit({ checkedInMs: base, leftDockMs: base + 3 * hour, checkedOutMs: base + 9 * hour }), { ...hourly, stop: 'LEFT_DOCK' }, 'DRIVER', '75.1'],
    ['takes no more than the most of a day', visit({ checkedInMs: base, checkedOutMs: base + 38 * hour }), { ...hourly, maximumPerDay: '300' }, 'DRIVER', '600'],
    ['counts calendar days of a trailer, the first and the last with them', visit({ checkedInMs: base, checkedOutMs: base + hour }, { dropped: { leftMs: base + 47 * hour } }), { ...hourly, free: 1, increment: 1, days: 'CALENDAR' }, 'TRAILER', '150.2'],
    ['counts days of 24 hours of a trailer', visit({ checkedInMs: base, checkedOutMs: base + hour }, { dropped: { leftMs: base + 47 * hour } }), { ...hourly, free: 1, increment: 1 }, 'TRAILER', '75.1'],
    ['rounds what is charged once, at its end', visit({ checkedInMs: base, checkedOutMs: base + 5 * hour }), { ...hourly, rate: { amount: '10.333333', currency: 'USD' } }, 'DRIVER', '31'],
    ['rounds half a cent up', visit({ checkedInMs: base, checkedOutMs: base + 3 * hour }), { ...hourly, rate: { amount: '10.125', currency: 'EUR' } }, 'DRIVER', '10.13'],
    ['charges whole yen', visit({ checkedInMs: base, checkedOutMs: base + 3 * hour }), { ...hourly, rate: { amount: '1000.5', currency: 'JPY' } }, 'DRIVER', '1001'],
    ['charges dinars of Kuwait to the thousandth', visit({ checkedInMs: base, checkedOutMs: base + 3 * hour }), { ...hourly, rate: { amount: '2.3334', currency: 'KWD' } }, 'DRIVER', '2.333'],
    ['charges no trailer that was not left', visit({ checkedInMs: base, checkedOutMs: base + 90 * hour }), { ...hourly, free: 1, increment: 1 }, 'TRAILER', undefined],
  ])('%s', (_what, of, by, kind, expected) => {
    expect(paid(of, by, kind)).toBe(expected);
  });
});

describe('the rule that applies', () => {
  const rule = (id: string, of: Partial<DetentionRule>): DetentionRule => ({ id, company: 'main', name: id, kind: 'DRIVER', side: 'PAYABLE', facility: null, carrier: null, direction: null, validFrom: '2026-01-01T00:00:00Z', terms: defaultTerms, changedBy: 's', changedAt: '2026-01-01T00:00:00Z', ...of });
  const rules = fc.array(fc.record({
    facility: fc.constantFrom('WH', 'EAST', null), carrier: fc.constantFrom('DHL', 'UPS', null), direction: fc.constantFrom('INBOUND' as const, 'OUTBOUND' as const, null), validFrom: fc.constantFrom(...bases.map(at), '2025-01-01T00:00:00.000Z'),
    side: fc.constantFrom('PAYABLE' as const, 'RECEIVABLE' as const), company: fc.constantFrom('main', 'other'),
  }), { maxLength: 12 }).map((all) => all.map((of, index) => rule(String(index).padStart(2, '0'), of)));

  it('is the same in whatever order rules are read, fits the visit, and none that fits names more', () => {
    fc.assert(fc.property(rules.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), visits, ([all, shuffled], visit) => {
      const found = ruleFor(all, visit, 'DRIVER', 'PAYABLE');
      expect(ruleFor(shuffled, visit, 'DRIVER', 'PAYABLE')).toEqual(found);
      const began = visitStart(visit.times);
      const names = ({ facility, carrier, direction }: DetentionRule) => [facility, carrier, direction].filter((name) => name !== null).length;
      const fitting = all.filter((each) => began !== null && each.company === 'main' && each.side === 'PAYABLE' && Date.parse(each.validFrom) <= began && [null, visit.facility].includes(each.facility) && [null, visit.carrier].includes(each.carrier) && [null, visit.direction].includes(each.direction));
      expect(found === null).toBe(fitting.length === 0);
      if (found !== null) {
        expect(fitting).toContain(found);
        expect(names(found)).toBe(Math.max(...fitting.map(names)));
      }
    }), { numRuns: 2000 });
  });
});
