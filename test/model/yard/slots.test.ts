import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../../src/model/yard/check-plan.js';
import { addDays, dayBounds, isDay } from '../../../src/model/yard/local-time.js';
import { firstComeSlot, freeSlots, slotAt, type SlotNeed, type Use } from '../../../src/model/yard/slots.js';
import { checkStanding, occurrences, specialDayReason } from '../../../src/model/yard/standing.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const need: SlotNeed = { direction: 'INBOUND', handling: 'LIVE', temperature: 'AMBIENT' };
const [dock] = facilityPlan().docks;
const everyDay = [1, 2, 3, 4, 5, 6, 7];
const on = (plan: ReturnType<typeof facilityPlan>, day: string, uses: readonly Use[] = [], of: SlotNeed = need) => freeSlots(plan, dayBounds(plan.zone, day), of, uses, 1000);
const clock = (instants: ReadonlyArray<{ startsAt: string }>) => instants.map(({ startsAt }) => startsAt.slice(11, 16));

describe('free times of a facility', () => {
  it('follow its clock where that is put forward and back', () => {
    const plan = facilityPlan({ gridMinutes: 60, docks: [dock!], hours: everyDay.map((weekday) => ({ weekday, from: '00:00', to: '05:00' })) });
    // 02:00 to 03:00 is leapt over on the last Sunday of March, and is there twice on the last one of October.
    expect(clock(on(plan, '2026-03-28'))).toEqual(['23:00', '00:00', '01:00', '02:00', '03:00']);
    expect(clock(on(plan, '2026-03-29'))).toEqual(['23:00', '00:00', '01:00', '02:00']);
    expect(clock(on(plan, '2026-10-25'))).toEqual(['22:00', '23:00', '00:00', '01:00', '02:00', '03:00']);
  });

  it('go over midnight where it is open through the night, and not where it is closed between', () => {
    const through = facilityPlan({ zone: 'UTC', gridMinutes: 60, durations: [{ minutes: 180 }], docks: [dock!], hours: [{ weekday: 1, from: '20:00', to: '24:00' }, { weekday: 2, from: '00:00', to: '02:00' }] });
    expect(clock(on(through, '2026-11-23'))).toEqual(['20:00', '21:00', '22:00', '23:00']);
    expect(clock(on({ ...through, days: [{ on: '2026-11-24', hours: [] }] }, '2026-11-23'))).toEqual(['20:00', '21:00']);
  });

  it('are at docks that are fit, the less special first, and not at those that are blocked or kept for who comes first', () => {
    const plan = facilityPlan({
      zone: 'UTC', docks: [
        { ...dock!, name: 'FROZEN', temperatures: ['AMBIENT', 'FROZEN'] }, { ...dock!, name: 'LOW', maxHeightCm: 250 }, { ...dock!, name: 'OUT', directions: ['OUTBOUND'] }, { ...dock!, name: 'QUEUE', firstComeFirstServed: true },
        { ...dock!, name: 'BLOCKED', blocked: [{ from: '2026-11-23T08:00:00Z', to: '2026-11-23T10:00:00Z' }] },
      ],
    });
    const at = (time: string, uses: Use[], of: SlotNeed = need) => slotAt(plan, Date.parse(`2026-11-23T${time}:00Z`), of, uses);
    const use = (name: string): Use => ({ dock: name, fromMs: Date.parse('2026-11-23T08:00:00Z'), toMs: Date.parse('2026-11-23T09:00:00Z'), direction: 'INBOUND' });
    expect(at('10:00', [])).toMatchObject({ dock: 'BLOCKED' });
    expect(at('08:00', [])).toMatchObject({ dock: 'LOW' });
    expect(at('08:00', [use('LOW')])).toMatchObject({ dock: 'FROZEN' });
    expect(at('08:00', [use('LOW'), use('FROZEN')])).toEqual({ refusal: 'This time is given away.' });
    expect(slotAt(plan, Date.parse('2026-11-23T08:00:00Z'), need, [], 'BLOCKED')).toEqual({ refusal: 'BLOCKED is out of use then.' });
    expect(slotAt({ ...plan, docks: plan.docks.slice(-1) }, Date.parse('2026-11-23T08:00:00Z'), need, [])).toEqual({ refusal: 'Every dock that is fit for this is out of use then.' });
    expect(at('08:00', [], { ...need, heightCm: 400 })).toMatchObject({ dock: 'FROZEN' });
    expect(at('08:00', [], { ...need, temperature: 'CHILLED' })).toEqual({ refusal: 'No dock there is fit for this.' });
    expect(firstComeSlot(plan, Date.parse('2026-11-23T08:07:00Z'), need, [use('QUEUE')], Date.parse('2026-11-24T08:00:00Z'))).toMatchObject({ dock: 'LOW', startsAt: '2026-11-23T08:30:00.000Z' });
    expect(firstComeSlot(plan, Date.parse('2026-11-23T08:07:00Z'), need, [], Date.parse('2026-11-24T08:00:00Z'))).toMatchObject({ dock: 'QUEUE', startsAt: '2026-11-23T08:07:00.000Z' });
  });

  it('are as long as the first rule that fits says, and no more begin within an hour than may', () => {
    const plan = facilityPlan({ zone: 'UTC', durations: [{ handling: 'DROP', minutes: 30 }, { fromPallets: 20, minutes: 120 }, { minutes: 60 }], capacities: [{ direction: 'INBOUND', perHour: 2 }, { temperature: 'AMBIENT', perHour: 3 }] });
    const ms = Date.parse('2026-11-23T08:00:00Z');
    expect([need, { ...need, pallets: 25 }, { ...need, handling: 'DROP' as const, pallets: 25 }].map((of) => (slotAt(plan, ms, of, []) as { endsAt: string }).endsAt.slice(11, 16))).toEqual(['09:00', '10:00', '08:30']);
    const begun = (direction: 'INBOUND' | 'OUTBOUND'): Use => ({ dock: null, fromMs: ms + 1_800_000, toMs: ms + 1_800_000, direction, temperature: 'AMBIENT' });
    expect(slotAt(plan, ms, need, [begun('INBOUND'), begun('INBOUND')])).toEqual({ refusal: 'No more trucks are taken within this hour.' });
    expect(slotAt(plan, ms, { ...need, direction: 'OUTBOUND' }, [begun('INBOUND'), begun('INBOUND')])).toMatchObject({ dock: 'D1' });
    expect(slotAt(plan, ms, { ...need, direction: 'OUTBOUND' }, [begun('INBOUND'), begun('INBOUND'), begun('OUTBOUND')])).toMatchObject({ refusal: expect.any(String) });
  });
});

