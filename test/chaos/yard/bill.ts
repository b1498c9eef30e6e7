import type { Day, DrawnVisit } from '../../../src/sandbox/yard/types.js';
import { standing } from '../../../src/sandbox/yard/appointments.js';
import { agreed, type AgreedRule } from './terms.js';

/** What a truck or a trailer is paid for waiting. */
export interface BillLine {
  /** Key of the visit. */
  visit: string;
  carrier: string;
  kind: 'DRIVER' | 'TRAILER';
  /** Cents. */
  cents: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/**
 * The bill of the day, worked out from the times at which trucks came, stood and went, as they were drawn: nothing of it was read from
 * the product or is worked out by code of it.
 * @param nowMs what still waits is counted until then
 */
export function billOf(day: Day, nowMs: number, zone: string): BillLine[] {
  const appointments = new Map(day.appointments.map((each) => [each.key, each]));
  const lines: BillLine[] = [];
  for (const visit of day.visits) {
    if (visit.checkedInMs > day.endMs) continue;
    const appointment = visit.appointment === null ? undefined : appointments.get(visit.appointment);
    const bookedMs = appointment === undefined ? null : standing({ slot: appointment.slot, changes: appointment.changes.filter(({ atMs }) => atMs <= day.endMs) }).startMs;
    lines.push({ visit: visit.key, carrier: visit.carrier, kind: 'DRIVER', cents: driverCents(visit, bookedMs, day.endMs, nowMs) });
    // A trailer that was turned away never stood here: only one that was left did.
    if (visit.detach !== undefined && visit.detach.atMs <= day.endMs) lines.push({ visit: visit.key, carrier: visit.carrier, kind: 'TRAILER', cents: trailerCents(visit, bookedMs, day, nowMs, zone) });
  }
  // Who is told of by both is paid by the times of the site's own gate: there is no line for what the other system says of it.
  // The other system's trucks, which stood where somebody else stood: they have an appointment at their own time.
  for (const { key, carrier, checkedInMs, atDockMs, checkedOutMs } of day.contradictions) {
    if (checkedInMs > day.endMs) continue;
    lines.push({ visit: key, carrier, kind: 'DRIVER', cents: driverCents({ carrier, direction: 'INBOUND', booker: 'SCHEDULER', checkedInMs, atDock: { dock: '', atMs: atDockMs, startedMs: atDockMs, endedMs: atDockMs, fromMs: checkedOutMs }, checkedOutMs }, checkedInMs, day.endMs, nowMs) });
  }
  return lines;
}

/** A rule for the carrier alone, or for the carrier and the direction, goes before the general one. */
function ruleFor(kind: AgreedRule['kind'], carrier: string, direction: string): AgreedRule {
  const candidates = agreed.filter((rule) => rule.kind === kind && (rule.carrier === undefined || rule.carrier === carrier) && (rule.direction === undefined || rule.direction === direction));
  return candidates.find((rule) => rule.carrier !== undefined) ?? candidates[0]!;
}

type Waiting = Pick<DrawnVisit, 'carrier' | 'direction' | 'booker' | 'checkedInMs' | 'atDock' | 'checkedOutMs'>;

function driverCents(visit: Waiting, bookedMs: number | null, endMs: number, nowMs: number): number {
  const { terms } = ruleFor('DRIVER', visit.carrier, visit.direction);
  const known = (ms: number | undefined) => (ms === undefined || ms > endMs ? undefined : ms);
  const out = known(visit.checkedOutMs);
  // The other system does not say when a truck was loaded, nor when it left its dock.
  const isOurs = visit.booker !== 'SCHEDULER';
  const [docked, begun, ended, left] = [known(visit.atDock?.atMs), ...(isOurs ? [known(visit.atDock?.startedMs), known(visit.atDock?.endedMs), known(visit.atDock?.fromMs)] : [undefined, undefined, undefined])];
  const cameMs = terms.start === 'CHECK_IN' ? visit.checkedInMs : (docked ?? begun ?? ended ?? left ?? out);
  if (cameMs === undefined) return 0;
  const startMs = Math.max(cameMs, bookedMs ?? cameMs);
  const stopMs = (terms.stop === 'LEFT_DOCK' ? left : undefined) ?? out ?? nowMs;
  if (stopMs <= startMs) return 0;
  if (terms.late?.outcome === 'FORFEIT' && bookedMs !== null && visit.checkedInMs > bookedMs + terms.late.afterMinutes * minuteMs) return 0;
  const waited = Math.floor((stopMs - startMs) / minuteMs);
  return cents(Math.max(0, waited - terms.free), terms);
}

function trailerCents({ trailer, carrier, direction, checkedInMs }: DrawnVisit, bookedMs: number | null, day: Day, nowMs: number, zone: string): number {
  const { terms } = ruleFor('TRAILER', carrier, direction);
  const fetched = day.visits.filter((other) => other.turnedAway === undefined && (other.trailerOut === trailer && other.attach !== undefined || other.namesTrailer === true && other.trailer === trailer) && other.checkedOutMs >= checkedInMs && other.checkedOutMs <= day.endMs).map((other) => other.checkedOutMs);
  const startMs = Math.max(checkedInMs, bookedMs ?? checkedInMs);
  const stopMs = Math.max(startMs, fetched.length === 0 ? nowMs : Math.min(...fetched));
  if (fetched.length > 0 && Math.min(...fetched) < startMs) return 0;
  const days = terms.days === 'PERIODS' ? Math.ceil((stopMs - startMs) / dayMs) : dayNumber(stopMs, zone) - dayNumber(startMs, zone) + 1;
  return cents(Math.max(0, days - terms.free), terms);
}

function dayNumber(ms: number, zone: string): number {
  const text = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
  return Date.parse(`${text}T00:00:00Z`) / dayMs;
}

function cents(beyond: number, { increment, minimum = 0, maximum = Infinity, minimumAmount, maximumAmount, rate }: AgreedRule['terms']): number {
  if (beyond === 0 || beyond < minimum) return 0;
  // Amounts are kept in full until the end: half a cent and more is a cent.
  const exact = Math.ceil(Math.min(beyond, maximum) / increment) * inMillionths(rate.amount);
  const atLeast = minimumAmount === undefined ? exact : Math.max(exact, inMillionths(minimumAmount));
  const charged = maximumAmount === undefined ? atLeast : Math.min(atLeast, inMillionths(maximumAmount));
  return Math.floor((charged + 5_000) / 10_000);
}

const inMillionths = (amount: string) => Math.round(Number(amount) * 1_000_000);
