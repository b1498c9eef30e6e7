import { standing, type DrawingDay, type DrawnBook, type Fate } from './appointments.js';
import { Calendar } from './calendar.js';
import { drawFindings, drawSeals } from './findings.js';
import { Trailers } from './trailers.js';
import { hourMs, minuteMs, type Contradiction, type Day, type DrawnAppointment, type DrawnVisit, type DrawnVisitType, type ToldTwice } from './types.js';

/** Minutes between the time of an appointment and the check-in of its truck. */
const punctuality: Readonly<Record<Exclude<Fate, 'NEVER' | 'CANCELLED'>, readonly [number, number]>> = { EARLY: [-80, -25], ON_TIME: [-20, 8], LATE: [16, 55], VERY_LATE: [95, 150] };
/** Of the trailers that belong here, how many stand in the yard when the day begins. */
const standingShare = 0.4;
/** So long before the day no truck comes that names nothing: it would be taken for the one that its carrier has booked. */
const namelessMs = 6.5 * hourMs;
const minutes = (of: number) => of * minuteMs;
/** At a dock besides loading or unloading, at most. */
const atDockMinutes = 12;
/** The other system does not tell when a truck left its dock, only when it left the site, and its messages take their time: for all who hear of it the dock is in use until then. */
const untilToldMinutes = atDockMinutes + 30;
/** Between one truck and the next at a dock. */
const turnMs = 3 * minuteMs;

/** Everything that trucks and shunters do on a day. */
export function drawVisits(day: DrawingDay & DrawnBook): Pick<Day, 'visits' | 'moves' | 'contradictions' | 'toldTwice'> {
  const { random, site, startMs } = day;
  const trailers = new Trailers(site, random);
  const earlier = Array.from({ length: Math.round(site.trailers.length * standingShare) }, (_, index) => bringEarlier(index, day, trailers));
  const arrivals = day.appointments.flatMap((appointment) => {
    const fate = day.fates.get(appointment.key)!;
    if (fate === 'NEVER' || fate === 'CANCELLED') return [];
    const checkedInMs = Math.max(standing(appointment).startMs + random.between(punctuality[fate][0] * 60, punctuality[fate][1] * 60) * 1000, startMs + minutes(1), (appointment.changes.at(-1)?.atMs ?? appointment.bookedMs) + minutes(3));
    return [{ appointment, checkedInMs }];
  });
  arrivals.sort((a, b) => a.checkedInMs - b.checkedInMs);
  const docks = new DockUse(day);
  const visits = arrivals.map(({ appointment, checkedInMs }, index) => drawVisit(appointment, checkedInMs, `V${String(index + 1).padStart(3, '0')}`, { ...day, trailers, docks }));
  const all = [...earlier, ...turnAway(earlier, day), ...visits].sort((a, b) => a.checkedInMs - b.checkedInMs);
  return { visits: all, moves: trailers.moves.sort((a, b) => a.requestedMs - b.requestedMs), contradictions: contradict(visits, day), toldTwice: tellTwice(visits, day) };
}

function bringEarlier(index: number, { random, site, startMs }: DrawingDay, trailers: Trailers): DrawnVisit {
  const checkedInMs = startMs - namelessMs - random.between(40, 5_100) * minuteMs;
  const trailer = trailers.comes(Infinity)!;
  const detach = { atMs: checkedInMs + minutes(random.between(6, 20)), spot: trailers.takeSpot(Infinity)! };
  trailers.detached(trailer, detach.spot, startMs - minutes(60), false);
  return {
    ...visitOf(`E${String(index + 1).padStart(3, '0')}`, random.pick(site.carriers), checkedInMs, 'DROP'), trailer, detach, checkedOutMs: detach.atMs + minutes(random.between(3, 10)),
  };
}

/** So many trucks are turned away for each that brought a trailer before the day. */
const turnedAwayShare = 0.25;

/** Trucks that are turned away at the gate: half of them bring a trailer, on the days before, and half are to fetch one that stands here, and wait for an answer. */
function turnAway(earlier: readonly DrawnVisit[], { random, site, startMs, endMs }: DrawingDay): DrawnVisit[] {
  return earlier.slice(0, Math.max(2, Math.round(earlier.length * turnedAwayShare))).map((visit, index): DrawnVisit => {
    const key = `R${String(index + 1).padStart(3, '0')}`;
    const fetches = index % 2 === 1;
    const checkedInMs = fetches ? random.between(visit.checkedOutMs / 1000, (startMs - namelessMs) / 1000) * 1000 : random.between(startMs / 1000, endMs / 1000) * 1000 - 4 * 24 * hourMs;
    return { ...visitOf(key, random.pick(site.carriers), checkedInMs, fetches ? 'PICK_UP' : 'DROP'), trailer: fetches ? visit.trailer : `TURNED-${key}`, turnedAway: 'The papers are wrong.', checkedOutMs: checkedInMs + minutes(random.between(2, fetches ? 150 : 20)) };
  });
}

