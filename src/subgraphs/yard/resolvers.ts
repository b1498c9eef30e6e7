import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { decodeStartCursor, startCursor, yardLoaders } from './loaders.js';
import { appointmentPage, facilityByCode, visitPage } from './queries.js';
import { Appointment, AppointmentConnection, AppointmentFilter, Facility, Load, Shipment, ShipmentConnection, Stop, Visit, VisitConnection, VisitFilter } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(yardLoaders, context.reader);

@Resolver(() => Facility)
export class FacilityResolver {
  @needs('yard:read')
  @Query(() => Facility, { nullable: true, description: 'One facility, by its id or its code.' })
  async facility(@Ctx() context: GraphContext, @Arg('id', () => ID, { nullable: true }) id?: string, @Arg('code', () => String, { nullable: true }) code?: string): Promise<Facility | null> {
    if ((id == null) === (code == null)) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id and code.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Facility', id);
      return uuid === null ? null : loaders(context).facility.load(uuid);
    }
    return facilityByCode(context.reader, code!);
  }
}

@Resolver(() => Appointment)
export class AppointmentResolver {
  @needs('yard:read')
  @Query(() => Appointment, { nullable: true })
  async appointment(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<Appointment | null> {
    const uuid = uuidFromGlobalId('Appointment', id);
    return uuid === null ? null : loaders(context).appointment.load(uuid);
  }

  @needs('yard:read')
  @Query(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  appointments(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => AppointmentFilter, { nullable: true }) filter?: AppointmentFilter,
  ): Promise<Page<Appointment>> {
    return appointmentPage(reader, checkFirst(first), after, filter ?? {});
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: Appointment, @Ctx() context: GraphContext): Promise<Facility | null> | null {
    return facilityId === null ? null : loaders(context).facility.load(facilityId);
  }

  @needs('loads:read')
  @FieldResolver(() => Load, { nullable: true, description: 'The load that one of its numbers names.' })
  load(@Root() appointment: Appointment, @Ctx() context: GraphContext): Promise<Load | null> {
    return loaders(context).loadOfAppointment.load(appointment.uuid);
  }

  @needs('loads:read')
  @FieldResolver(() => Stop, { nullable: true, description: 'The stop of that load at this facility.' })
  stop(@Root() appointment: Appointment, @Ctx() context: GraphContext): Promise<Stop | null> {
    return loaders(context).stopOfAppointment.load(appointment.uuid);
  }

  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'What it is for, as far as that is known and visible. Oldest first.' })
  async shipments(@Root() appointment: Appointment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Shipment>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [cursorPatterns.uuid]);
    const shipments = await loaders(context).shipmentsOfAppointment.load({ parent: appointment.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(shipments, first, { after, cursor: (shipment) => encodeCursor(shipment.uuid), node: (shipment) => shipment });
  }

  @FieldResolver(() => VisitConnection, { nullable: true, description: 'Trucks that came for it.' })
  async visits(@Root() appointment: Appointment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Visit>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [cursorPatterns.uuid]);
    const visits = await loaders(context).visitsOfAppointment.load({ parent: appointment.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(visits, first, { after, cursor: (visit) => encodeCursor(visit.uuid), node: (visit) => visit });
  }
}

@Resolver(() => Visit)
export class VisitResolver {
  @needs('yard:read')
  @Query(() => Visit, { nullable: true })
  async visit(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<Visit | null> {
    const uuid = uuidFromGlobalId('Visit', id);
    return uuid === null ? null : loaders(context).visit.load(uuid);
  }

  @needs('yard:read')
  @Query(() => VisitConnection, { nullable: true, description: 'Those that came last first.' })
  visits(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => VisitFilter, { nullable: true }) filter?: VisitFilter,
  ): Promise<Page<Visit>> {
    return visitPage(reader, checkFirst(first), after, filter ?? {});
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: Visit, @Ctx() context: GraphContext): Promise<Facility | null> | null {
    return facilityId === null ? null : loaders(context).facility.load(facilityId);
  }

  @FieldResolver(() => Appointment, { nullable: true })
  appointment(@Root() { appointmentId }: Visit, @Ctx() context: GraphContext): Promise<Appointment | null> | null {
    return appointmentId === null ? null : loaders(context).appointment.load(appointmentId);
  }
}

@Resolver(() => Shipment)
export class ShipmentYardResolver {
  @needs('yard:read')
  @FieldResolver(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  async appointments(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Appointment>> {
    checkFirst(first);
    if (after != null) decodeStartCursor(after);
    const appointments = await loaders(context).appointmentsOfShipment.load({ parent: uuidOf('Shipment', shipment.id), after: after ?? null, limit: first + 1 });
    return pageOf(appointments, first, { after, cursor: startCursor, node: (appointment: Appointment) => appointment });
  }
}

@Resolver(() => Load)
export class LoadYardResolver {
  @needs('yard:read')
  @FieldResolver(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  async appointments(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Appointment>> {
    checkFirst(first);
    if (after != null) decodeStartCursor(after);
    const appointments = await loaders(context).appointmentsOfLoad.load({ parent: uuidOf('Load', load.id), after: after ?? null, limit: first + 1 });
    return pageOf(appointments, first, { after, cursor: startCursor, node: (appointment: Appointment) => appointment });
  }
}

function uuidOf(type: string, id: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', `${id.slice(0, 100)} is no id of a ${type}.`);
  return uuid;
}
