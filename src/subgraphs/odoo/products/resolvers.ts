import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import type { GraphContext } from '../../shared/context.js';
import { checkExactlyOne, loadById } from '../../shared/lookup.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { OrderLine } from '../types.js';
import { productLoaders } from './loaders.js';
import { productsQuery, selectProducts, stockLevelsQuery } from './queries.js';
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
    @Info() info?: ResolveInfo,
  ): Promise<Product | null> {
    checkExactlyOne({ id, sku, barcode });
    if (id != null) return loadById(loaders(context).product, 'Product', id, fieldsRead(info, 'Product'));
    const [column, value] = sku != null ? (['sku', sku] as const) : (['barcode', barcode!] as const);
    const row = await selectProducts(context.reader.db, fieldsRead(info, 'Product')).where(column, '=', value.trim()).where('deleted', '=', false).orderBy('updated_at', 'desc').orderBy('product.id').executeTakeFirst();
    return row === undefined ? null : productOf(row);
  }

  @needs('products:read')
  @Query(() => ProductConnection, { nullable: true, description: 'By name.' })
  async products(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ProductFilter, { nullable: true }) filter?: ProductFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Product>> {
    checkFirst(first);
    const rows = await productsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'Product')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.name, row.id), node: productOf });
  }

  @needs('stock:read')
  @FieldResolver(() => StockLevelConnection, { nullable: true, description: 'By location.' })
  stock(@Root() product: Product, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<StockLevel>> {
    return pageBelow(loaders(context).stockOfProduct, product.uuid, first, after, fieldsRead(info, 'StockLevel'));
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
    @Info() info?: ResolveInfo,
  ): Promise<Page<StockLevel>> {
    checkFirst(first);
    const rows = await stockLevelsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'StockLevel')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.product_id, row.location, row.id), node: stockLevelOf });
  }

  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() level: StockLevel, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Product | null> {
    return loaders(context).product.load(level.productId, fieldsRead(info, 'Product'));
  }
}

@Resolver(() => OrderLine)
export class OrderLineProductResolver {
  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true })
  product(@Root() { productId }: OrderLine, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Product | null> | null {
    return productId === null ? null : loaders(context).product.load(productId, fieldsRead(info, 'Product'));
  }
}
