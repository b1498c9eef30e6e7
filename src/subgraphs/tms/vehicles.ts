import DataLoader from 'dataloader';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { Arg, Ctx, Directive, Field, FieldResolver, Float, ID, InputType, Int, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Reader } from '../../auth/reader.js';
import type { VehicleTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import { anyOf } from '../shared/any-of.js';
import { Change, changedRows, changeOf, following, standing, type Changed } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { uuidOf, uuidOfFilter } from '../shared/lookup.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, pageTypes, type Page } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { Load } from './types.js';

@Directive('@key(fields: "id")')
@ObjectType('Vehicle', { simpleResolvers: true, description: 'A truck or trailer with its last position.' })
export class Vehicle {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'The name that people use for it.' }) name!: string;
  @Field(() => String, { nullable: true, description: 'Licence plate.' }) plate!: string | null;
  @Field(() => Float) latitude!: number;
  @Field(() => Float) longitude!: number;
  @Field(() => Float, { nullable: true, description: 'Degrees from north; null while it stands.' }) heading!: number | null;
  @Field(() => Float, { nullable: true, description: 'Kilometres an hour.' }) speed!: number | null;
  @Field(() => String, { nullable: true, description: 'Where that is, in the words of the source.' }) place!: string | null;
  @Field(() => DateTime, { description: 'When it was there.' }) at!: string;
}

export const VehicleConnection = pageTypes('Vehicle', () => Vehicle);

@InputType()
export class PositionFilter {
  @Field(() => ID, { nullable: true, description: 'Of the vehicles of this load.' }) loadId?: string;
  @Field(() => ID, { nullable: true }) vehicleId?: string;
}

@ObjectType('PositionChange', { simpleResolvers: true, description: 'A vehicle moved, or became visible. Several positions that arrive at once are one.' })
export class PositionChange extends Change {
  @Field(() => Vehicle, { nullable: true, description: 'As of now; null once it is no more.' }) vehicle!: Vehicle | null;
}

export function vehicleOf(row: Selectable<VehicleTable>): Vehicle {
  return { id: globalId('Vehicle', row.id), name: row.name, plate: row.plate, latitude: row.latitude, longitude: row.longitude, heading: row.heading, speed: row.speed, place: row.place, at: row.at };
}

function positionsOf(filter: PositionFilter): FeedSource<Changed<Vehicle>> {
  const [load, vehicle] = [uuidOfFilter('Load', 'loadId', filter.loadId), uuidOfFilter('Vehicle', 'vehicleId', filter.vehicleId)];
  return {
    kinds: ['vehicle'], filter,
    async load({ db }, _kind, ids) {
      let query = db.selectFrom('vehicle').selectAll('vehicle').where('vehicle.id', '=', anyOf(ids));
      if (vehicle !== null) query = query.where('vehicle.id', '=', vehicle);
      if (load !== null) query = query.where('vehicle.id', 'in', db.selectFrom('vehicle_load').select('vehicle_id').where('load_id', '=', load));
      return changedRows(await query.execute(), (row) => row.deleted, vehicleOf);
    },
  };
}

/** The truck and the trailer of each load, where their positions are known. */
function vehicleLoaders(reader: Reader) {
  const ofRole = (role: 'TRUCK' | 'TRAILER') => new DataLoader<string, Vehicle | null>(async (loads) => {
    const rows = await reader.db.selectFrom('vehicle_load').innerJoin('vehicle', 'vehicle.id', 'vehicle_load.vehicle_id').selectAll('vehicle').select('vehicle_load.load_id').where('vehicle_load.load_id', '=', anyOf(loads)).where('vehicle_load.role', '=', role).orderBy('vehicle.at').execute();
    // Where two share a name, the one heard of last.
    const byLoad = new Map(rows.map((row) => [row.load_id, vehicleOf(row)]));
    return loads.map((load) => byLoad.get(load) ?? null);
  });
  return {
    truck: ofRole('TRUCK'), trailer: ofRole('TRAILER'),
    vehicle: new DataLoader<string, Vehicle | null>(async (ids) => {
      const rows = await reader.db.selectFrom('vehicle').selectAll('vehicle').where('vehicle.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
      const byId = new Map(rows.map((row) => [row.id, vehicleOf(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
  };
}

export const vehicleById = (context: GraphContext, uuid: string) => context.loaders.get(vehicleLoaders, context.reader).vehicle.load(uuid);

@Resolver(() => Vehicle)
export class VehicleResolver {
  @needs('loads:read')
  @Query(() => VehicleConnection, { nullable: true, description: 'Vehicles whose position is known, those heard of last first.' })
  async vehicles(@Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<Vehicle>> {
    checkFirst(first);
    let query = reader.db.selectFrom('vehicle').selectAll('vehicle').where('deleted', '=', false).orderBy('at', 'desc').orderBy('vehicle.id', 'desc').limit(first + 1);
    if (after != null) {
      const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
      query = query.where(sql<boolean>`(vehicle.at, vehicle.id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.at, row.id), node: vehicleOf });
  }

  @needs('loads:read')
  @Subscription(() => PositionChange, { description: 'Where vehicles are, whenever that changes, as far as their devices say and their sources keep it.', ...following(positionsOf) } as never)
  positions(
    @Root() fed: FeedEvent<Changed<Vehicle>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => PositionFilter, { nullable: true }) _filter?: PositionFilter,
  ): PositionChange {
    return { ...changeOf('Vehicle', fed, live), vehicle: standing(fed) };
  }
}

@Resolver(() => Load)
export class LoadVehicleResolver {
  @FieldResolver(() => Vehicle, { nullable: true, description: 'The vehicle that the load names as its truck, while it is under way and its position is known.' })
  truckPosition(@Root() load: Load, @Ctx() context: GraphContext): Promise<Vehicle | null> {
    return context.loaders.get(vehicleLoaders, context.reader).truck.load(uuidOf('Load', load.id));
  }

  @FieldResolver(() => Vehicle, { nullable: true, description: 'The same of its trailer.' })
  trailerPosition(@Root() load: Load, @Ctx() context: GraphContext): Promise<Vehicle | null> {
    return context.loaders.get(vehicleLoaders, context.reader).trailer.load(uuidOf('Load', load.id));
  }
}