function visitOf(key: string, carrier: string, checkedInMs: number, type: DrawnVisitType): DrawnVisit {
  return {
    key, appointment: null, order: null, booker: 'OFFICE', carrier, type, direction: type === 'LIVE_LOAD' || type === 'PICK_UP' ? 'OUTBOUND' : 'INBOUND', truck: `${carrier}-${key}`, trailer: null, trailerOut: null, names: [], isUnknown: false, checkedInMs,
    seals: { in: [], out: [] }, counts: [], findings: [], checkedOutMs: checkedInMs,
  };
}

interface Drawing extends DrawingDay {
  trailers: Trailers;
  docks: DockUse;
}

function drawVisit(appointment: DrawnAppointment, checkedInMs: number, key: string, drawing: Drawing): DrawnVisit {
  const { random } = drawing;
  const isUnknown = appointment.booker !== 'SCHEDULER' && random.chance(0.03);
  const visit: DrawnVisit = {
    ...visitOf(key, appointment.carrier, checkedInMs, appointment.direction === 'INBOUND' ? 'LIVE_UNLOAD' : 'LIVE_LOAD'), appointment: appointment.key, order: appointment.order.name, booker: appointment.booker, direction: appointment.direction,
    names: [isUnknown ? `PO-${random.between(900_000, 999_999)}` : appointment.order.name], isUnknown,
  };
  if (appointment.handling === 'LIVE' || appointment.booker === 'SCHEDULER') live(visit, appointment, drawing);
  else atYard(visit, appointment, drawing);
  return visit;
}

/** The truck waits while it is loaded or unloaded. */
function live(visit: DrawnVisit, appointment: DrawnAppointment, drawing: Drawing): void {
  const { random } = drawing;
  visit.trailer = `${visit.carrier}T${visit.key.slice(1)}`;
  visit.trailerOut = visit.trailer;
  const handling = random.chance(0.2) ? random.between(90, 230) : random.between(18, 55);
  const ready = visit.checkedInMs + minutes(random.between(2, 14));
  const { dock, atMs } = drawing.docks.next(appointment, ready, handling + (visit.booker === 'SCHEDULER' ? untilToldMinutes : atDockMinutes));
  const startedMs = atMs + minutes(random.between(1, 6));
  const endedMs = startedMs + minutes(handling);
  const fromMs = endedMs + minutes(random.between(1, 5));
  visit.atDock = { dock, atMs, startedMs, endedMs, fromMs };
  visit.checkedOutMs = fromMs + minutes(random.between(2, 15));
  if (visit.booker === 'SCHEDULER') return;
  if (random.chance(0.05)) visit.mistake = { atMs: startedMs + minutes(2), undoneMs: startedMs + minutes(3) };
  drawSeals(visit, random);
  drawFindings(visit, appointment.order, random);
}

/** It leaves its trailer, fetches one, or both. */
function atYard(visit: DrawnVisit, appointment: DrawnAppointment, { random, trailers }: Drawing): void {
  const first = visit.checkedInMs + minutes(random.between(4, 15));
  const second = first + minutes(random.between(4, 10));
  const isSwap = appointment.direction === 'INBOUND' && random.chance(0.45);
  const brought = appointment.direction === 'INBOUND' ? trailers.comes(visit.checkedInMs) : null;
  const spot = brought === null ? null : trailers.takeSpot(visit.checkedInMs);
  const outMs = second + minutes(random.between(2, 12));
  const isNamed = brought === null && random.chance(0.5);
  const fetched = brought === null || isSwap ? trailers.goes(visit.checkedInMs, isNamed ? outMs : second) : null;
  visit.checkedOutMs = outMs;
  visit.type = brought === null ? 'PICK_UP' : fetched === null ? 'DROP' : 'DROP_HOOK';
  visit.trailer = brought;
  visit.trailerOut = fetched;
  if (brought !== null && spot === null) throw new Error('The site has too few spots for the trailers that are brought.');
  if (brought !== null) {
    visit.detach = { atMs: first, spot: spot! };
    trailers.detached(brought, spot!, first, true);
  }
  if (fetched === null) return;
  if (isNamed) Object.assign(visit, { trailer: fetched, namesTrailer: true });
  else visit.attach = { atMs: second };
}

