import type { Random } from '../random.js';
import { Calendar, type Need } from './calendar.js';
import type { Direction, Handling, Site } from './site.js';
import { hourMs, minuteMs, type Booker, type Change, type DrawnAppointment, type DrawnOrder, type Slot } from './types.js';

/** How punctual the truck of an appointment is, and whether it comes at all. */
export type Fate = 'EARLY' | 'ON_TIME' | 'LATE' | 'VERY_LATE' | 'NEVER' | 'CANCELLED';

export interface DrawingDay {
  site: Site;
  random: Random;
  startMs: number;
  endMs: number;
}

export interface DrawnBook {
  appointments: DrawnAppointment[];
  fates: Map<string, Fate>;
}

/** What comes, with its share; the rest of the day is the yard's. */
const kinds: ReadonlyArray<{ weight: number; direction: Direction; handling: Handling }> = [
  { weight: 40, direction: 'INBOUND', handling: 'LIVE' },
  { weight: 28, direction: 'OUTBOUND', handling: 'LIVE' },
  { weight: 22, direction: 'INBOUND', handling: 'DROP' },
  { weight: 10, direction: 'OUTBOUND', handling: 'DROP' },
];
const fates: ReadonlyArray<{ weight: number; fate: Fate }> = [
  { weight: 52, fate: 'ON_TIME' }, { weight: 14, fate: 'EARLY' }, { weight: 17, fate: 'LATE' }, { weight: 6, fate: 'VERY_LATE' }, { weight: 5, fate: 'NEVER' }, { weight: 6, fate: 'CANCELLED' },
];
const bookers: ReadonlyArray<{ weight: number; booker: Booker }> = [{ weight: 66, booker: 'OFFICE' }, { weight: 22, booker: 'CARRIER' }, { weight: 12, booker: 'SCHEDULER' }];
/** What shops order; the sandbox's Odoo knows all of them. */
const skus = ['HPT-25', 'BCS-10', 'LBL-46', 'STF-20', 'BOX-161210', 'GLV-09', 'DBP-18', 'PTP-03'];

/** The last appointment begins so long before the day ends. */
const lastHours = 1.75;

/** The appointments of a day, and all that the office does about them. */
export function drawAppointments(day: DrawingDay & { count: number }): DrawnBook {
  const { site, random, startMs, endMs, count } = day;
  const calendar = new Calendar(site, random);
  const book: DrawnBook = { appointments: [], fates: new Map() };
  /** Times that were given back, and when. */
  const returned: Array<{ slot: Slot; atMs: number }> = [];
  for (let draws = 0; book.appointments.length < count; draws++) {
    if (draws > 3 * count) throw new Error(`The site has too few docks for ${count} appointments on a day.`);
    const number = book.appointments.length + 1;
    const need = drawNeed(random);
    const free = returned.findIndex(({ slot, atMs }) => slot.startMs > atMs + hourMs / 2 && calendar.takeAgain(slot, need) !== null);
    const again = free < 0 || random.chance(0.4) ? null : returned.splice(free, 1)[0]!;
    const slot = again === null ? calendar.draw(need, startMs, endMs - lastHours * hourMs) : calendar.takeAgain(again.slot, need);
    if (slot === null) continue;
    const appointment: DrawnAppointment = {
      key: `A${String(number).padStart(3, '0')}`, booker: again === null ? random.weighted(bookers).booker : 'OFFICE', carrier: random.pick(site.carriers), ...need, order: drawOrder(number, need.direction, random),
      bookedMs: again === null ? startMs - random.between(60, 2_000) * minuteMs : again.atMs + random.between(3, 10) * minuteMs, slot, changes: [],
    };
    const { fate } = random.weighted(fates);
    book.fates.set(appointment.key, fate);
    if (appointment.booker !== 'SCHEDULER') drawChanges(appointment, fate, { ...day, calendar, book, returned });
    else if (fate === 'CANCELLED' || fate === 'NEVER') book.fates.set(appointment.key, 'ON_TIME');
    book.appointments.push(appointment);
  }
  return book;
}

function drawNeed(random: Random): Need {
  const { direction, handling } = random.weighted(kinds);
  const cold = random.next();
  return { direction, handling, temperature: handling === 'DROP' || cold > 0.28 ? 'AMBIENT' : cold > 0.12 ? 'CHILLED' : 'FROZEN', pallets: random.between(2, 33) };
}

