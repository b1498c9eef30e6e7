import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { loadById } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import type { Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { Shipment } from '../types.js';
import { bookingLoaders } from './loaders.js';
import { Booking, BookingConnection, Document, DocumentConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(bookingLoaders, context.reader);

@Resolver(() => Booking)
export class BookingResolver {
  @needs('shipments:read')
  @Query(() => Booking, { nullable: true, description: 'Null where there is none, or this token may not see it.' })
  booking(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Booking | null> {
    return loadById(loaders(context).booking, 'Booking', id, fieldsRead(info, 'Booking'));
  }

  @needs('shipments:read')
  @Query(() => Document, { nullable: true, description: 'Null where there is none, or this token may not see it.' })
  document(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Document | null> {
    return loadById(loaders(context).document, 'Document', id, fieldsRead(info, 'Document'));
  }

  @FieldResolver(() => DocumentConnection, { nullable: true, description: 'Its labels, newest first.' })
  documents(@Root() booking: Booking, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Document>> {
    return pageBelow(loaders(context).documentsOfBooking, booking.uuid, first, after, fieldsRead(info, 'Document'));
  }
}

@Resolver(() => Shipment)
export class ShipmentBookingsResolver {
  @FieldResolver(() => BookingConnection, { nullable: true, description: 'Newest first, cancelled ones among them.' })
  bookings(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Booking>> {
    return pageBelow(loaders(context).bookingsOfShipment, shipment.uuid, first, after, fieldsRead(info, 'Booking'));
  }

  @FieldResolver(() => DocumentConnection, { nullable: true, description: 'Newest first.' })
  documents(@Root() shipment: Shipment, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Document>> {
    return pageBelow(loaders(context).documentsOfShipment, shipment.uuid, first, after, fieldsRead(info, 'Document'));
  }
}
