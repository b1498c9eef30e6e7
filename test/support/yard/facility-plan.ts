import type { FacilityPlan } from '../../../src/model/yard/plan.js';

/** A warehouse with four docks that is open from Monday to Friday, with a half hour's grid. */
export function facilityPlan(over: Partial<FacilityPlan> = {}): FacilityPlan {
  return {
    name: 'Main warehouse', zone: 'Europe/Berlin', gridMinutes: 30,
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', to: '18:00' })),
    days: [], spots: ['P1', 'P2', 'P3'],
    docks: ['D1', 'D2', 'D3'].map((name) => ({ name, directions: ['INBOUND', 'OUTBOUND'], handlings: ['LIVE', 'DROP'], temperatures: ['AMBIENT'] })),
    durations: [{ minutes: 60 }], capacities: [],
    booking: { outsiders: 'BOOK', leadMinutes: 0, horizonDays: 60, noShowMinutes: 60 },
    ...over,
  };
}
