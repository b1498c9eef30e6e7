import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { ZonedInstant } from '../../../model/time.js';
import type { GraphContext } from '../../shared/context.js';
import type { Asked, Driver, StopWish } from '../../shared/load-commands.js';
import { needs } from '../../shared/scopes.js';
import { UserError, userErrorsOf } from '../../shared/user-errors.js';
import { tmsLoaders } from '../loaders.js';
import type { Load } from '../types.js';
import { AssignLoadInput, CancelLoadInput, ChangeLoadInput, CreateLoadInput, LoadPayload, MergeLoadsInput, NameLoadEquipmentInput, SplitLoadInput, SplitLoadPayload, UndoLoadInput, type DriverInput, type LoadStopInput } from './types.js';

@Resolver()
export class LoadPlanningMutations {
  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'Plans a load here. Every shipment is loaded at one stop and unloaded at a later one.' })
  createLoad(@Ctx() context: GraphContext, @Arg('input', () => CreateLoadInput) input: CreateLoadInput): Promise<LoadPayload> {
    const { company, reference, stops, equipment, weightKg } = input;
    return answered(context, () => context.commands.loads.create({ stops: stops.map(stopOf), ...given({ company, reference, equipment, weightKg: checkedWeight(weightKg) }) }, asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'Plans a load of ours anew. A carrier that was asked or has accepted is told, and what was promised to customers stays.' })
  changeLoad(@Ctx() context: GraphContext, @Arg('input', () => ChangeLoadInput) input: ChangeLoadInput): Promise<LoadPayload> {
    const { loadId, stops, addShipments, removeShipments, equipment, weightKg } = input;
    return answered(context, () => context.commands.loads.change(uuidIn('Load', loadId, 'input.loadId'), {
      ...(stops == null ? {} : { stops: stops.map(stopOf) }), ...(equipment === undefined ? {} : { equipment }), ...(weightKg === undefined ? {} : { weightKg: weightKg === null ? null : checkedWeight(weightKg)! }),
      ...(addShipments == null ? {} : { addShipments: addShipments.map(({ shipmentId, loadAt, unloadAt }) => ({ shipment: uuidIn('Shipment', shipmentId, 'input.addShipments'), loadAt, unloadAt })) }),
      ...(removeShipments == null ? {} : { removeShipments: removeShipments.map((id) => uuidIn('Shipment', id, 'input.removeShipments')) }),
    }, asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => SplitLoadPayload, { nullable: true, description: 'Makes a load of its own of some shipments of a load.' })
  async splitLoad(@Ctx() context: GraphContext, @Arg('input', () => SplitLoadInput) input: SplitLoadInput): Promise<SplitLoadPayload> {
    try {
      const { loadId, shipments, reference, weightKg } = input;
      const [first, second] = await context.commands.loads.split(uuidIn('Load', loadId, 'input.loadId'), { shipments: shipments.map((id) => uuidIn('Shipment', id, 'input.shipments')), ...given({ reference, weightKg: checkedWeight(weightKg) }) }, asked(context, input));
      context.loaders.forget();
      return { load: await loadOf(context, first), part: await loadOf(context, second), userErrors: [] };
    } catch (error) {
      return { load: null, part: null, userErrors: userErrorsOf(error) };
    }
  }

  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'Makes one load of several. The others end, and their numbers go on leading to the one.' })
  mergeLoads(@Ctx() context: GraphContext, @Arg('input', () => MergeLoadsInput) input: MergeLoadsInput): Promise<LoadPayload> {
    return answered(context, () => context.commands.loads.merge(uuidIn('Load', input.loadId, 'input.loadId'), input.loadIds.map((id) => uuidIn('Load', id, 'input.loadIds')), asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'A load of ours is driven no more. Carriers that were asked or have accepted are told.' })
  cancelLoad(@Ctx() context: GraphContext, @Arg('input', () => CancelLoadInput) input: CancelLoadInput): Promise<LoadPayload> {
    return answered(context, () => context.commands.loads.cancel(uuidIn('Load', input.loadId, 'input.loadId'), input.reason ?? undefined, asked(context, input)));
  }

  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'Takes the latest step of planning back, on all loads that it touched. Offers that ended with it are not made again.' })
  undoLoad(@Ctx() context: GraphContext, @Arg('input', () => UndoLoadInput) input: UndoLoadInput): Promise<LoadPayload> {
    const id = () => uuidIn('Load', input.loadId, 'input.loadId');
    return answered(context, async () => (await context.commands.loads.undo(id(), asked(context, input)), id()));
  }

  @needs('loads:write')
  @Mutation(() => LoadPayload, { nullable: true, description: 'Says who drives a load, whoever planned it. A TMS’s own record of its load stays as it is.' })
  assignLoad(@Ctx() context: GraphContext, @Arg('input', () => AssignLoadInput) input: AssignLoadInput): Promise<LoadPayload> {
    const { loadId, carrier, truck, trailer, driver, force } = input;
    return answered(context, () => context.commands.loads.assign(uuidIn('Load', loadId, 'input.loadId'), { ...defined({ carrier, truck, trailer }), ...(driver === undefined ? {} : { driver: driver === null ? null : driverOf(driver) }), ...given({ force }) }, asked(context, input)));
  }

  @needs('tenders:answer')
  @Mutation(() => LoadPayload, { nullable: true, description: 'A carrier says with what it comes for a load that it has.' })
  nameLoadEquipment(@Ctx() context: GraphContext, @Arg('input', () => NameLoadEquipmentInput) input: NameLoadEquipmentInput): Promise<LoadPayload> {
    const { loadId, truck, trailer, driver } = input;
    return answered(context, () => context.commands.loads.assign(uuidIn('Load', loadId, 'input.loadId'), { ...defined({ truck, trailer }), ...(driver === undefined ? {} : { driver: driver === null ? null : driverOf(driver) }) }, asked(context, input)));
  }
}

