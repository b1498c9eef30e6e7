import DataLoader from 'dataloader';
import { sql } from 'kysely';
import { Arg, Ctx, FieldResolver, Info, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Reader } from '../../../auth/reader.js';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { TenderPlan as StoredPlan, TenderPlanState as PlanState } from '../../../model/transport/tender-plan.js';
import { anyOf } from '../../shared/any-of.js';
import { changedRows, changeOf, following, standing, type Changed } from '../../shared/change.js';
import type { GraphContext } from '../../shared/context.js';
import type { FeedEvent, FeedSource } from '../../shared/feed.js';
import { uuidOf, uuidOfFilter } from '../../shared/lookup.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { tmsLoaders } from '../loaders.js';
import { Load } from '../types.js';
import { offerOf } from './rows.js';
import { TenderOffer, TenderOfferChange, TenderOfferConnection, TenderOfferFilter, TenderPlan } from './types.js';

export function offersLoader({ db }: Reader) {
  return new DataLoader<string, TenderOffer | null>(async (ids) => {
    const rows = await db.selectFrom('tender_offer').selectAll('tender_offer').where('tender_offer.id', '=', anyOf(ids)).where('deleted', '=', false).execute();
    const byId = new Map(rows.map((row) => [row.id, offerOf(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/** The newest tender of each load, with its offers. Of insiders: nobody else sees any. */
function plansLoader({ db }: Reader) {
  return new DataLoader<string, TenderPlan | null>(async (loads) => {
    const rows = await db.selectFrom('tender_plan').select(['tender_plan.id', 'load_id', 'state', 'started_at', 'deadline_at', 'plan']).distinctOn('load_id').where('load_id', '=', anyOf(loads)).where('deleted', '=', false).orderBy('load_id').orderBy('started_at', 'desc').orderBy('tender_plan.id', 'desc').execute();
    const offers = rows.length === 0 ? [] : await db.selectFrom('tender_offer').selectAll('tender_offer').where('plan_id', '=', anyOf(rows.map((row) => row.id))).orderBy('ordinal').execute();
    const byLoad = new Map(rows.map((row): [string, TenderPlan] => {
      const { candidates, offers: asked, state } = row.plan as unknown as StoredPlan;
      return [row.load_id, {
        state: row.state as PlanState, startedAt: row.started_at, deadlineAt: row.deadline_at, offers: offers.filter((offer) => offer.plan_id === row.id).map(offerOf),
        next: state === 'OPEN' || state === 'ACCEPTED' ? candidates.slice(asked.length).map(({ carrier }) => carrier) : [],
      }];
    }));
    return loads.map((load) => byLoad.get(load) ?? null);
  });
}

function offerChangesOf(filter: TenderOfferFilter): FeedSource<Changed<TenderOffer>> {
  const load = uuidOfFilter('Load', 'loadId', filter.loadId);
  return {
    kinds: ['tender_offer'], filter,
    async load({ db }, _kind, ids) {
      let query = db.selectFrom('tender_offer').selectAll('tender_offer').where('tender_offer.id', '=', anyOf(ids));
      if (load !== null) query = query.where('load_id', '=', load);
      if (filter.state != null) query = query.where('state', '=', sql<string>`any(${filter.state}::text[])`);
      return changedRows(await query.execute(), (row) => row.deleted, offerOf);
    },
  };
}

@Resolver(() => TenderOffer)
export class TenderOfferResolver {
  @needs('loads:read')
  @Query(() => TenderOfferConnection, { nullable: true, description: 'Offers to carriers, newest first; a carrier sees its own.' })
  async tenderOffers(@Ctx() { reader }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Arg('filter', () => TenderOfferFilter, { nullable: true }) filter?: TenderOfferFilter): Promise<Page<TenderOffer>> {
    checkFirst(first);
    let query = reader.db.selectFrom('tender_offer').selectAll('tender_offer').where('deleted', '=', false).orderBy('offered_at', 'desc').orderBy('tender_offer.id', 'desc').limit(first + 1);
    const load = uuidOfFilter('Load', 'loadId', filter?.loadId);
    if (load !== null) query = query.where('load_id', '=', load);
    if (filter?.state != null) query = query.where('state', '=', sql<string>`any(${filter.state}::text[])`);
    if (after != null) {
      const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
      query = query.where(sql<boolean>`(tender_offer.offered_at, tender_offer.id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(row.offered_at, row.id), node: offerOf });
  }

  @FieldResolver(() => Load, { nullable: true, description: 'Null for a carrier that is not asked any more and does not have it.' })
  load(@Root() { loadUuid }: TenderOffer, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Load | null> {
    return context.loaders.get(tmsLoaders, context.reader).load.load(loadUuid, fieldsRead(info, 'Load'));
  }

  @needs('loads:read')
  @Subscription(() => TenderOfferChange, { description: 'Offers of loads that were made, changed, answered or ended.', ...following(offerChangesOf) } as never)
  tenderOfferChanges(
    @Root() fed: FeedEvent<Changed<TenderOffer>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => TenderOfferFilter, { nullable: true }) _filter?: TenderOfferFilter,
  ): TenderOfferChange {
    return { ...changeOf('TenderOffer', fed, live), tenderOffer: standing(fed) };
  }
}

@Resolver(() => Load)
export class LoadTenderPlanResolver {
  @FieldResolver(() => TenderPlan, { nullable: true, description: 'To whom it is or was offered. Null for who is outside of the company.' })
  tenderPlan(@Root() load: Load, @Ctx() context: GraphContext): Promise<TenderPlan | null> {
    return context.loaders.get(plansLoader, context.reader).load(uuidOf('Load', load.id));
  }
}
