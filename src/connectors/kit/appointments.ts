import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { Answer, CommandMemory, ConnectorError, FurtherCommand, Outcome, OutboundCommand, Performed } from '../contract.js';
import { foundBegun } from './booking/found-before.js';
import { withCode, withoutCode } from './booking/errors.js';

/** An appointment as the other system states it. */
export interface HeldAppointment {
  /** The system's own object, as it is kept and read. */
  raw: Json;
  /** For who asked; without secrets and personal data. */
  result: { [name: string]: Json };
  /** It stays to be decided there: what becomes of it is asked by this command. */
  further?: FurtherCommand[];
}

/** A system that gives out times at docks. */
export interface DockSystem {
  name: string;
  /** Milliseconds after a call whose answer was lost until a look-up that finds nothing is believed. */
  settleMs: number;
  /** Takes the time. Called when it is certain that no call before has taken one. */
  book(): Promise<Outcome<HeldAppointment>>;
  /** The appointment that an earlier call of this command has made; null: none. */
  find(): Promise<Outcome<HeldAppointment | null>>;
  toAnswer(appointment: HeldAppointment, attempt: number): Answer;
}

const bookingMemory = z.object({
  /** When a call was begun, or ended, last whose outcome is not known. */
  begun: z.object({ lastMs: z.number() }).optional(),
  made: z.object({ raw: z.json(), result: z.record(z.string(), z.json()), further: z.array(z.custom<FurtherCommand>()).optional() }).optional(),
});
type BookingMemory = z.infer<typeof bookingMemory>;

/** Takes a time at a dock once: whether a call whose answer was lost has taken it is found out before another is made. */
export async function bookAppointment(system: DockSystem, command: OutboundCommand<'appointment.book'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const state: BookingMemory = bookingMemory.safeParse(memory.value ?? {}).data ?? {};
  const remember = () => memory.remember(structuredClone(state) as unknown as Json);
  if (state.made === undefined) {
    const made = await madeOnce(system, command, state, remember);
    if (!made.ok) return made;
    state.made = { raw: made.value.raw, result: made.value.result, ...(made.value.further === undefined ? {} : { further: made.value.further }) };
    delete state.begun;
    await remember();
  }
  const { raw, result, further } = state.made;
  return performedAppointment(system, { raw: raw as Json, result: result as HeldAppointment['result'], ...(further === undefined ? {} : { further }) }, command.attempt);
}

/** What is said of a command that was carried out. */
export function performedAppointment(system: Pick<DockSystem, 'toAnswer'>, held: HeldAppointment, attempt: number): Outcome<Performed> {
  return { ok: true, value: { state: 'DONE', result: held.result, answers: [system.toAnswer(held, attempt)], files: [], ...(held.further === undefined ? {} : { further: held.further }) } };
}

async function madeOnce(system: DockSystem, command: OutboundCommand<'appointment.book'>, state: BookingMemory, remember: () => Promise<void>): Promise<Outcome<HeldAppointment>> {
  if (state.begun !== undefined) {
    const found = await foundBegun<HeldAppointment>({
      name: system.name, guard: 'look-up', settleMs: system.settleMs, atMs: state.begun.lastMs, madeId: null, find: async () => coded(await system.find()),
      thing: 'the appointment', done: 'booked', advice: `Look there for the appointment (our reference is ${command.id}); if there is none, discard this and ask anew.`,
    });
    if (!found.ok) return withoutCode(found.error);
    if (found.value !== null) return { ok: true, value: found.value };
  }
  state.begun = { lastMs: Date.now() };
  await remember();
  const made = await system.book();
  if (made.ok) return made;
  if (mayHaveBooked(made.error)) state.begun = { lastMs: Date.now() };
  else delete state.begun;
  await remember();
  return made;
}

function coded<T>(outcome: Outcome<T>) {
  return outcome.ok ? outcome : withCode(outcome);
}

/** No answer, a server that failed, an answer that nobody can read: it may have been done all the same. */
function mayHaveBooked({ kind, notSent }: ConnectorError): boolean {
  return notSent !== true && (kind === 'unavailable' || kind === 'unparseable');
}