describe('a plan', () => {
  it('is kept where nothing is wrong with it, and otherwise told where and what', () => {
    expect(checkPlan(facilityPlan())).toEqual([]);
    const wrong = facilityPlan({
      zone: 'Nowhere/Here', gridMinutes: 7, hours: [{ weekday: 1, from: '06:00', to: '12:00' }, { weekday: 1, from: '11:00', to: '25:00' }, { weekday: 8, from: '06:00', to: '06:00' }, { weekday: 2, from: '06:00', to: '12:00' }, { weekday: 2, from: '11:00', to: '13:00' }],
      days: [{ on: '2026-02-30', hours: [] }], docks: [dock!, { ...dock!, name: ' d1', directions: [], maxHeightCm: 0 }], spots: ['D1', 'a\0b'], durations: [{ direction: 'INBOUND', minutes: 0 }], capacities: [{ perHour: -1 }],
      booking: { outsiders: 'BOOK', leadMinutes: -1, horizonDays: 0, noShowMinutes: 0 },
    });
    expect([...new Set(checkPlan(wrong).map(({ field }) => field))].sort()).toEqual([
      'plan.booking.horizonDays', 'plan.booking.leadMinutes', 'plan.booking.noShowMinutes', 'plan.capacities.0.perHour', 'plan.days.0.on', 'plan.docks.1.directions', 'plan.docks.1.maxHeightCm', 'plan.docks.1.name', 'plan.durations',
      'plan.durations.0.minutes', 'plan.gridMinutes', 'plan.hours.1.to', 'plan.hours.2.to', 'plan.hours.2.weekday', 'plan.hours.4', 'plan.spots.0', 'plan.spots.1', 'plan.zone',
    ]);
  });
});

describe('standing appointments', () => {
  const plan = facilityPlan({ days: [{ on: '2026-12-25', hours: [], reason: 'Christmas' }], booking: { ...facilityPlan().booking, horizonDays: 35 } });
  const standing = { weekday: 5, time: '08:30', from: '2026-12-01' };

  it('come every week at their time by the clock, within the horizon', () => {
    const found = occurrences(plan, standing, Date.parse('2026-11-23T12:00:00Z'));
    expect(found.map(({ on: day, startMs }) => [day, new Date(startMs!).toISOString().slice(11, 16)])).toEqual(['2026-12-04', '2026-12-11', '2026-12-18', '2026-12-25'].map((day) => [day, '07:30']));
    expect(occurrences(plan, { ...standing, until: '2026-12-11' }, Date.parse('2026-12-11T12:00:00Z'))).toEqual([]);
    expect(specialDayReason(plan, '2026-12-25', '08:30')).toBe('The facility is closed then: Christmas.');
    expect(specialDayReason(plan, addDays('2026-12-25', -7), '08:30')).toBeNull();
  });

  it('are told what is wrong with them', () => {
    const faults = [{ weekday: 0 }, { time: '24:00' }, { time: '08:10' }, { from: '2026-13-01' }, { until: '2026-11-30' }, { dock: 'D9' }].map((over) => checkStanding(plan, { ...standing, ...over })?.field);
    expect(faults).toEqual(['weekday', 'time', 'time', 'from', 'until', 'dock']);
  });

  it('are of days that can be: none that the calendar lacks, and none of years that nobody means', () => {
    expect(['2026-02-28', '2028-02-29'].every(isDay)).toBe(true);
    expect(['2026-02-29', '2026-13-01', '9999-12-31', '0000-01-01', '26-1-1'].some(isDay)).toBe(false);
  });
});