/** When docks are in use, as trucks come one after the other. */
class DockUse {
  readonly #uses = new Map<string, Array<{ fromMs: number; toMs: number }>>();
  readonly #book: readonly DrawnAppointment[];
  readonly #calendar: Calendar;

  constructor(day: DrawingDay & DrawnBook) {
    this.#calendar = new Calendar(day.site, day.random);
    this.#book = day.appointments;
  }

  /** The dock of its appointment when that is free by then or soon, else another one that is free and booked by nobody meanwhile. */
  next(appointment: DrawnAppointment, readyMs: number, stayMinutes: number): { dock: string; atMs: number } {
    const { dock: own, startMs } = standing(appointment);
    const stayMs = minutes(stayMinutes);
    // Who comes early waits for its time where somebody else is booked before.
    const earliest = this.#isBooked(own, readyMs, startMs, appointment.key) ? Math.max(readyMs, startMs) : readyMs;
    const ownMs = this.#free(own, earliest, stayMs);
    if (ownMs - readyMs <= minutes(25) || appointment.booker === 'SCHEDULER') return this.#use(own, ownMs, stayMs);
    const other = this.#calendar.docksFor(appointment).find(({ name }) => name !== own && this.#free(name, readyMs, stayMs) === readyMs && !this.#isBooked(name, readyMs, readyMs + stayMs, appointment.key));
    return other === undefined ? this.#use(own, ownMs, stayMs) : this.#use(other.name, readyMs, stayMs);
  }

  #use(dock: string, atMs: number, stayMs: number): { dock: string; atMs: number } {
    this.#uses.set(dock, [...(this.#uses.get(dock) ?? []), { fromMs: atMs, toMs: atMs + stayMs }]);
    return { dock, atMs };
  }

  /** From `fromMs` on, the first time at which it is free for so long. */
  #free(dock: string, fromMs: number, stayMs: number): number {
    let atMs = fromMs;
    for (const use of (this.#uses.get(dock) ?? []).toSorted((a, b) => a.fromMs - b.fromMs)) if (use.fromMs < atMs + stayMs + turnMs && atMs < use.toMs + turnMs) atMs = use.toMs + turnMs;
    return atMs;
  }

  #isBooked(dock: string, fromMs: number, toMs: number, except: string): boolean {
    return this.#book.some((other) => {
      const slot = standing(other);
      return other.key !== except && slot.dock === dock && slot.startMs < toMs && fromMs < slot.endMs;
    });
  }
}

/** Of so many live visits the other system tells, too. */
const toldTwiceShare = 0.04;

/** Of the trucks that waited longest, so that most of them are paid for it: the other system has them come earlier and leave later. */
function tellTwice(visits: readonly DrawnVisit[], { random, endMs }: DrawingDay): ToldTwice[] {
  const candidates = visits.filter(({ booker, atDock, checkedOutMs }) => booker !== 'SCHEDULER' && atDock !== undefined && checkedOutMs < endMs - hourMs);
  const longest = candidates.toSorted((a, b) => b.checkedOutMs - b.checkedInMs - (a.checkedOutMs - a.checkedInMs));
  return longest.slice(0, Math.max(1, Math.round(visits.length * toldTwiceShare))).map((visit, index): ToldTwice => {
    const { key, truck, carrier, direction, atDock, checkedInMs, checkedOutMs } = visit;
    return { key: `D${index + 1}`, visit: key, truck, carrier, direction, checkedInMs: checkedInMs - minutes(random.between(1, 8)), atDockMs: atDock!.atMs + minutes(random.between(1, 4)), checkedOutMs: checkedOutMs + minutes(random.between(1, 30)) };
  });
}

/** So many live visits of a day are contradicted by the other system. */
const contradictedShare = 0.012;

function contradict(visits: readonly DrawnVisit[], { random, startMs, endMs }: DrawingDay): Contradiction[] {
  const candidates = visits.filter(({ booker, atDock }) => booker !== 'SCHEDULER' && atDock !== undefined && atDock.endedMs - atDock.startedMs > minutes(20) && atDock.fromMs < endMs - hourMs && atDock.atMs > startMs + hourMs / 2);
  const count = Math.max(1, Math.round(visits.length * contradictedShare));
  return Array.from({ length: Math.min(count, candidates.length) }, (_, index): Contradiction => {
    const visit = candidates.splice(Math.floor(random.next() * candidates.length), 1)[0]!;
    const { dock, atMs } = visit.atDock!;
    const atDockMs = atMs + minutes(random.between(5, 10));
    return { key: `C${index + 1}`, visit: visit.key, dock, truck: `GHOST-${index + 1}`, carrier: visit.carrier, checkedInMs: atDockMs - minutes(4), atDockMs, checkedOutMs: atDockMs + minutes(3) };
  });
}
