import DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import type { AssignmentStep as StoredStep } from '../../../model/transport/assignment.js';
import { anyOf } from '../../shared/any-of.js';
import type { GraphContext } from '../../shared/context.js';
import { needs } from '../../shared/scopes.js';
import { uuidOf } from '../../shared/lookup.js';
import { tmsLoaders } from '../loaders.js';
import { Load } from '../types.js';
import { AssignmentStep, Driver, LoadAssignment } from './types.js';

function assignmentLoader({ db }: Reader) {
  return new DataLoader<string, LoadAssignment | null>(async (loads) => {
    const rows = await db.selectFrom('load_assignment').select(['load_id', 'carrier', 'truck', 'trailer', 'updated_at', 'history', 'personal_data_id', 'sealed']).where('load_id', '=', anyOf(loads)).where('deleted', '=', false).execute();
    const byLoad = new Map(rows.map((row): [string, LoadAssignment] => [row.load_id, {
      loadUuid: row.load_id, carrier: row.carrier, truck: row.truck, trailer: row.trailer, updatedAt: row.updated_at, steps: (row.history as unknown as StoredStep[]).map(stepOf), person: { personalDataId: row.personal_data_id, sealed: row.sealed },
    }]));
    return loads.map((load) => byLoad.get(load) ?? null);
  });
}

function stepOf({ at, by, carrier, truck, trailer, driver, reason }: StoredStep): AssignmentStep {
  return { at, by, carrier: carrier ?? null, truck: truck ?? null, trailer: trailer ?? null, driver, reason: reason ?? null };
}

@Resolver(() => Load)
export class LoadPlanningResolver {
  @FieldResolver(() => Load, { nullable: true, description: 'The load that it was split from.' })
  splitFrom(@Root() { splitFromUuid }: Load, @Ctx() context: GraphContext): Promise<Load | null> | null {
    return splitFromUuid == null ? null : context.loaders.get(tmsLoaders, context.reader).load.load(splitFromUuid);
  }

  @FieldResolver(() => Load, { nullable: true, description: 'The load in which it ended.' })
  mergedInto(@Root() { mergedIntoUuid }: Load, @Ctx() context: GraphContext): Promise<Load | null> | null {
    return mergedIntoUuid == null ? null : context.loaders.get(tmsLoaders, context.reader).load.load(mergedIntoUuid);
  }

  @FieldResolver(() => LoadAssignment, { nullable: true, description: 'Who drives it as it was decided here; shown to the company and to that carrier.' })
  assignment(@Root() load: Load, @Ctx() context: GraphContext): Promise<LoadAssignment | null> {
    return context.loaders.get(assignmentLoader, context.reader).load(uuidOf('Load', load.id));
  }
}

@Resolver(() => LoadAssignment)
export class LoadAssignmentResolver {
  @needs('personal:read')
  @FieldResolver(() => Driver, { nullable: true })
  async driver(@Root() { loadUuid, person }: LoadAssignment, @Ctx() context: GraphContext): Promise<Driver | null> {
    if (person.personalDataId === null) return null;
    const { name, phone } = await context.people.open({ kind: 'load', partyId: loadUuid, ...person });
    return { name: name ?? null, phone: phone ?? null };
  }

  @FieldResolver(() => [AssignmentStep], { nullable: true, description: 'The latest 50, oldest first. Null for who is outside of the company: other carriers may be in it.' })
  history(@Root() { steps }: LoadAssignment, @Ctx() { principal }: GraphContext): AssignmentStep[] | null {
    return principal.companies === 'none' ? null : steps;
  }
}
