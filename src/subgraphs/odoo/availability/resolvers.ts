import { sql } from 'kysely';
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Query, Resolver, Root } from 'type-graphql';
import type { GraphContext } from '../../shared/context.js';
import { uuidOfFilter } from '../../shared/lookup.js';
import { checkFirst, encodeCursor, pageOf, pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { productsQuery } from '../products/queries.js';
import { productOf } from '../products/rows.js';
import { availabilityOf } from './read.js';
import { Availability, AvailabilityConnection, WarehouseAvailability, WarehouseAvailabilityConnection } from './types.js';

@InputType()
export class AvailabilityFilter {
  @Field(() => ID, { nullable: true }) productId?: string;
  @Field(() => [String], { nullable: true, description: 'At most 100.' }) skus?: string[];
  @Field(() => String, { nullable: true, description: 'Part of the name, the SKU or the barcode; capitals or not.' }) search?: string;
}

/** More SKUs than a page has products are not looked for. */
const mostSkus = 100;

@Resolver(() => Availability)
export class AvailabilityResolver {
  @needs('stock:read')
  @Query(() => AvailabilityConnection, { nullable: true, description: 'What can be promised, for sales and service: Odoo’s stock and what warehouses state of it. By name of the product.' })
  async availability(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => AvailabilityFilter, { nullable: true }) filter?: AvailabilityFilter,
  ): Promise<Page<Availability>> {
    checkFirst(first);
    const product = uuidOfFilter('Product', 'productId', filter?.productId);
    let query = productsQuery(reader, first, after, filter?.search == null ? {} : { search: filter.search });
    if (product !== null) query = query.where('product.id', '=', product);
    if (filter?.skus != null) query = query.where('sku', '=', sql<string>`any(${filter.skus.slice(0, mostSkus).map((sku) => sku.trim())}::text[])`);
    const rows = await query.execute();
    const found = await availabilityOf(reader, rows.slice(0, first).map(productOf));
    const byProduct = new Map(found.map((each) => [each.product.uuid, each]));
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.name, row.id), node: (row) => byProduct.get(row.id)! });
  }

  @FieldResolver(() => WarehouseAvailabilityConnection, { nullable: true, description: 'By code and company of the warehouse.' })
  warehouses(@Root() availability: Availability, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<WarehouseAvailability> {
    return pageOfValues(availability.allWarehouses, first, after);
  }
}
