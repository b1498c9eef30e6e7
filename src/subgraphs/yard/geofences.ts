import DataLoader from 'dataloader';
import { Arg, Ctx, Field, FieldResolver, Float, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { Reader } from '../../auth/reader.js';
import { GatehouseError } from '../../lib/errors.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { Fence } from '../../model/geo.js';
import { anyOf } from '../shared/any-of.js';
import type { GraphContext } from '../shared/context.js';
import { loadById, uuidOf } from '../shared/lookup.js';
import { needs } from '../shared/scopes.js';
import { UserError, userErrorsOf } from '../shared/user-errors.js';
import { yardLoaders } from './loaders.js';
import { Facility } from './types.js';

@ObjectType('GeoPoint', { simpleResolvers: true, description: 'WGS 84, degrees.' })
export class GeoPoint {
  @Field(() => Float) latitude!: number;
  @Field(() => Float) longitude!: number;
}

@ObjectType('Geofence', { simpleResolvers: true, description: 'Around a facility: trucks that come into it have arrived. A circle has a radius, a polygon has points.' })
export class Geofence {
  @Field(() => GeoPoint, { nullable: true }) centre!: GeoPoint | null;
  @Field(() => Float, { nullable: true, description: 'Metres.' }) radius!: number | null;
  @Field(() => [GeoPoint], { nullable: true, description: 'The last joins the first.' }) polygon!: GeoPoint[] | null;
}

@InputType()
export class GeoPointInput {
  @Field(() => Float) latitude!: number;
  @Field(() => Float) longitude!: number;
}

@InputType()
export class CircleInput {
  @Field(() => GeoPointInput) centre!: GeoPointInput;
  @Field(() => Float, { description: 'Metres, up to 50,000.' }) radius!: number;
}

@InputType()
export class SetFacilityGeofenceInput {
  @Field(() => ID) facility!: string;
  @Field(() => CircleInput, { nullable: true, description: 'This or polygon; neither takes the fence away.' }) circle?: CircleInput | null;
  @Field(() => [GeoPointInput], { nullable: true, description: '3 to 100 points.' }) polygon?: GeoPointInput[] | null;
}

@ObjectType('FacilityGeofencePayload', { simpleResolvers: true })
export class FacilityGeofencePayload {
  @Field(() => Facility, { nullable: true }) facility!: Facility | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

function fenceLoader({ db }: Reader) {
  return new DataLoader<string, Geofence | null>(async (ids) => {
    const rows = await db.selectFrom('geofence').select(['facility_id', 'fence']).where('facility_id', '=', anyOf(ids)).execute();
    const byFacility = new Map(rows.map((row) => [row.facility_id, geofenceOf(row.fence as unknown as Fence)]));
    return ids.map((id) => byFacility.get(id) ?? null);
  });
}

function geofenceOf(fence: Fence): Geofence {
  return fence.kind === 'circle' ? { centre: fence.centre, radius: fence.radius, polygon: null } : { centre: null, radius: null, polygon: fence.points };
}

@Resolver(() => Facility)
export class GeofenceResolver {
  @needs('yard:read')
  @FieldResolver(() => Geofence, { nullable: true })
  geofence(@Root() facility: Facility, @Ctx() context: GraphContext): Promise<Geofence | null> {
    return context.loaders.get(fenceLoader, context.reader).load(uuidOf('Facility', facility.id));
  }

  @needs('yard:write')
  @Mutation(() => FacilityGeofencePayload, { nullable: true, description: 'Draws a fence around a facility, or takes it away. What trucks that are under way were said to have done there is worked out anew by it.' })
  async setFacilityGeofence(@Ctx() context: GraphContext, @Arg('input', () => SetFacilityGeofenceInput) { facility: id, circle, polygon }: SetFacilityGeofenceInput): Promise<FacilityGeofencePayload> {
    try {
      const uuid = uuidFromGlobalId('Facility', id);
      if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'facility' });
      if (circle != null && polygon != null) throw new GatehouseError('BAD_INPUT', 'A fence is a circle or a polygon, not both.', { field: 'polygon' });
      const fence: Fence | null = circle != null ? { kind: 'circle', centre: { ...circle.centre }, radius: circle.radius } : polygon != null ? { kind: 'polygon', points: polygon.map((point) => ({ ...point })) } : null;
      await context.commands.setGeofence(uuid, fence, context.principal);
      context.loaders.forget();
      return { facility: await loadById(context.loaders.get(yardLoaders, context.reader).facility, 'Facility', id), userErrors: [] };
    } catch (error) {
      return { facility: null, userErrors: userErrorsOf(error) };
    }
  }
}
