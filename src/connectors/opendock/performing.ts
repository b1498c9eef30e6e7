import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { OutsideBooking } from '../../model/yard/outside.js';
import { parseOffsetTime, type ZonedInstant } from '../../model/time.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { bookAppointment, performedAppointment, type DockSystem, type HeldAppointment } from '../kit/appointments.js';
import { failure } from '../kit/http.js';
import { clip, filled } from '../kit/text.js';
import { OpendockApi } from './api.js';
import { openStatuses, relations } from './codes.js';
import type { OpendockSettings } from './settings.js';
import { answerOf } from './source.js';

const text = z.string().nullish().catch(null);
const held = z.looseObject({ id: z.string().min(1), status: z.string(), start: z.string(), end: text, dockId: text, confirmationNumber: text, notes: text, tags: z.array(z.string()).nullish().catch(null) });
type Held = z.infer<typeof held>;

/** Times at docks of Opendock: an appointment carries our reference as a tag and in its notes, by which it is found where an answer was lost. */
export const perform: Perform<OpendockSettings> = {
  commands: ['appointment.book', 'appointment.move', 'appointment.cancel'],
  async perform<K extends CommandKind>(access: Access<OpendockSettings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const opened = OpendockApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    switch (command.kind) {
      case 'appointment.book':
        return book(opened.value, access.settings, command as unknown as OutboundCommand<'appointment.book'>, memory);
      case 'appointment.move':
        return move(opened.value, command as unknown as OutboundCommand<'appointment.move'>);
      default:
        return cancel(opened.value, command as unknown as OutboundCommand<'appointment.cancel'>);
    }
  },
};

/** Logs in and says as whom. */
export async function test(access: Access<OpendockSettings>, timeoutMs: number): Promise<Outcome<string[]>> {
  const opened = OpendockApi.open(access, timeoutMs);
  if (!opened.ok) return opened;
  const answer = await opened.value.get('/auth/me');
  if (!answer.ok) return answer;
  const profile = z.looseObject({ role: z.string(), orgName: text }).safeParse(answer.value);
  if (!profile.success) return failure('unparseable', 'Opendock does not say who logged in.', '');
  return { ok: true, value: [`Opendock: logged in with the role ${clip(profile.data.role, 60)}${filled(profile.data.orgName) === undefined ? '' : ` of ${clip(profile.data.orgName!, 100)}`}.`] };
}

async function book(api: OpendockApi, settings: OpendockSettings, command: OutboundCommand<'appointment.book'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const reference = `gatehouse-${command.id}`;
  const [loadTypeId, dockId] = [command.input.loadType ?? settings.loadTypeId, command.input.dock ?? settings.dockId];
  if (loadTypeId === undefined || dockId === undefined) return failure('invalid', `Opendock books a dock for a load type: name ${loadTypeId === undefined ? 'the load type' : 'the dock'} with the request, or in the settings of the connection.`, '');
  const system: DockSystem = {
    name: 'Opendock', settleMs: (settings.settleSeconds ?? 30) * 1000, toAnswer,
    async book() {
      const made = readHeld(await api.post('/appointment?bypassCustomFieldsValidation=false', bodyOf(command.input, { loadTypeId, dockId, reference, settings })));
      return made.ok ? withRelations(api, made.value) : made;
    },
    find: () => findByReference(api, reference),
  };
  return bookAppointment(system, command, memory);
}

function bodyOf({ references, startsAt, endsAt, fields = {}, note }: OutsideBooking, { loadTypeId, dockId, reference, settings }: { loadTypeId: string; dockId: string; reference: string; settings: OpendockSettings }): Json {
  return {
    loadTypeId, dockId, start: startsAt.instant, ...(endsAt === undefined ? {} : { end: endsAt.instant }), refNumber: references[0] ?? '', refNumbers: references, tags: [reference], notes: clip([note ?? '', `(${reference})`].join(' ').trim(), 1_000),
    ...(settings.userId === undefined ? {} : { userId: settings.userId }),
    ...(Object.keys(fields).length === 0 ? {} : { customFields: Object.entries(fields).map(([name, value]) => ({ name, value })) }),
  };
}

/** By our tag, or by our notes where a carrier’s user may set no tags; whether it is ours is judged here. */
async function findByReference(api: OpendockApi, reference: string): Promise<Outcome<HeldAppointment | null>> {
  const query = new URLSearchParams({ s: JSON.stringify({ $or: [{ tags: { $contL: reference } }, { notes: { $cont: reference } }] }), limit: '10' });
  for (const join of relations) query.append('join', join);
  const answer = await api.get(`/appointment?${query}`);
  if (!answer.ok) return answer;
  const list = z.looseObject({ data: z.array(z.unknown()) }).safeParse(answer.value);
  if (!list.success) return failure('unparseable', 'Opendock’s list of appointments cannot be read.', '');
  const ours = list.data.data.find((each) => {
    const { tags, notes } = held.safeParse(each).data ?? {};
    return tags?.includes(reference) === true || notes?.includes(reference) === true;
  });
  return ours === undefined ? { ok: true, value: null } : toHeld(ours);
}

