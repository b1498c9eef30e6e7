import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import { ourConnection } from '../../../model/our-connection.js';
import { maxOutsideReferences, type KnownOutside, type OutsideBooking } from '../../../model/yard/outside.js';
import type { AcceptedCommand } from '../../shared/booking-commands.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { CancelOutsideAppointmentInput, MoveOutsideAppointmentInput, OutsideAppointmentPayload, RequestOutsideAppointmentInput } from './types.js';

/** Longest text of one field that is sent on. */
const longest = { name: 120, note: 1_000 };

@Resolver()
export class OutsideAppointmentMutations {
  @needs('shipments:book')
  @Mutation(() => OutsideAppointmentPayload, { nullable: true, description: 'Asks for a time at a dock of a facility that is not run here, at the system that gives it out (Opendock, SSC).' })
  requestOutsideAppointment(@Ctx() context: GraphContext, @Arg('input', () => RequestOutsideAppointmentInput) input: RequestOutsideAppointmentInput): Promise<OutsideAppointmentPayload> {
    return accepted(async () => {
      const [facility, load] = [await readFacility(context, input), await readLoad(context, input)];
      const references = [...new Set([...(load === null ? [] : [load.reference]), ...(input.references ?? []).map((each) => each.trim())])].filter((each) => each !== '');
      if (references.length === 0) throw new GatehouseError('BAD_INPUT', 'Say what comes: a load, or numbers under which the facility knows it.', { field: 'input.references' });
      if (references.length > maxOutsideReferences) throw new GatehouseError('BAD_INPUT', `An appointment is for ${maxOutsideReferences} numbers at most.`, { field: 'input.references' });
      if ((input.fields ?? []).length > maxOutsideReferences) throw new GatehouseError('BAD_INPUT', `An appointment has ${maxOutsideReferences} further fields at most.`, { field: 'input.fields' });
      for (const reference of references) checked('input.references', reference, longest.name);
      const { startsAt, endsAt } = timesOf(input);
      const wish: OutsideBooking = {
        references, startsAt: zoned(startsAt), ...(endsAt == null ? {} : { endsAt: zoned(endsAt) }), ...(facility.id === null ? {} : { facilityId: checked('input.facility', facility.id, longest.name) }), ...(input.stop == null ? {} : { stop: input.stop }),
        ...(input.dock == null ? {} : { dock: checked('input.dock', input.dock, longest.name) }), ...(input.loadType == null ? {} : { loadType: checked('input.loadType', input.loadType, longest.name) }),
        ...(input.direction == null || input.direction === 'UNKNOWN' ? {} : { direction: input.direction }), ...(input.drop == null ? {} : { handling: input.drop ? 'DROP' : 'LIVE' }),
        ...(input.fields == null ? {} : { fields: Object.fromEntries(input.fields.map(({ name, value }) => [checked('input.fields', name, longest.name), checked('input.fields', value, longest.note)])) }),
        ...(input.note == null ? {} : { note: checked('input.note', input.note, longest.note) }),
      };
      const subject = load?.subject ?? facility.subject ?? `connection:${input.connection}`;
      return context.commands.outsideAppointments.send('appointment.book', wish, { connection: input.connection, subject, idempotencyKey: input.idempotencyKey, deadlineAt: startsAt }, context.principal, context.correlationId);
    });
  }

  @needs('shipments:book')
  @Mutation(() => OutsideAppointmentPayload, { nullable: true, description: 'Asks for another time for an appointment at a facility that is not run here. Where it is refused, the time before stands.' })
  moveOutsideAppointment(@Ctx() context: GraphContext, @Arg('input', () => MoveOutsideAppointmentInput) input: MoveOutsideAppointmentInput): Promise<OutsideAppointmentPayload> {
    return accepted(async () => {
      const { subject, connection, appointment, known } = await readAppointment(context, input.appointmentId);
      const { startsAt, endsAt } = timesOf(input);
      const move = {
        appointment, known, startsAt: zoned(startsAt), ...(endsAt == null ? {} : { endsAt: zoned(endsAt) }), ...(input.dock == null ? {} : { dock: checked('input.dock', input.dock, longest.name) }),
        ...(input.reason == null ? {} : { reason: checked('input.reason', input.reason, longest.note) }),
      };
      return context.commands.outsideAppointments.send('appointment.move', move, { connection, subject, idempotencyKey: input.idempotencyKey, deadlineAt: startsAt }, context.principal, context.correlationId);
    });
  }