export function asked({ principal, correlationId }: GraphContext, { idempotencyKey }: { idempotencyKey: string }): Asked {
  return { by: principal, idempotencyKey, correlationId };
}

/** @throws GatehouseError NOT_FOUND where it is no id of this type */
export function uuidIn(type: string, id: string, field: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field });
  return uuid;
}

/** @param work gives the UUID of the load that is shown */
export async function answered(context: GraphContext, work: () => Promise<string>): Promise<{ load: Load | null; userErrors: UserError[] }> {
  try {
    const uuid = await work();
    context.loaders.forget();
    return { load: await loadOf(context, uuid), userErrors: [] };
  } catch (error) {
    return { load: null, userErrors: userErrorsOf(error) };
  }
}

export function driverOf({ name, phone }: DriverInput): Driver {
  return { name, ...given({ phone }) };
}

function loadOf(context: GraphContext, uuid: string): Promise<Load | null> {
  return context.loaders.get(tmsLoaders, context.reader).load.load(uuid);
}

function stopOf({ id, facilityCode, place, windowFrom, windowTo, plannedArrivalAt, plannedDepartureAt, load, unload }: LoadStopInput): StopWish {
  const window = given({ from: timeOf(windowFrom), to: timeOf(windowTo) });
  const planned = given({ arrival: timeOf(plannedArrivalAt), departure: timeOf(plannedDepartureAt) });
  const where = place == null ? {} : given({ ...place });
  return {
    ...given({ id, facilityCode }), ...(Object.keys(where).length === 0 ? {} : { place: where }), ...(Object.keys(window).length === 0 ? {} : { window }), ...(Object.keys(planned).length === 0 ? {} : { planned }),
    load: load.map((each) => uuidIn('Shipment', each, 'input.stops')), unload: unload.map((each) => uuidIn('Shipment', each, 'input.stops')),
  };
}

function timeOf(instant: string | null | undefined): ZonedInstant | undefined {
  return instant == null ? undefined : { instant, zone: 'Z' };
}

function checkedWeight(weight: string | null | undefined): string | undefined {
  if (weight == null) return undefined;
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(weight)) throw new GatehouseError('BAD_INPUT', 'A weight is kilograms as decimal text.', { field: 'input.weightKg' });
  return weight;
}

/** What has a value. */
export function given<Values extends object>(values: Values): { [Name in keyof Values]?: NonNullable<Values[Name]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as { [Name in keyof Values]?: NonNullable<Values[Name]> };
}

/** What was said, nothing included. */
function defined<Values extends object>(values: Values): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> };
}

