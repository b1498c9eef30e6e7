import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { ExceptionChange } from '../../projections/change-exception.js';
import type { GraphContext } from '../shared/context.js';
import { loadById, uuidOf } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { decodeExceptionCursor, exceptionCursor, exceptionFields, exceptionOf, operationsLoaders, type ExceptionRow } from './loaders.js';
import { AssignExceptionInput, Exception, ExceptionConnection, ExceptionFilter, ExceptionPayload, ReopenExceptionInput, ResolveExceptionInput, Shipment, Viewer } from './types.js';

const loaders = (context: GraphContext) => context.loaders.get(operationsLoaders, context.reader);

@Resolver(() => Exception)
export class ExceptionResolver {
  @needs('exceptions:read')
  @Query(() => Exception, { nullable: true })
  exception(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Exception | null> {
    return loadById(loaders(context).exception, 'Exception', id, fieldsRead(info, 'Exception'));
  }

  @needs('exceptions:read')
  @Query(() => ExceptionConnection, { nullable: true, description: 'Newest first. Without a filter, those not resolved.' })
  async exceptions(
    @Ctx() { reader: { db } }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => ExceptionFilter, { nullable: true }) filter?: ExceptionFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Exception>> {
    checkFirst(first);
    let query = db.selectFrom('exception').select(exceptionFields.of(fieldsRead(info, 'Exception')).names as never).$castTo<ExceptionRow>().orderBy('opened_at', 'desc').orderBy('exception.id', 'desc').limit(first + 1);
    query = filter?.state == null ? query.where('state', '<>', 'RESOLVED') : query.where('state', 'in', filter.state.length > 0 ? filter.state : ['' as never]);
    if (filter?.kind != null) query = query.where('kind', 'in', filter.kind.length > 0 ? filter.kind : ['']);
    if (after != null) {
      const [openedAt, id] = decodeExceptionCursor(after);
      query = query.where((w) => w.or([w('opened_at', '<', openedAt), w.and([w('opened_at', '=', openedAt), w('exception.id', '<', id)])]));
    }
    return pageOf(await query.execute(), first, { after, cursor: (row) => exceptionCursor({ openedAt: row.opened_at, uuid: row.id }), node: exceptionOf });
  }

  @needs('exceptions:write')
  @Mutation(() => ExceptionPayload, { nullable: true })
  assignException(@Ctx() context: GraphContext, @Arg('input', () => AssignExceptionInput) input: AssignExceptionInput): Promise<ExceptionPayload> {
    return change(context, input.id, (id) => ({ id, action: 'assign', assignee: text(input.assignee, 'assignee') }));
  }

  @needs('exceptions:write')
  @Mutation(() => ExceptionPayload, { nullable: true })
  resolveException(@Ctx() context: GraphContext, @Arg('input', () => ResolveExceptionInput) input: ResolveExceptionInput): Promise<ExceptionPayload> {
    return change(context, input.id, (id) => ({ id, action: 'resolve', resolution: text(input.resolution, 'resolution') }));
  }

  @needs('exceptions:write')
  @Mutation(() => ExceptionPayload, { nullable: true })
  reopenException(@Ctx() context: GraphContext, @Arg('input', () => ReopenExceptionInput) input: ReopenExceptionInput): Promise<ExceptionPayload> {
    return change(context, input.id, (id) => ({ id, action: 'reopen', reason: text(input.reason, 'reason') }));
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  detail(@Root() exception: Exception, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('exception', exception.uuid, exception.text);
  }
}

@Resolver(() => Shipment)
export class ShipmentExceptionsResolver {
  @needs('exceptions:read')
  @FieldResolver(() => ExceptionConnection, { nullable: true, description: 'Newest first, resolved ones among them.' })
  async exceptions(
    @Root() shipment: Shipment,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Exception>> {
    return pageBelow(loaders(context).ofShipment, uuidOf('Shipment', shipment.id), first, after, fieldsRead(info, 'Exception'));
  }
}

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer)
  viewer(@Ctx() { principal }: GraphContext): Viewer {
    return { name: principal.subject, role: principal.role, scopes: [...principal.scopes].sort(), demonstration: principal.demonstration };
  }
}

/** What the caller did wrong comes back as userErrors; anything else is thrown. */
async function change(context: GraphContext, id: string, make: (uuid: string) => ExceptionChange): Promise<ExceptionPayload> {
  try {
    const uuid = uuidFromGlobalId('Exception', id);
    if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
    const wanted = make(uuid);
    if ((await loaders(context).exception.load(uuid)) === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
    await context.commands.changeException(wanted, context.principal, context.correlationId);
    context.loaders.forget();
    return { exception: await loaders(context).exception.load(uuid), userErrors: [] };
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code === 'UNAVAILABLE') throw error;
    return { exception: null, userErrors: [{ field: error.field ?? null, message: error.message, code: error.code }] };
  }
}

function text(value: string, field: string): string {
  const trimmed = value.replaceAll('\0', '').trim();
  if (trimmed === '' || trimmed.length > 2000) throw new GatehouseError('BAD_INPUT', `${field} takes 1 to 2000 characters.`, { field });
  return trimmed;
}
