import { sql } from 'kysely';
import { Arg, Ctx, Field, ID, InputType, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import type { LoadState as LoadStateName } from '../../model/transport/records.js';
import { anyOf } from '../shared/any-of.js';
import { Change, changedRows, changeOf, following, standing, type Changed } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { uuidOfFilter } from '../shared/lookup.js';
import { needs } from '../shared/scopes.js';
import { loadColumns, loadOf } from './rows.js';
import { Load, LoadState } from './types.js';

@InputType()
export class LoadChangeFilter {
  @Field(() => ID, { nullable: true }) loadId?: string;
  @Field(() => [LoadState], { nullable: true, description: 'Of loads that now have one of these.' }) state?: LoadStateName[];
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier?: string;
}

@ObjectType('LoadChange', { simpleResolvers: true, description: 'A load, one of its stops or what it carries changed. Several changes that arrive at once are one.' })
export class LoadChange extends Change {
  @Field(() => Load, { nullable: true, description: 'As of now; null once it is no more.' }) load!: Load | null;
}

function loadChangesOf(filter: LoadChangeFilter): FeedSource<Changed<Load>> {
  const load = uuidOfFilter('Load', 'loadId', filter.loadId);
  return {
    kinds: ['load'], filter,
    async load({ db }, _kind, ids) {
      let query = db.selectFrom('load').select([...loadColumns, 'load.deleted']).where('load.id', '=', anyOf(ids));
      if (load !== null) query = query.where('load.id', '=', load);
      if (filter.state != null) query = query.where('state', '=', sql<string>`any(${filter.state}::text[])`);
      if (filter.carrier != null) query = query.where('carrier', '=', filter.carrier);
      return changedRows(await query.execute(), (row) => row.deleted, loadOf);
    },
  };
}

@Resolver()
export class LoadChangeResolver {
  @needs('loads:read')
  @Subscription(() => LoadChange, { description: 'Loads that became visible or changed: planned, tendered, under way, at a stop.', ...following(loadChangesOf) } as never)
  loadChanges(
    @Root() fed: FeedEvent<Changed<Load>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => LoadChangeFilter, { nullable: true }) _filter?: LoadChangeFilter,
  ): LoadChange {
    return { ...changeOf('Load', fed, live), load: standing(fed) };
  }
}
