import { Arg, Ctx, FieldResolver, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { fieldsRead, type ResolveInfo } from '../../../lib/fields-read.js';
import { globalId } from '../../../lib/ids.js';
import { gs1Check, isSsccValid } from '../../../model/gs1.js';
import type { GraphContext } from '../../shared/context.js';
import { pageBelow } from '../../shared/page-loader.js';
import { checkFirst, encodeCursor, pageOf, pageOfValues, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { Shipment } from '../types.js';
import { palletLoaders } from './loaders.js';
import { palletQuery, palletsQuery, ssccGiven } from './queries.js';
import { palletOf } from './rows.js';
import { Pallet, PalletConnection, PalletFilter, PalletLineConnection, PalletLineType, PalletReportConnection, PalletReportType, Product, Transfer } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(palletLoaders, context.reader);

@Resolver(() => Pallet)
export class PalletResolver {
  @needs('yard:read')
  @Query(() => Pallet, { nullable: true, description: 'The pallet with this SSCC, with or without (00), where it is; once it was shipped, where it was last. A code that nobody reported is refused where its check digit is wrong.' })
  async pallet(@Ctx() { reader }: GraphContext, @Arg('sscc', () => String) given: string, @Info() info?: ResolveInfo): Promise<Pallet | null> {
    const sscc = ssccGiven(given, 'sscc');
    const row = await palletQuery(reader, sscc, fieldsRead(info, 'Pallet')).executeTakeFirst();
    if (row !== undefined) return palletOf(row);
    if (!isSsccValid(sscc)) throw new GatehouseError('BAD_INPUT', `The check digit of this SSCC is wrong: behind ${sscc.slice(0, -1)} stands ${gs1Check(sscc.slice(0, -1))}.`, { field: 'sscc' });
    return null;
  }

  @needs('yard:read')
  @Query(() => PalletConnection, { nullable: true, description: 'Pallets, and cartons that stand on none; the one of which something happened last first. A warehouse sees its own.' })
  async pallets(
    @Ctx() { reader }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => PalletFilter, { nullable: true }) filter?: PalletFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Pallet>> {
    checkFirst(first);
    const rows = await palletsQuery(reader, first, after, filter ?? {}, fieldsRead(info, 'Pallet')).execute();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.updated_at, row.id), node: palletOf });
  }

  @FieldResolver(() => PalletLineConnection, { nullable: true, description: 'By whoever handled it last; before it arrives, by who announced it.' })
  lines(@Root() pallet: Pallet, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<PalletLineType> {
    return pageOfValues(pallet.allLines, first, after);
  }

  @FieldResolver(() => PalletReportConnection, { nullable: true, description: 'All that was said of it here, in time order.' })
  reports(@Root() pallet: Pallet, @Ctx() context: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string, @Info() info?: ResolveInfo): Promise<Page<PalletReportType>> {
    return pageBelow(loaders(context).reportsOfPallet, pallet.uuid, first, after, fieldsRead(info, 'PalletReport'));
  }
}

@Resolver(() => PalletLineType)
export class PalletLineResolver {
  @needs('products:read')
  @FieldResolver(() => Product, { nullable: true, description: 'As Odoo names it.' })
  async product(@Root() { productId }: PalletLineType, @Ctx() context: GraphContext): Promise<Product | null> {
    const id = productId === null ? null : await loaders(context).product.load(productId);
    return id === null ? null : { id: globalId('Product', id) };
  }
}

@Resolver(() => PalletReportType)
export class PalletReportResolver {
  @needs('orders:read')
  @FieldResolver(() => Transfer, { nullable: true, description: 'The transfer of Odoo that says it, or that the order or receipt is.' })
  async transfer(@Root() report: PalletReportType, @Ctx() context: GraphContext): Promise<Transfer | null> {
    const id = await loaders(context).transferOfReport.load(report.uuid);
    return id === null ? null : { id: globalId('Transfer', id) };
  }

  @needs('shipments:read')
  @FieldResolver(() => Shipment, { nullable: true, description: 'Null for a step within the walls, and where it is not known.' })
  async shipment(@Root() report: PalletReportType, @Ctx() context: GraphContext): Promise<Shipment | null> {
    const id = await loaders(context).shipmentOfReport.load(report.uuid);
    return id === null ? null : { id: globalId('Shipment', id) };
  }
}
