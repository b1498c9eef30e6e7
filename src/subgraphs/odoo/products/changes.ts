import { Arg, Ctx, ObjectType, Field, Resolver, Root, Subscription } from 'type-graphql';
import { anyOf } from '../../shared/any-of.js';
import { Change, changedRows, changeOf, following, standing, type Changed } from '../../shared/change.js';
import type { GraphContext } from '../../shared/context.js';
import type { FeedEvent, FeedSource } from '../../shared/feed.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import { needs } from '../../shared/scopes.js';
import { available, stockLevelOf } from './rows.js';
import { StockLevel, StockLevelFilter } from './types.js';

@ObjectType('StockChange', { simpleResolvers: true, description: 'A stock level changed. Several changes that arrive at once are one.' })
export class StockChange extends Change {
  @Field(() => StockLevel, { nullable: true, description: 'As of now; null once it is no more.' }) stockLevel!: StockLevel | null;
}

function stockChangesOf(filter: StockLevelFilter): FeedSource<Changed<StockLevel>> {
  const product = uuidOfFilter('Product', 'productId', filter.productId);
  return {
    kinds: ['stock'], filter,
    async load({ db }, _kind, ids) {
      let query = db.selectFrom('stock_level').selectAll('stock_level').select(available).where('stock_level.id', '=', anyOf(ids));
      if (product !== null) query = query.where('product_id', '=', product);
      if (filter.location != null) query = query.where('location', '=', filter.location.trim());
      return changedRows(await query.execute(), (row) => row.deleted, stockLevelOf);
    },
  };
}

@Resolver()
export class StockChangeResolver {
  @needs('stock:read')
  @Subscription(() => StockChange, { description: 'Stock levels that changed.', ...following(stockChangesOf) } as never)
  stockChanges(
    @Root() fed: FeedEvent<Changed<StockLevel>>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => StockLevelFilter, { nullable: true }) _filter?: StockLevelFilter,
  ): StockChange {
    return { ...changeOf('StockLevel', fed, live), stockLevel: standing(fed) };
  }
}
