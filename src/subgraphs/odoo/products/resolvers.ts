import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, textPattern, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { OrderLine } from '../types.js';
import { productLoaders } from './loaders.js';
import { productsQuery, stockLevelsQuery } from './queries.js';
import { productOf, stockLevelOf } from './rows.js';
import { Product, ProductConnection, ProductFilter, StockLevel, StockLevelConnection, StockLevelFilter } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(productLoaders, context.reader);

@Resolver(() => Product)
export class ProductResolver {
  @needs('products:read')
  @Query(() => Product, { nullable: true, description: 'One product, by its id, its SKU or its barcode. Of several with one SKU the one that Odoo stated last.' })
  async product(
    @Ctx() context: GraphContext,
    @Arg('id', () => ID, { nullable: true }) id?: string,
    @Arg('sku', () => String, { nullable: true }) sku?: string,
    @Arg('barcode', () => String, { nullable: true }) barcode?: string,
  ): Promise<Product | null> {
    if ([id, sku, barcode].filter((each) => each != null).length !== 1) throw new GatehouseError('BAD_INPUT', 'Give exactly one of id, sku and barcode.');
    if (id != null) {
      const uuid = uuidFromGlobalId('Product', id);
      return uuid === null ? null : loaders(context).product.load(uuid);
    }
    const [column, value] = sku != null ? (['sku', sku] as const) : (['barcode', barcode!] as const);
    const row = await context.reader.db.selectFrom('product').selectAll('product').where(column, '=', value.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('product.id').executeTakeFirst();
    return row === undefined ? null : productOf(row);
  }

  @needs('products:read')
  @Query(() => ProductConnection, { nullable: true, description: 'By name.' })
  async products(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ProductFilter, { nullable: true }) filter?: ProductFilter,
  ): Promise<Page<Product>> {
    checkFirst(first);
    const rows = await productsQuery(reader, first, after, filter ?? {}).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.name, row.id), node: productOf });
  }

  @needs('stock:read')
  @FieldResolver(() => StockLevelConnection, { nullable: true, description: 'By location.' })
  async stock(@Root() product: Product, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<StockLevel>> {
    checkFirst(first);
    if (after != null) decodeCursor(after, [textPattern, cursorPatterns.uuid]);
    const levels = await loaders(context).stockOfProduct.load({ parent: product.uuid, after: after ?? null, limit: first + 1 });
    return pageOf(levels, first, { after, cursor: (level) => encodeCursor(level.location, level.uuid), node: (level) => level });
  }
}

@Resolver(() => StockLevel)
export class StockLevelResolver {
  @needs('stock:read')
  @Query(() => StockLevelConnection, { nullable: true, description: 'By product, then by location.' })
  async stockLevels(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => StockLevelFilter, { nullable: true }) filter?: StockLevelFilter,
  ): Promise<Page<StockLevel>> {
    checkFirst(first);
    const rows = await stockLevelsQuery(reader, first, after, filter ?? {}).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.product_id, row.location, row.id), node: stockLevelOf });
  }

  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() level: StockLevel, @Ctx() context: GraphContext): Promise<Product | null> {
    return loaders(context).product.load(level.productId);
  }
}

@Resolver(() => OrderLine)
export class OrderLineProductResolver {
  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() { productId }: OrderLine, @Ctx() context: GraphContext): Promise<Product | null> | null {
    return productId === null ? null : loaders(context).product.load(productId);
  }
}
