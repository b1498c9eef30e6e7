import { datetime } from '../../../src/sandbox/odoo/records.js';
import { Differences } from './differences.js';
import { confirmedDifferences, expectedAppointment } from './expected.js';
import { orderId, plannedBefore, type Stage } from './stage.js';

/** States in which an appointment plans its transfer. */
const planning = ['SCHEDULED', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED'];

/** What stands in the simulated Odoo, against what was played: dates, trucks that came or did not, what was counted, and what was confirmed. */
export function compareOdoo({ day, sandbox }: Stage): Differences {
  const differences = new Differences();
  const visitOf = new Map(day.visits.map((visit) => [visit.appointment, visit]));
  for (const appointment of day.appointments) {
    const visit = visitOf.get(appointment.key);
    const expected = expectedAppointment(appointment, visit, day);
    const id = orderId(appointment.order);
    const row = sandbox.odoo.rows('stock.picking').get(id);
    const plan = planning.includes(expected.state) ? datetime(Date.parse(expected.startsAt)) : plannedBefore;
    if (row?.scheduled_date !== plan) differences.say(`${appointment.order.name} (${appointment.key}, ${expected.state}) is planned for ${row?.scheduled_date} and should be for ${plan}`);
    const differs = visit === undefined ? null : confirmedDifferences(visit, appointment, day);
    // What differs is left to people: Odoo has its quantities as they were.
    const state = differs !== null && !Object.values(differs).includes(true) ? 'done' : 'assigned';
    if (row?.state !== state) differences.say(`${appointment.order.name} (${appointment.key}) is ${row?.state} and should be ${state}`);
    if (state === 'done' && JSON.stringify(quantities(row?.lines ?? [])) !== JSON.stringify(quantities(appointment.order.lines))) differences.say(`${appointment.order.name} has other quantities than were confirmed`);
    const counted = visit === undefined || visit.counts.length === 0 || visit.counts[0]!.atMs > day.endMs ? [] : quantities(visit.counts);
    const progress = quantities((sandbox.written.results.get(id)?.counted ?? []).map((line) => ({ quantity: line.counted })));
    if (JSON.stringify(progress) !== JSON.stringify(counted)) differences.say(`${appointment.order.name} shows ${JSON.stringify(progress)} as counted and should ${JSON.stringify(counted)}`);
    const arrivals = [...(sandbox.written.results.get(id)?.arrivals.values() ?? [])].filter(({ retracted }) => !retracted).map(({ state }) => state).sort();
    const came = visit === undefined || visit.checkedInMs > day.endMs ? [] : [visitState(visit, day.endMs)];
    const wanted = expected.state === 'NO_SHOW' ? ['NO_SHOW'] : came;
    if (JSON.stringify(arrivals) !== JSON.stringify(wanted)) differences.say(`${appointment.order.name} (${appointment.key}) tells of ${JSON.stringify(arrivals)} and should of ${JSON.stringify(wanted)}`);
  }
  return differences;
}

function quantities(lines: ReadonlyArray<{ quantity: number }>): number[] {
  return lines.map(({ quantity }) => quantity).sort((a, b) => a - b);
}

function visitState(visit: Stage['day']['visits'][number], endMs: number): string {
  if (visit.checkedOutMs <= endMs) return 'CHECKED_OUT';
  const { atDock, booker } = visit;
  return atDock !== undefined && atDock.atMs <= endMs && (booker === 'SCHEDULER' || atDock.fromMs > endMs) ? 'AT_DOCK' : 'CHECKED_IN';
}