function drawOrder(number: number, direction: Direction, random: Random): DrawnOrder {
  const lines = [...new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(skus)))].map((sku) => ({ sku, quantity: random.between(5, 120) }));
  return { name: `WH/${direction === 'INBOUND' ? 'IN' : 'OUT'}/${50_000 + number}`, direction, lines };
}

interface Drawing extends DrawingDay {
  calendar: Calendar;
  book: DrawnBook;
  returned: Array<{ slot: Slot; atMs: number }>;
}

/** Changes come before the truck is under way: at the latest so long before it is due. */
const noticeMs = hourMs;

function drawChanges(appointment: DrawnAppointment, fate: Fate, drawing: Drawing): void {
  const { random, startMs, endMs, calendar, book, returned } = drawing;
  const { changes } = appointment;
  const fromMs = Math.max(startMs, appointment.bookedMs) + 2 * minuteMs;
  const at = (beforeMs: number) => fromMs + Math.floor(((beforeMs - fromMs) * random.next()) / 1000) * 1000;
  const isBefore = () => standing(appointment).startMs - noticeMs > lastChange(appointment, fromMs) + 5 * minuteMs;
  if (random.chance(0.14) && isBefore()) {
    const atMs = at(appointment.slot.startMs - noticeMs);
    const to = calendar.draw(appointment, Math.max(atMs + noticeMs + hourMs / 4, startMs), endMs - lastHours * hourMs);
    if (to !== null) {
      changes.push({ kind: 'RESCHEDULE', atMs, to });
      if (random.chance(0.25)) changes.push({ kind: 'UNDO', atMs: atMs + random.between(1, 4) * minuteMs });
    }
  }
  if (random.chance(0.08) && isBefore()) {
    const atMs = lastChange(appointment, fromMs) + 2 * minuteMs;
    const taken = book.appointments.filter((other) => isUndisturbed(other, book.fates) && other.slot.startMs > atMs + hourMs).map((other) => calendar.takeAgain(other.slot, appointment)).find((slot) => slot !== null);
    if (taken !== undefined) changes.push({ kind: 'RESCHEDULE_IN_VAIN', atMs, to: taken });
  }
  if (fate !== 'CANCELLED' && random.chance(0.04) && isBefore()) {
    const atMs = lastChange(appointment, fromMs) + 2 * minuteMs;
    changes.push({ kind: 'CANCEL', atMs, reason: 'By mistake.' }, { kind: 'UNDO', atMs: atMs + random.between(1, 3) * minuteMs });
  }
  const slot = standing(appointment);
  if (fate === 'CANCELLED') {
    const atMs = Math.max(lastChange(appointment, fromMs) + minuteMs, at(Math.max(fromMs + minuteMs, slot.startMs - noticeMs)));
    changes.push({ kind: 'CANCEL', atMs, reason: random.pick(['Truck broken down.', 'Goods not ready.', 'Order withdrawn.']) });
    returned.push({ slot, atMs });
  }
  if (fate === 'NEVER') changes.push({ kind: 'NO_SHOW', atMs: slot.startMs + random.between(60, 90) * minuteMs });
  // Who comes very late is sometimes given up first.
  if (fate === 'VERY_LATE' && random.chance(0.4)) {
    const atMs = slot.startMs + random.between(60, 75) * minuteMs;
    changes.push({ kind: 'NO_SHOW', atMs }, { kind: 'UNDO', atMs: atMs + random.between(5, 12) * minuteMs });
  }
}

function lastChange({ changes }: DrawnAppointment, fromMs: number): number {
  return changes.at(-1)?.atMs ?? fromMs;
}

/** Somebody whose time nobody moves: it is taken whenever it is looked at. */
function isUndisturbed({ key, changes, booker, bookedMs, slot }: DrawnAppointment, of: ReadonlyMap<string, Fate>): boolean {
  return changes.length === 0 && booker === 'OFFICE' && bookedMs < slot.startMs - 3 * hourMs && (of.get(key) === 'ON_TIME' || of.get(key) === 'LATE');
}

/** The time that stands after all changes. */
export function standing({ slot, changes }: { slot: Slot; changes: readonly Change[] }): Slot {
  const stack: Slot[] = [slot];
  for (const change of changes) {
    if (change.kind === 'RESCHEDULE') stack.push(change.to);
    else if (change.kind === 'CANCEL' || change.kind === 'NO_SHOW') stack.push(stack.at(-1)!);
    else if (change.kind === 'UNDO') stack.pop();
  }
  return stack.at(-1)!;
}