/** Reads first: what stands at the wanted time already is not moved again. Where it is refused, the time before stands. */
async function move(api: OpendockApi, { input, attempt }: OutboundCommand<'appointment.move'>): Promise<Outcome<Performed>> {
  const before = await readOne(api, input.appointment);
  if (!before.ok) return before;
  const { appointment } = before.value;
  if (isAt(appointment, input)) return performedAppointment({ toAnswer }, before.value.held, attempt);
  if (!openStatuses.includes(appointment.status)) return failure('invalid', `The appointment is ${clip(appointment.status, 60)} at Opendock: it cannot be moved.`, '');
  const moved = await changed(api, input.appointment, { start: input.startsAt.instant, ...(input.endsAt === undefined ? {} : { end: input.endsAt.instant }), ...(input.dock === undefined ? {} : { dockId: input.dock }) });
  if (!moved.ok) return moved.error.kind === 'invalid' ? { ok: false, error: { ...moved.error, message: clip(`${moved.error.message} The time before stands: ${appointment.start}.`, 700) } } : moved;
  return performedAppointment({ toAnswer }, moved.value, attempt);
}

function isAt({ start, end, dockId, status }: Held, wanted: { startsAt: ZonedInstant; endsAt?: ZonedInstant; dock?: string }): boolean {
  const isSame = (stated: string | null | undefined, time: ZonedInstant | undefined) => time === undefined || parseOffsetTime(stated ?? '')?.instant === time.instant;
  return status !== 'Cancelled' && isSame(start, wanted.startsAt) && isSame(end, wanted.endsAt) && (wanted.dock === undefined || wanted.dock === dockId);
}

async function cancel(api: OpendockApi, { input, attempt }: OutboundCommand<'appointment.cancel'>): Promise<Outcome<Performed>> {
  const before = await readOne(api, input.appointment);
  if (!before.ok) return before;
  const { status } = before.value.appointment;
  if (status === 'Cancelled') return performedAppointment({ toAnswer }, before.value.held, attempt);
  if (!openStatuses.includes(status) && status !== 'NoShow') return failure('invalid', `The appointment is ${clip(status, 60)} at Opendock: it cannot be given back.`, '');
  const cancelled = await changed(api, input.appointment, { status: 'Cancelled' });
  return cancelled.ok ? performedAppointment({ toAnswer }, cancelled.value, attempt) : cancelled;
}

async function readOne(api: OpendockApi, id: string): Promise<Outcome<{ held: HeldAppointment; appointment: Held }>> {
  const query = new URLSearchParams();
  for (const join of relations) query.append('join', join);
  const answer = await api.get(`/appointment/${encodeURIComponent(id)}?${query}`);
  if (!answer.ok) return answer.error.kind === 'invalid' ? { ok: false, error: { ...answer.error, message: `Opendock does not show the appointment ${clip(id, 120)}: ${answer.error.message}` } } : answer;
  const read = readHeld(answer);
  return read.ok ? { ok: true, value: { held: read.value, appointment: held.parse(read.value.raw) } } : read;
}

async function changed(api: OpendockApi, id: string, body: Json): Promise<Outcome<HeldAppointment>> {
  const answer = readHeld(await api.patch(`/appointment/${encodeURIComponent(id)}`, body));
  return answer.ok ? withRelations(api, answer.value) : answer;
}

/** What a change answers has no relations; where they cannot be had, the next look brings them. */
async function withRelations(api: OpendockApi, made: HeldAppointment): Promise<Outcome<HeldAppointment>> {
  const whole = await readOne(api, String(made.result.appointment));
  return whole.ok ? { ok: true, value: whole.value.held } : { ok: true, value: made };
}

const envelope = z.looseObject({ data: z.unknown() });

/** Alone, or in `data`: single records have come both ways. */
function readHeld(answer: Outcome<unknown>): Outcome<HeldAppointment> {
  if (!answer.ok) return answer;
  const inside = envelope.safeParse(answer.value);
  return toHeld(inside.success && inside.data.data !== undefined ? inside.data.data : answer.value);
}

function toHeld(raw: unknown): Outcome<HeldAppointment> {
  const parsed = held.safeParse(raw);
  if (!parsed.success || Array.isArray(raw)) return failure('unparseable', 'Opendock answered with something that is no appointment.', '');
  const { id, status, start, end, confirmationNumber } = parsed.data;
  return { ok: true, value: { raw: raw as Json, result: { appointment: id, state: clip(status, 60), startsAt: clip(start, 60), endsAt: end ?? null, confirmation: filled(confirmationNumber) ?? null } } };
}

function toAnswer({ raw }: HeldAppointment) {
  return answerOf('Appointment', raw);
}
