import { isZone } from '../../lib/zone.js';
import { isDay, minutesOf } from './local-time.js';
import { dockDirections, handlings, temperatures } from './records.js';
import type { Dock, DurationRule, FacilityPlan } from './plan.js';

/** What is wrong with a plan, and where: `plan.docks.2.name`. */
export interface PlanFault {
  field: string;
  message: string;
}

const limits = { name: 100, reason: 500, hours: 100, days: 400, docks: 300, spots: 2000, rules: 100, blocked: 200, minutes: 24 * 60, perHour: 10_000, pallets: 10_000, heightCm: 2000, leadMinutes: 60 * 24 * 90, horizonDays: 366 } as const;

type Report = (field: string, message: string) => void;

/** Everything that is wrong with a plan; nothing where it can be kept. */
export function checkPlan(plan: FacilityPlan): PlanFault[] {
  const faults: PlanFault[] = [];
  const report: Report = (field, message) => void faults.push({ field: `plan.${field}`, message });
  text(report, 'name', plan.name, limits.name);
  if (!isZone(plan.zone)) report('zone', 'This is no IANA zone. One is Europe/Berlin.');
  if (!whole(plan.gridMinutes, 1, limits.minutes) || limits.minutes % plan.gridMinutes !== 0) report('gridMinutes', 'The grid is a number of minutes that divides a day: 15, 30, 60.');
  checkHours(report, plan);
  checkDocks(report, plan);
  checkRules(report, plan);
  checkBooking(report, plan);
  return faults;
}

function checkHours(report: Report, plan: FacilityPlan): void {
  size(report, 'hours', plan.hours, limits.hours);
  size(report, 'days', plan.days, limits.days);
  plan.hours.forEach((each, index) => {
    if (!whole(each.weekday, 1, 7)) report(`hours.${index}.weekday`, 'A day of the week is 1 (Monday) to 7 (Sunday).');
    range(report, `hours.${index}`, each);
  });
  for (let weekday = 1; weekday <= 7; weekday++) overlaps(report, plan.hours.map((each, index) => ({ ...each, field: `hours.${index}` })).filter((each) => each.weekday === weekday));
  const seen = new Set<string>();
  plan.days.forEach((day, index) => {
    if (!isDay(day.on)) report(`days.${index}.on`, 'This is no day. One is 2026-12-25.');
    else if (seen.has(day.on)) report(`days.${index}.on`, `${day.on} is there twice. Give all its hours at once.`);
    seen.add(day.on);
    size(report, `days.${index}.hours`, day.hours, limits.hours);
    if (day.reason !== undefined) text(report, `days.${index}.reason`, day.reason, limits.reason);
    day.hours.forEach((each, at) => range(report, `days.${index}.hours.${at}`, each));
    overlaps(report, day.hours.map((each, at) => ({ ...each, field: `days.${index}.hours.${at}` })));
  });
}

function range(report: Report, field: string, { from, to }: { from: string; to: string }): void {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  if (start === null || start === limits.minutes) report(`${field}.from`, 'This is no time of day. One is 06:00.');
  if (end === null) report(`${field}.to`, 'This is no time of day. One is 18:00, and 24:00 ends the day.');
  if (start !== null && end !== null && end <= start) report(`${field}.to`, 'Hours end after they begin. What is open over midnight is two: until 24:00, and from 00:00 on the next day.');
}

function overlaps(report: Report, hours: ReadonlyArray<{ from: string; to: string; field: string }>): void {
  const known = hours.map((each) => ({ field: each.field, start: minutesOf(each.from), end: minutesOf(each.to) })).filter((each): each is { field: string; start: number; end: number } => each.start !== null && each.end !== null);
  known.sort((a, b) => a.start - b.start);
  known.forEach((each, index) => {
    if (index > 0 && each.start < known[index - 1]!.end) report(each.field, 'These hours overlap others of the same day.');
  });
}

function checkDocks(report: Report, plan: FacilityPlan): void {
  size(report, 'docks', plan.docks, limits.docks);
  size(report, 'spots', plan.spots, limits.spots);
  const names = new Map<string, string>();
  const unique = (field: string, name: string) => {
    text(report, field, name, limits.name);
    const key = name.trim().toUpperCase();
    const other = names.get(key);
    if (other !== undefined) report(field, `${other} has this name already. Docks and spots are told apart by their names.`);
    else names.set(key, field);
  };
  plan.docks.forEach((dock, index) => {
    unique(`docks.${index}.name`, dock.name);
    checkDock(report, `docks.${index}`, dock);
  });
  plan.spots.forEach((spot, index) => unique(`spots.${index}`, spot));
}

