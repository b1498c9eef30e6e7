import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { fieldsRead, type FieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import { carrierCode } from '../../../model/references.js';
import type { GraphContext } from '../../shared/context.js';
import { loadById } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { bookingLoaders } from './loaders.js';
import { Pickup, PickupConnection, PickupFilter } from './pickup-types.js';
import { pickupFields, pickupOf, type PickupRow } from './rows.js';
import { Booking, BookingConnection } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(bookingLoaders, context.reader);

@Resolver(() => Pickup)
export class PickupResolver {
  @needs('shipments:read')
  @Query(() => Pickup, { nullable: true, description: 'Null where there is none, or this token may not see it.' })
  pickup(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Pickup | null> {
    return loadById(loaders(context).pickup, 'Pickup', id, fieldsRead(info, 'Pickup'));
  }

  @needs('shipments:read')
  @Query(() => PickupConnection, { nullable: true, description: 'The latest to come first. It names parcels of many: only our own people see it.' })
  async pickups(
    @Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => PickupFilter, { nullable: true }) filter?: PickupFilter, @Info() info?: ResolveInfo,
  ): Promise<Page<Pickup>> {
    checkFirst(first);
    const rows = await pickupsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'Pickup')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.ready_at, row.id), node: pickupOf });
  }

  @FieldResolver(() => BookingConnection, { nullable: true, description: 'What is fetched, as far as it was booked here.' })
  bookings(@Root() pickup: Pickup, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Booking>> {
    return pageBelow(loaders(context).bookingsOfPickup, pickup.uuid, first, after, fieldsRead(info, 'Booking'));
  }
}

@Resolver(() => Booking)
export class BookingPickupResolver {
  @FieldResolver(() => PickupConnection, { nullable: true, description: 'When somebody comes for it: the latest to come first, those that were called off among them. Only our own people see it.' })
  pickups(@Root() booking: Booking, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<Pickup>> {
    return pageBelow(loaders(context).pickupsOfBooking, booking.uuid, first, after, fieldsRead(info, 'Pickup'));
  }

  @FieldResolver(() => Pickup, { nullable: true, description: 'The pickup that stands; null where nobody comes. Only our own people see it.' })
  pickup(@Root() booking: Booking, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Pickup | null> {
    return loaders(context).standingPickupOfBooking.load(booking.uuid, fieldsRead(info, 'Pickup'));
  }
}

/** One row more than `first` where there is a next page. */
function pickupsQuery({ db }: Reader, first: number, after: string | null | undefined, filter: PickupFilter, fields?: FieldsRead) {
  let query = db.selectFrom('pickup').select(pickupFields.of(fields).names as never).$castTo<PickupRow>().where('deleted', '=', false).orderBy('ready_at', 'desc').orderBy('pickup.id', 'desc').limit(first + 1);
  if (filter.state != null) query = query.where('state', 'in', filter.state.length > 0 ? filter.state : ['']);
  if (filter.connection != null) query = query.where('connection', '=', filter.connection);
  if (filter.carrier != null) query = query.where('carrier', '=', carrierCode(filter.carrier));
  if (filter.from != null) query = query.where('closes_at', '>=', filter.from);
  if (filter.to != null) query = query.where('ready_at', '<', filter.to);
  if (after != null) {
    const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
    query = query.where(sql<boolean>`(ready_at, pickup.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return query;
}
