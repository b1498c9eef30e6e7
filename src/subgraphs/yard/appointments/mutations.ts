import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { ComingTruck, DoneAppointment } from '../../../model/yard/desk.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { SlotNeed } from '../../../model/yard/slots.js';
import { SlotTaken } from '../../../model/yard/slot-taken.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import { yardLoaders } from '../loaders.js';
import {
  AppointmentPayload, BookAppointmentInput, CancelAppointmentInput, ConfirmAppointmentNamesInput, DecideAppointmentInput, FreeSlot, MarkNoShowInput, RescheduleAppointmentInput, SlotNeedInput, TakeFirstComeInput,
  UndoAppointmentInput, type ComingTruckInput,
} from './types.js';

@Resolver()
export class AppointmentMutations {
  @needs('appointments:book')
  @Query(() => [FreeSlot], { nullable: true, description: 'Times at docks of a facility that is run here that may be booked now, in order; null where there is no such facility. At most 62 days at once.' })
  async freeSlots(
    @Ctx() { commands, principal }: GraphContext,
    @Arg('facilityId', () => ID) facilityId: string,
    @Arg('from', () => DateTime) from: string,
    @Arg('to', () => DateTime) to: string,
    @Arg('need', () => SlotNeedInput) need: SlotNeedInput,
    @Arg('first', () => Int) first: number,
  ): Promise<FreeSlot[] | null> {
    const [uuid, limit] = [uuidFromGlobalId('Facility', facilityId), checkFirst(first)];
    if (uuid === null) return null;
    try {
      return await commands.appointments.freeSlots({ facilityId: uuid, from, to, need: needOf(need, 'need.'), limit }, principal);
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  @needs('appointments:book')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Books a time at a dock. Where carriers only ask, it is REQUESTED until somebody decides.' })
  bookAppointment(@Ctx() context: GraphContext, @Arg('input', () => BookAppointmentInput) input: BookAppointmentInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.book({ ...truckOf(input), facilityId: uuidIn('Facility', input.facilityId, 'input.facilityId'), startsAt: input.startsAt, ...dockOf(input.dock) }, asker));
  }

  @needs('yard:write')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'A place for a truck that is there without an appointment, in the order of coming: at a dock that is kept for such, else at the next time that is free.' })
  takeFirstComeFirstServed(@Ctx() context: GraphContext, @Arg('input', () => TakeFirstComeInput) input: TakeFirstComeInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.firstCome({ ...truckOf(input), facilityId: uuidIn('Facility', input.facilityId, 'input.facilityId') }, asker));
  }

  @needs('appointments:book')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Moves it. Where carriers only ask, the old time stands until somebody decides on the new one.' })
  rescheduleAppointment(@Ctx() context: GraphContext, @Arg('input', () => RescheduleAppointmentInput) input: RescheduleAppointmentInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.reschedule({ ...idOf(input), startsAt: input.startsAt, ...dockOf(input.dock), ...reasonOf(input) }, asker));
  }

  @needs('yard:write')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Decides on what was asked for: the appointment, or another time for it. A refused time leaves the old one standing.' })
  decideAppointment(@Ctx() context: GraphContext, @Arg('input', () => DecideAppointmentInput) input: DecideAppointmentInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.decide({ ...idOf(input), decision: input.decision, ...reasonOf(input) }, asker));
  }

  @needs('appointments:book')
  @Mutation(() => AppointmentPayload, { nullable: true })
  cancelAppointment(@Ctx() context: GraphContext, @Arg('input', () => CancelAppointmentInput) input: CancelAppointmentInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.cancel({ ...idOf(input), ...reasonOf(input) }, asker));
  }

  @needs('yard:write')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Nobody came. Its dock is free for others.' })
  markNoShow(@Ctx() context: GraphContext, @Arg('input', () => MarkNoShowInput) input: MarkNoShowInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.noShow(idOf(input), asker));
  }

  @needs('appointments:book')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Takes the latest step back: it is exactly as before. Refused with SLOT_TAKEN where its time was given away meanwhile. Carriers take back their own steps.' })
  undoAppointment(@Ctx() context: GraphContext, @Arg('input', () => UndoAppointmentInput) input: UndoAppointmentInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.undo(idOf(input), asker));
  }

  @needs('yard:write')
  @Mutation(() => AppointmentPayload, { nullable: true, description: 'Decides on what an outsider named: from then on it leads to loads and shipments, or is forgotten. For the company alone.' })
  confirmAppointmentNames(@Ctx() context: GraphContext, @Arg('input', () => ConfirmAppointmentNamesInput) input: ConfirmAppointmentNamesInput): Promise<AppointmentPayload> {
    return answered(context, input, (asker) => context.commands.appointments.confirmNames({ ...idOf(input), decision: input.decision }, asker));
  }
}

async function answered(context: GraphContext, { idempotencyKey }: { idempotencyKey: string }, work: (asker: { by: GraphContext['principal']; idempotencyKey: string; correlationId: string }) => Promise<DoneAppointment>): Promise<AppointmentPayload> {
  try {
    const { appointmentId } = await work({ by: context.principal, idempotencyKey, correlationId: context.correlationId });
    context.loaders.forget();
    return { appointment: await context.loaders.get(yardLoaders, context.reader).appointment.load(appointmentId), alternatives: [], userErrors: [] };
  } catch (error) {
    return { appointment: null, alternatives: error instanceof SlotTaken ? [...error.alternatives] : [], userErrors: userErrorsOf(error) };
  }
}

/** @throws GatehouseError NOT_FOUND */
export function uuidIn(type: string, id: string, field: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field });
  return uuid;
}

function idOf({ appointmentId }: { appointmentId: string }): { id: string } {
  return { id: uuidIn('Appointment', appointmentId, 'input.appointmentId') };
}

function reasonOf({ reason }: { reason?: string | null }): { reason?: string } {
  return reason == null ? {} : { reason };
}

/** @throws GatehouseError BAD_INPUT */
export function storable(text: string, field: string): string {
  if (text.includes('\0') || !text.isWellFormed() || text.length > 200) throw new GatehouseError('BAD_INPUT', 'This text is too long, or holds a character that cannot be stored.', { field });
  return text;
}

/** One that is left empty is not named. @throws GatehouseError BAD_INPUT */
export function dockOf(dock: string | null | undefined): { dock?: string } {
  const name = storable(dock?.trim() ?? '', 'input.dock');
  return name === '' ? {} : { dock: name };
}

/** @throws GatehouseError BAD_INPUT */
export function needOf({ direction, handling, temperature, heightCm, pallets }: SlotNeedInput, path = 'input.'): SlotNeed {
  if (direction === 'UNKNOWN') throw new GatehouseError('BAD_INPUT', 'Say INBOUND or OUTBOUND.', { field: `${path}direction` });
  return { direction, handling: handling ?? 'LIVE', temperature: temperature ?? 'AMBIENT', ...(heightCm == null ? {} : { heightCm }), ...(pallets == null ? {} : { pallets }) };
}

function truckOf(input: ComingTruckInput): ComingTruck {
  return { need: needOf(input), ...(input.carrier == null ? {} : { carrier: storable(input.carrier, 'input.carrier') }), names: { loads: input.loads ?? [], deliveries: input.deliveries ?? [], orders: input.orders ?? [] } };
}
