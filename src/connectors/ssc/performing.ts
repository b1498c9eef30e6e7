import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { KnownOutside } from '../../model/yard/outside.js';
import type { Access, CommandMemory, FurtherCommand, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { bookAppointment, performedAppointment, type DockSystem, type HeldAppointment } from '../kit/appointments.js';
import { mayHaveHappened, withCode } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { refusalOf, SscApi } from './api.js';
import { bookWanted } from './booking.js';
import { notScheduled } from './codes.js';
import { readAt, type Reading, toAnswer, toHeld } from './held.js';
import { identifiersOf, identifiersOfRequest, nameOf } from './identifiers.js';
import type { Identifiers } from './payloads.js';
import type { SscSettings } from './settings.js';
import { durationOf, windowOf } from './times.js';

/** States in which somebody has a time there, or is about to get one. */
const standing = ['CONFIRMED', 'UNCONFIRMED', 'PENDING'];

/** Times at docks of whoever speaks the standard: a stop of a load has one appointment, which is how it is found where an answer was lost. */
export const perform: Perform<SscSettings> = {
  commands: ['appointment.book', 'appointment.move', 'appointment.cancel', 'appointment.follow'],
  async perform<K extends CommandKind>(access: Access<SscSettings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const opened = SscApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    switch (command.kind) {
      case 'appointment.book':
        return book(api, access, command as unknown as OutboundCommand<'appointment.book'>, memory);
      case 'appointment.move':
        return move(api, access, command as unknown as OutboundCommand<'appointment.move'>, memory);
      case 'appointment.cancel':
        return cancel(api, command as unknown as OutboundCommand<'appointment.cancel'>);
      default:
        return follow(api, access, command as unknown as OutboundCommand<'appointment.follow'>);
    }
  },
};

/** Asks for an appointment that nobody has; changes nothing. */
export async function test(access: Access<SscSettings>, timeoutMs: number): Promise<Outcome<string[]>> {
  const opened = SscApi.open(access, timeoutMs);
  if (!opened.ok) return opened;
  const told = await opened.value.ask('fetch-appointment-details', { identifiers: { appointmentId: 'gatehouse-connection-test' } });
  return told.ok ? { ok: true, value: [`The scheduling system at ${clip(access.settings.url ?? '', 200)} speaks the SSC standard.`] } : told;
}

async function book(api: SscApi, access: Access<SscSettings>, command: OutboundCommand<'appointment.book'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const identifiers = identifiersOfRequest(command.input, access.settings);
  const known: KnownOutside = { loads: command.input.references, ...(command.input.direction === undefined ? {} : { direction: command.input.direction }) };
  const find = async (): Promise<Outcome<HeldAppointment | null>> => {
    const read = await readAt(api, identifiers);
    if (!read.ok) return read;
    if (!isStanding(read.value) || !isAt(read.value, command.input.startsAt.instant)) return { ok: true, value: null };
    return { ok: true, value: held(access, read.value, identifiers, command.input.startsAt.instant, known) };
  };
  const system: DockSystem = {
    name: 'The scheduling system', settleMs: (access.settings.settleSeconds ?? 30) * 1000, toAnswer: toAnswer(command.id), find,
    async book() {
      const before = await readAt(api, identifiers);
      if (!before.ok && before.error.kind !== 'invalid') return { ok: false, error: { ...before.error, notSent: true } };
      if (before.ok && isStanding(before.value)) {
        const at = windowOf(before.value.appointment?.arrivalWindow)?.startsAt.instant;
        if (at !== command.input.startsAt.instant) return failure('invalid', `This stop has an appointment already${at === undefined ? '' : `, at ${at}`} (${before.value.status}): move that one.`, '');
        return { ok: true, value: held(access, before.value, identifiers, command.input.startsAt.instant, known) };
      }
      const made = await bookWanted(api, access.settings, command, identifiers);
      return made.ok ? { ok: true, value: held(access, made.value, identifiers, command.input.startsAt.instant, known) } : made;
    },
  };
  return bookAppointment(system, command, memory);
}

function isStanding({ status }: Reading): boolean {
  return standing.includes(status);
}

function isAt({ appointment, status }: Reading, instant: string): boolean {
  const window = windowOf(appointment?.arrivalWindow);
  // Of what is not decided yet some say no time.
  return window === null ? status === 'PENDING' : window.startsAt.instant === instant;
}

/** What is kept of a reading; where it is not decided, that it is followed. */
function held(access: Access<SscSettings>, reading: Reading, identifiers: Identifiers, wanted: string, known: KnownOutside): HeldAppointment {
  const one = toHeld(reading, identifiers, known);
  const further: FurtherCommand<'appointment.follow'> = { kind: 'appointment.follow', connection: access.connection, key: 'follow', input: { appointment: nameOf(identifiers) ?? '', startsAt: { instant: wanted, zone: 'Z' }, moves: false, known } };
  return reading.status === 'PENDING' ? { ...one, further: [further as FurtherCommand] } : one;
}

/**
 * Reads first: what stands at the wanted time already is not moved again. Where it is refused, the time before stands. What is not
 * decided yet is moved once it is, unless it is this very move that is being decided, asked for by an attempt whose answer was lost.
 */
async function move(api: SscApi, access: Access<SscSettings>, { id, input, attempt }: OutboundCommand<'appointment.move'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const identifiers = identifiersOf(input.appointment);
  const before = await readAt(api, identifiers);
  if (!before.ok) return before;
  const answered = (one: HeldAppointment) => performedAppointment({ toAnswer: toAnswer(id) }, one, attempt);
  const wanted = input.startsAt.instant;
  if (before.value.status === 'CONFIRMED' && isAt(before.value, wanted)) return answered(toHeld(before.value, identifiers, { ...input.known, before: identifiers }));
  const window = windowOf(before.value.appointment?.arrivalWindow);
  if (before.value.status === 'PENDING' && (memory.value === null || window?.startsAt.instant === wanted)) return undecided(access, before.value);
  if (before.value.status === 'PENDING') return pendingMove(access, before.value, identifiers, input, answered);
  if (!isStanding(before.value)) return failure('invalid', `The appointment is ${clip(before.value.status, 60)} at the scheduling system: it cannot be moved.`, '');
  const durationMs = input.endsAt !== undefined ? Date.parse(input.endsAt.instant) - Date.parse(wanted) : window?.endsAt !== undefined ? Date.parse(window.endsAt.instant) - Date.parse(window.startsAt.instant) : 3_600_000;
  await memory.remember({ asked: true });
  const told = await api.ask('reschedule-appointment', {
    identifiers: identifiers as unknown as Json, ...(input.reason === undefined ? {} : { comment: input.reason }),
    preferredAppointment: { arrivalWindow: { startDateTime: wanted, duration: durationOf(0, durationMs) }, ...(input.dock === undefined ? {} : { dockDoor: { id: input.dock, name: input.dock } }) },
  }, id);
  if (!told.ok) {
    if (!mayHaveHappened(withCode(told).error)) await memory.remember(null);
    return told;
  }
  const { answer, at } = told.value;
  if (answer.status === 'FAILURE') return refusalOf(answer, `Another time was refused; the time before stands${window === null ? '' : `, ${window.startsAt.instant}`}`);
  if (answer.status === 'PENDING') return pendingMove(access, { ...before.value, at }, identifiers, input, answered);
  return answered(toHeld({ ...before.value, at, appointment: answer.appointment ?? before.value.appointment, status: answer.appointmentStatus ?? 'CONFIRMED', confirmation: answer.appointmentConfirmationNumber ?? before.value.confirmation }, identifiers, { ...input.known, before: identifiers }));
}

/** The time before stands, with the other one as a wish, until it is decided. */
function pendingMove(access: Access<SscSettings>, before: Reading, identifiers: Identifiers, { appointment, startsAt, endsAt, known }: OutboundCommand<'appointment.move'>['input'], answered: (one: HeldAppointment) => Outcome<Performed>): Outcome<Performed> {
  const further: FurtherCommand<'appointment.follow'> = { kind: 'appointment.follow', connection: access.connection, key: 'follow', input: { appointment, startsAt, moves: true, ...(known === undefined ? {} : { known }) } };
  const wish = { startsAt: startsAt.instant, ...(endsAt === undefined ? {} : { endsAt: endsAt.instant }), isRefused: false };
  return answered({ ...toHeld({ ...before, status: before.status === 'PENDING' ? 'CONFIRMED' : before.status }, identifiers, { ...known, wish }), further: [further as FurtherCommand] });
}

async function cancel(api: SscApi, { id, input, attempt }: OutboundCommand<'appointment.cancel'>): Promise<Outcome<Performed>> {
  const identifiers = identifiersOf(input.appointment);
  const before = await readAt(api, identifiers);
  if (!before.ok) return before;
  const answered = (reading: Reading) => performedAppointment({ toAnswer: toAnswer(id) }, toHeld(reading, identifiers, { ...input.known, before: identifiers }), attempt);
  if (['CANCELED', notScheduled, 'REJECTED'].includes(before.value.status)) return answered(before.value);
  const told = await api.ask('cancel-appointment', { identifiers: identifiers as unknown as Json, ...(input.reason === undefined ? {} : { comment: input.reason }) }, id);
  if (!told.ok) return told;
  if (told.value.answer.status !== 'SUCCESS') return refusalOf(told.value.answer, 'The appointment was not given back');
  return answered({ ...before.value, at: told.value.at, status: 'CANCELED', reason: input.reason ?? before.value.reason });
}

/** Waits, asking again, until it is decided there. */
async function follow(api: SscApi, access: Access<SscSettings>, { id, input, attempt }: OutboundCommand<'appointment.follow'>): Promise<Outcome<Performed>> {
  const identifiers = identifiersOf(input.appointment);
  const read = await readAt(api, identifiers);
  if (!read.ok) return read;
  if (read.value.status === 'PENDING') return undecided(access, read.value);
  const isRefused = input.moves && isStanding(read.value) && !isAt(read.value, input.startsAt.instant);
  return performedAppointment({ toAnswer: toAnswer(id) }, toHeld(read.value, identifiers, { ...input.known, before: identifiers, ...(isRefused ? { wish: { startsAt: input.startsAt.instant, isRefused: true } } : {}) }), attempt);
}


function undecided({ settings }: Access<SscSettings>, { retryAfter }: Reading): Outcome<Performed> {
  const { error } = failure('unavailable', 'It is not decided there yet: it is asked again.', '');
  return { ok: false, error: { ...error, onlyThisCommand: true, retryAfter: retryAfter ?? settings.followSeconds ?? 60 } };
}
