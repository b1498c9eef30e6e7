import { sql, type Selectable } from 'kysely';
import { Arg, Ctx, Directive, Field, ID, InputType, ObjectType, registerEnumType, Resolver, Root, Subscription } from 'type-graphql';
import type { Reader } from '../../auth/reader.js';
import type { ConnectionHealthTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import type { Severity as SeverityName } from '../../model/milestones.js';
import { anyOf } from '../shared/any-of.js';
import { following } from '../shared/change.js';
import type { GraphContext } from '../shared/context.js';
import { enumOf } from '../shared/enums.js';
import type { FeedEvent, FeedSource } from '../shared/feed.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { exceptionOf } from './loaders.js';
import { Exception, ExceptionState, Severity } from './types.js';

@InputType()
export class ExceptionChangeFilter {
  @Field(() => [ExceptionState], { nullable: true, description: 'Of exceptions that now have one of these.' }) state?: Array<keyof typeof ExceptionState>;
  @Field(() => [String], { nullable: true }) kind?: string[];
  @Field(() => [Severity], { nullable: true }) severity?: SeverityName[];
}

@ObjectType('ExceptionChange', { simpleResolvers: true, description: 'An exception was raised, changed, assigned, resolved or reopened. Several changes that arrive at once are one.' })
export class ExceptionChange {
  @Field(() => String, { description: 'Place in this token’s feed, to resume a subscription from.' }) cursor!: string;
  @Field(() => Exception, { description: 'As of now.' }) exception!: Exception;
}

export const SyncState = enumOf(['RUNNING', 'DONE', 'FAILED'] as const);
registerEnumType(SyncState, { name: 'SyncState' });

@Directive('@key(fields: "id")')
@ObjectType('ConnectionHealth', { simpleResolvers: true, description: 'How a connection to an outside system does.' })
export class ConnectionHealth {
  @Field(() => ID) id!: string;
  @Field(() => String) connection!: string;
  @Field(() => SyncState, { nullable: true, description: 'Of the latest synchronisation; null where there was none.' }) syncState!: keyof typeof SyncState | null;
  @Field(() => String, { nullable: true, description: 'Why it failed.' }) syncError!: string | null;
  @Field(() => DateTime, { nullable: true }) syncStartedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) syncFinishedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When a message of it could last not be read.' }) quarantinedAt!: string | null;
}

@InputType()
export class OperationsHealthFilter {
  @Field(() => [String], { nullable: true, description: 'Ids of connections.' }) connection?: string[];
}

@ObjectType('OperationsHealth', { simpleResolvers: true, description: 'A synchronisation began, ended or failed, or a message could not be read.' })
export class OperationsHealth {
  @Field(() => String, { description: 'Place in this token’s feed, to resume a subscription from.' }) cursor!: string;
  @Field(() => ConnectionHealth, { description: 'As of now.' }) connection!: ConnectionHealth;
}

function exceptionChangesOf(filter: ExceptionChangeFilter): FeedSource<Exception> {
  return {
    kinds: ['exception'], filter,
    async load({ db }, _kind, ids) {
      let query = db.selectFrom('exception').selectAll('exception').where('exception.id', '=', anyOf(ids));
      if (filter.state != null) query = query.where('state', '=', sql<never>`any(${filter.state}::text[])`);
      if (filter.kind != null) query = query.where('kind', '=', sql<string>`any(${filter.kind}::text[])`);
      if (filter.severity != null) query = query.where('severity', '=', sql<string>`any(${filter.severity}::text[])`);
      return new Map((await query.execute()).map((row) => [row.id, exceptionOf(row)]));
    },
  };
}

function operationsHealthOf(filter: OperationsHealthFilter): FeedSource<ConnectionHealth> {
  return { kinds: ['connection'], filter, load: ({ db }, _kind, ids) => readHealth(db, ids, filter) };
}

/** Health of connections by UUID, as far as visible. */
export async function readHealth(db: Reader['db'], ids: readonly string[], filter: OperationsHealthFilter = {}): Promise<Map<string, ConnectionHealth>> {
  let query = db.selectFrom('connection_health').selectAll('connection_health').where('connection_health.id', '=', anyOf(ids));
  if (filter.connection != null) query = query.where('connection', '=', sql<string>`any(${filter.connection}::text[])`);
  return new Map((await query.execute()).map((row) => [row.id, healthOf(row)]));
}

function healthOf(row: Selectable<ConnectionHealthTable>): ConnectionHealth {
  return {
    id: globalId('ConnectionHealth', row.id), connection: row.connection, syncState: row.sync_state, syncError: row.sync_error, syncStartedAt: row.sync_started_at,
    syncFinishedAt: row.sync_finished_at, quarantinedAt: row.quarantined_at,
  };
}

@Resolver()
export class OperationsChangeResolver {
  @needs('exceptions:read')
  @Subscription(() => ExceptionChange, { description: 'Exceptions that were raised or changed.', ...following(exceptionChangesOf) } as never)
  exceptionChanges(
    @Root() { cursor, item }: FeedEvent<Exception>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => ExceptionChangeFilter, { nullable: true }) _filter?: ExceptionChangeFilter,
  ): ExceptionChange {
    return { cursor: live.encode(cursor), exception: item };
  }

  @needs('operations:read')
  @Subscription(() => OperationsHealth, { description: 'How connections do, whenever that changes.', ...following(operationsHealthOf) } as never)
  operationsHealth(
    @Root() { cursor, item }: FeedEvent<ConnectionHealth>,
    @Ctx() { live }: GraphContext,
    @Arg('after', () => String, { nullable: true }) _after?: string,
    @Arg('filter', () => OperationsHealthFilter, { nullable: true }) _filter?: OperationsHealthFilter,
  ): OperationsHealth {
    return { cursor: live.encode(cursor), connection: item };
  }
}