function checkDock(report: Report, field: string, dock: Dock): void {
  some(report, `${field}.directions`, dock.directions, dockDirections.filter((each) => each !== 'UNKNOWN'));
  some(report, `${field}.handlings`, dock.handlings, handlings);
  some(report, `${field}.temperatures`, dock.temperatures, temperatures);
  if (dock.maxHeightCm !== undefined && !whole(dock.maxHeightCm, 1, limits.heightCm)) report(`${field}.maxHeightCm`, `A height is 1 to ${limits.heightCm} cm.`);
  size(report, `${field}.blocked`, dock.blocked ?? [], limits.blocked);
  dock.blocked?.forEach((each, index) => {
    const [from, to] = [Date.parse(each.from), Date.parse(each.to)];
    if (Number.isNaN(from)) report(`${field}.blocked.${index}.from`, 'This is no instant.');
    if (Number.isNaN(to) || to <= from) report(`${field}.blocked.${index}.to`, 'It ends at an instant after it begins.');
    if (each.reason !== undefined) text(report, `${field}.blocked.${index}.reason`, each.reason, limits.reason);
  });
}

function checkRules(report: Report, plan: FacilityPlan): void {
  size(report, 'durations', plan.durations, limits.rules);
  size(report, 'capacities', plan.capacities, limits.rules);
  plan.durations.forEach((rule, index) => {
    conditions(report, `durations.${index}`, rule);
    if (rule.fromPallets !== undefined && !whole(rule.fromPallets, 0, limits.pallets)) report(`durations.${index}.fromPallets`, `Pallets are 0 to ${limits.pallets}.`);
    if (!whole(rule.minutes, 1, limits.minutes)) report(`durations.${index}.minutes`, `A truck has its dock for 1 to ${limits.minutes} minutes.`);
  });
  const last = plan.durations.at(-1);
  if (last === undefined || Object.entries(last).some(([key, value]) => key !== 'minutes' && value !== undefined)) report('durations', 'The last rule has no condition, so that there is one for every truck.');
  plan.capacities.forEach((rule, index) => {
    conditions(report, `capacities.${index}`, rule);
    if (rule.temperature !== undefined && !temperatures.includes(rule.temperature)) report(`capacities.${index}.temperature`, `One of ${temperatures.join(', ')}.`);
    if (!whole(rule.perHour, 0, limits.perHour)) report(`capacities.${index}.perHour`, `0 to ${limits.perHour} may begin within an hour.`);
  });
}

function conditions(report: Report, field: string, { direction, handling }: Pick<DurationRule, 'direction' | 'handling'>): void {
  if (direction !== undefined && !(dockDirections.includes(direction) && direction !== ('UNKNOWN' as string))) report(`${field}.direction`, 'INBOUND or OUTBOUND.');
  if (handling !== undefined && !handlings.includes(handling)) report(`${field}.handling`, 'LIVE or DROP.');
}

function checkBooking(report: Report, { booking }: FacilityPlan): void {
  if (!['BOOK', 'REQUEST', 'NEVER'].includes(booking.outsiders)) report('booking.outsiders', 'BOOK, REQUEST or NEVER.');
  if (!whole(booking.leadMinutes, 0, limits.leadMinutes)) report('booking.leadMinutes', `0 to ${limits.leadMinutes} minutes.`);
  if (!whole(booking.horizonDays, 1, limits.horizonDays)) report('booking.horizonDays', `1 to ${limits.horizonDays} days.`);
  if (booking.noShowMinutes !== null && !whole(booking.noShowMinutes, 1, limits.minutes)) report('booking.noShowMinutes', `1 to ${limits.minutes} minutes, or null.`);
}

function whole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function size(report: Report, field: string, list: readonly unknown[], most: number): void {
  if (list.length > most) report(field, `At most ${most}; these are ${list.length}.`);
}

function some<T>(report: Report, field: string, list: readonly T[], of: readonly T[]): void {
  if (list.length === 0 || new Set(list).size !== list.length || !list.every((each) => of.includes(each))) report(field, `At least one of ${of.join(', ')}, each once.`);
}

function text(report: Report, field: string, value: string, most: number): void {
  if (value.trim() === '' || value.length > most) report(field, `A text of 1 to ${most} characters.`);
  else if (value.includes('\0') || !value.isWellFormed()) report(field, 'The text holds a character that cannot be stored.');
}
