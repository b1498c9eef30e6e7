import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import type { GraphContext } from '../shared/context.js';
import { checkExactlyOne, loadById, uuidOf } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { yardLoaders } from './loaders.js';
import { appointmentPage, facilityByCode, visitPage } from './queries.js';
import { Appointment, AppointmentConnection, AppointmentFilter, Facility, Load, Shipment, ShipmentConnection, Stop, Visit, VisitConnection, VisitFilter } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(yardLoaders, context.reader);

@Resolver(() => Facility)
export class FacilityResolver {
  @needs('yard:read')
  @Query(() => Facility, { nullable: true, description: 'One facility, by its id or its code.' })
  async facility(@Ctx() context: GraphContext, @Arg('id', () => ID, { nullable: true }) id?: string, @Arg('code', () => String, { nullable: true }) code?: string, @Info() info?: ResolveInfo): Promise<Facility | null> {
    checkExactlyOne({ id, code });
    if (id != null) return loadById(loaders(context).facility, 'Facility', id, fieldsRead(info, 'Facility'));
    return facilityByCode(context.reader, code!, fieldsRead(info, 'Facility'));
  }
}

@Resolver(() => Appointment)
export class AppointmentResolver {
  @needs('yard:read')
  @Query(() => Appointment, { nullable: true })
  appointment(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Appointment | null> {
    return loadById(loaders(context).appointment, 'Appointment', id, fieldsRead(info, 'Appointment'));
  }

  @needs('yard:read')
  @Query(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  appointments(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => AppointmentFilter, { nullable: true }) filter?: AppointmentFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Appointment>> {
    return appointmentPage(reader, checkFirst(first), after, filter ?? {}, fieldsRead(info, 'Appointment'));
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: Appointment, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Facility | null> | null {
    return facilityId === null ? null : loaders(context).facility.load(facilityId, fieldsRead(info, 'Facility'));
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

  @needs('shipments:read')
  @FieldResolver(() => ShipmentConnection, { nullable: true, description: 'What it is for, as far as that is known and visible. Oldest first.' })
  shipments(@Root() appointment: Appointment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Shipment>> {
    return pageBelow(loaders(context).shipmentsOfAppointment, appointment.uuid, first, after);
  }

  @FieldResolver(() => VisitConnection, { nullable: true, description: 'Trucks that came for it.' })
  visits(@Root() appointment: Appointment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Visit>> {
    return pageBelow(loaders(context).visitsOfAppointment, appointment.uuid, first, after, fieldsRead(info, 'Visit'));
  }
}

@Resolver(() => Visit)
export class VisitResolver {
  @needs('yard:read')
  @Query(() => Visit, { nullable: true })
  visit(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Visit | null> {
    return loadById(loaders(context).visit, 'Visit', id, fieldsRead(info, 'Visit'));
  }

  @needs('yard:read')
  @Query(() => VisitConnection, { nullable: true, description: 'Those that came last first.' })
  visits(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => VisitFilter, { nullable: true }) filter?: VisitFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Visit>> {
    return visitPage(reader, checkFirst(first), after, filter ?? {}, fieldsRead(info, 'Visit'));
  }

  @FieldResolver(() => Facility, { nullable: true })
  facility(@Root() { facilityId }: Visit, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Facility | null> | null {
    return facilityId === null ? null : loaders(context).facility.load(facilityId, fieldsRead(info, 'Facility'));
  }

  @FieldResolver(() => Appointment, { nullable: true })
  appointment(@Root() { appointmentId }: Visit, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Appointment | null> | null {
    return appointmentId === null ? null : loaders(context).appointment.load(appointmentId, fieldsRead(info, 'Appointment'));
  }
}

@Resolver(() => Shipment)
export class ShipmentYardResolver {
  @needs('yard:read')
  @FieldResolver(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  appointments(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Appointment>> {
    return pageBelow(loaders(context).appointmentsOfShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'Appointment'));
  }
}

@Resolver(() => Load)
export class LoadYardResolver {
  @needs('yard:read')
  @FieldResolver(() => AppointmentConnection, { nullable: true, description: 'In time order.' })
  appointments(@Root() load: Load, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Appointment>> {
    return pageBelow(loaders(context).appointmentsOfLoad, uuidOf('Load', load.id), first, after, fieldsRead(info, 'Appointment'));
  }
}