  @needs('shipments:book')
  @Mutation(() => OutsideAppointmentPayload, { nullable: true, description: 'Gives an appointment at a facility that is not run here back.' })
  cancelOutsideAppointment(@Ctx() context: GraphContext, @Arg('input', () => CancelOutsideAppointmentInput) input: CancelOutsideAppointmentInput): Promise<OutsideAppointmentPayload> {
    return accepted(async () => {
      const { subject, connection, appointment, known } = await readAppointment(context, input.appointmentId);
      const cancellation = { appointment, known, ...(input.reason == null ? {} : { reason: checked('input.reason', input.reason, longest.note) }) };
      return context.commands.outsideAppointments.send('appointment.cancel', cancellation, { connection, subject, idempotencyKey: input.idempotencyKey }, context.principal, context.correlationId);
    });
  }
}

/** @throws GatehouseError BAD_INPUT where it is over, or ends before it begins */
function timesOf({ startsAt, endsAt }: { startsAt: string; endsAt?: string | null }) {
  if (Date.parse(startsAt) <= Date.now()) throw new GatehouseError('BAD_INPUT', 'This time has passed.', { field: 'input.startsAt' });
  if (endsAt != null && Date.parse(endsAt) <= Date.parse(startsAt)) throw new GatehouseError('BAD_INPUT', 'An appointment ends after it begins.', { field: 'input.endsAt' });
  return { startsAt, endsAt };
}

function zoned(instant: string) {
  return { instant, zone: 'Z' };
}

function checked(field: string, text: string, most: number): string {
  const clean = text.trim();
  if (clean === '' || clean.length > most || clean.includes('\0')) throw new GatehouseError('BAD_INPUT', `This has 1 to ${most} characters.`, { field });
  return clean;
}

/** The other system's own id of the facility; null: it is not needed there, or follows from the connection. @throws GatehouseError NOT_FOUND, BAD_INPUT */
async function readFacility({ reader }: GraphContext, { connection, facilityId, facility }: RequestOutsideAppointmentInput): Promise<{ id: string | null; subject: string | null }> {
  if (facilityId == null) return { id: facility ?? null, subject: null };
  const uuid = uuidFromGlobalId('Facility', facilityId);
  const row = uuid === null ? undefined : await reader.db.selectFrom('facility').select(['subject', 'connection']).where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.facilityId' });
  if (row.connection === ourConnection) throw new GatehouseError('BAD_INPUT', 'This facility is run here: its times are given out here.', { field: 'input.facilityId' });
  if (row.connection !== connection) throw new GatehouseError('BAD_INPUT', 'The connection knows no such facility: it is one of another system.', { field: 'input.facilityId' });
  return { id: row.subject.slice(`facility:${row.connection}:`.length), subject: row.subject };
}

/** @throws GatehouseError NOT_FOUND */
async function readLoad({ reader }: GraphContext, { loadId, stop }: RequestOutsideAppointmentInput): Promise<{ subject: string; reference: string } | null> {
  if (stop != null && (stop < 1 || stop > 1_000)) throw new GatehouseError('BAD_INPUT', 'Stops are numbered from 1.', { field: 'input.stop' });
  if (loadId == null) return null;
  const uuid = uuidFromGlobalId('Load', loadId);
  const row = uuid === null ? undefined : await reader.db.selectFrom('load').select(['subject', 'reference']).where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.loadId' });
  return row;
}

/** @throws GatehouseError NOT_FOUND, BAD_INPUT */
async function readAppointment({ reader }: GraphContext, id: string): Promise<{ subject: string; connection: string; appointment: string; known: KnownOutside }> {
  const uuid = uuidFromGlobalId('Appointment', id);
  const row = uuid === null ? undefined : await reader.db.selectFrom('appointment').select(['subject', 'connection', 'numbers', 'direction']).where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  if (row === undefined) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.appointmentId' });
  if (row.connection === ourConnection) throw new GatehouseError('BAD_INPUT', 'This appointment is at a facility that is run here: change it here.', { field: 'input.appointmentId' });
  const { subject, connection, numbers, direction } = row;
  const known: KnownOutside = { loads: numbers.slice(0, maxOutsideReferences), ...(direction === 'INBOUND' || direction === 'OUTBOUND' ? { direction } : {}) };
  return { subject, connection, known, appointment: subject.slice(`appointment:${connection}:`.length) };
}

async function accepted(work: () => Promise<AcceptedCommand>): Promise<OutsideAppointmentPayload> {
  try {
    const { command, duplicate } = await work();
    return { commandId: globalId('Command', command), duplicate, userErrors: [] };
  } catch (error) {
    return { commandId: null, duplicate: false, userErrors: userErrorsOf(error) };
  }
}
