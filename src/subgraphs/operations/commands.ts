import { sql } from 'kysely';
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { DeadFilter } from '../../events/commands.js';
import { GatehouseError } from '../../lib/errors.js';
import { fieldsRead, type ResolveInfo } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';
import type { GraphContext } from '../shared/context.js';
import { loadById, uuidOf, uuidOfFilter } from '../shared/lookup.js';
import { pageBelow } from '../shared/page-loader.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { commandFields, commandLoaders, commandOf, type CommandRow } from './command-loaders.js';
import {
  Command, CommandAttempt, CommandAttemptConnection, CommandConnection, CommandFailure, CommandFilter, CommandPayload, DiscardCommandInput, RedriveCommandsInput, RedriveCommandsPayload, ReplayCommandInput, RetryCommandInput,
} from './command-types.js';
import { Shipment } from './types.js';
import { userErrorsOf } from '../shared/user-errors.js';

const loaders = (context: GraphContext) => context.loaders.get(commandLoaders, context.reader);

@Resolver(() => Command)
export class CommandResolver {
  @needs('commands:read')
  @Query(() => Command, { nullable: true })
  command(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string, @Info() info?: ResolveInfo): Promise<Command | null> {
    return loadById(loaders(context).command, 'Command', id, fieldsRead(info, 'Command'));
  }

  @needs('commands:read')
  @Query(() => CommandConnection, { nullable: true, description: 'The latest first.' })
  async commands(
    @Ctx() { reader: { db } }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => CommandFilter, { nullable: true }) filter?: CommandFilter,
    @Info() info?: ResolveInfo,
  ): Promise<Page<Command>> {
    checkFirst(first);
    let query = db.selectFrom('command').select(commandFields.of(fieldsRead(info, 'Command')).names as never).$castTo<CommandRow>().orderBy('command.sequence', 'desc').limit(first + 1);
    if (filter?.state != null) query = query.where('state', '=', sql<never>`any(${filter.state}::text[])`);
    if (filter?.kind != null) query = query.where('kind', '=', sql<string>`any(${filter.kind}::text[])`);
    if (filter?.connection != null) query = query.where('connection', '=', sql<string>`any(${filter.connection}::text[])`);
    if (filter?.lane != null) query = query.where('lane', '=', filter.lane);
    if (filter?.subject != null) query = query.where('subject', '=', filter.subject);
    const shipment = uuidOfFilter('Shipment', 'shipment', filter?.shipment);
    if (shipment !== null) query = query.where('shipment_id', '=', shipment);
    if (after != null) query = query.where('command.sequence', '<', Number(decodeCursor(after, [cursorPatterns.position])[0]));
    return pageOf(await query.execute(), first, { after, cursor: (row) => encodeCursor(String(row.sequence)), node: commandOf });
  }

  @FieldResolver(() => CommandAttemptConnection, { nullable: true, description: 'Every attempt, the latest first.' })
  history(
    @Root() command: Command,
    @Ctx() context: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Info() info?: ResolveInfo,
  ): Promise<Page<CommandAttempt>> {
    return pageBelow(loaders(context).attempts, uuidOf('Command', command.id), first, after, fieldsRead(info, 'CommandAttempt'));
  }

  @needs('shipments:read')
  @FieldResolver(() => Shipment, { nullable: true, description: 'What it is about; of a booking by name once it is confirmed.' })
  async shipment(@Root() { uuid, shipment }: Command, @Ctx() context: GraphContext): Promise<Shipment | null> {
    return shipment ?? ((await loaders(context).shipment.load(uuid)) as Shipment | null);
  }

  @FieldResolver(() => Command, { nullable: true })
  async replacedBy(@Root() { replacement }: Command, @Ctx() context: GraphContext, @Info() info?: ResolveInfo): Promise<Command | null> {
    return replacement == null ? null : loaders(context).command.load(replacement, fieldsRead(info, 'Command'));
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'What is wanted, as JSON: addresses among it. Null once its retention has ended.' })
  async input(@Root() { uuid }: Command, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('command', uuid, await context.commands.outbound.input(uuid));
  }

  @needs('commands:write')
  @Mutation(() => CommandPayload, { nullable: true, description: 'Tries a command again that was given up, or that waits, now. It goes on with what it remembers.' })
  retryCommand(@Ctx() context: GraphContext, @Arg('input', () => RetryCommandInput) input: RetryCommandInput): Promise<CommandPayload> {
    return decide(context, input.id, async (id) => (await context.commands.outbound.retry(id, context.principal), id));
  }

  @needs('commands:write')
  @Mutation(() => CommandPayload, { nullable: true, description: 'Accepts a command anew, with another input, in place of one that the partner refused.' })
  replayCommand(@Ctx() context: GraphContext, @Arg('input', () => ReplayCommandInput) input: ReplayCommandInput): Promise<CommandPayload> {
    return decide(context, input.id, (id) => context.commands.outbound.replay(id, input.input, context.principal, input.reason));
  }

  @needs('commands:write')
  @Mutation(() => CommandPayload, { nullable: true, description: 'Lets a command be that was given up, or that waits.' })
  discardCommand(@Ctx() context: GraphContext, @Arg('input', () => DiscardCommandInput) input: DiscardCommandInput): Promise<CommandPayload> {
    return decide(context, input.id, async (id) => {
      const reason = input.reason.replaceAll('\0', '').trim();
      if (reason === '' || reason.length > 2000) throw new GatehouseError('BAD_INPUT', 'reason takes 1 to 2000 characters.', { field: 'reason' });
      await context.commands.outbound.discard(id, reason, context.principal);
      return id;
    });
  }

  @needs('commands:write')
  @Mutation(() => RedriveCommandsPayload, { nullable: true, description: 'Tries all commands again that were given up and that the filter takes, the oldest first; 10,000 at most at a time.' })
  async redriveCommands(@Ctx() { commands: { outbound }, principal }: GraphContext, @Arg('input', () => RedriveCommandsInput) input: RedriveCommandsInput): Promise<RedriveCommandsPayload> {
    try {
      const filter = Object.fromEntries(Object.entries(input.filter).filter(([, value]) => value != null)) as DeadFilter;
      if (!input.preview) return { count: await outbound.redrive(filter, input.perMinute, principal, input.reason), groups: [], userErrors: [] };
      const groups = await outbound.preview(filter, principal);
      return { count: groups.reduce((sum, group) => sum + group.count, 0), groups, userErrors: [] };
    } catch (error) {
      return { count: null, groups: [], userErrors: userErrorsOf(error) };
    }
  }
}

@Resolver(() => CommandFailure)
export class CommandFailureResolver {
  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  message(@Root() { uuid, text }: CommandFailure, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('command', uuid, text);
  }
}

@Resolver(() => CommandAttempt)
export class CommandAttemptResolver {
  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true })
  error(@Root() { uuid, text }: CommandAttempt, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('command', uuid, text);
  }

  @needs('personal:read')
  @FieldResolver(() => String, { nullable: true, description: 'What the partner answered, cut; only of what failed.' })
  async raw(@Root() { uuid }: CommandAttempt, @Ctx() context: GraphContext): Promise<string | null> {
    return context.people.text('command', uuid, await context.commands.outbound.answer(uuid));
  }
}

/** @param act gives the id of the command to show */
async function decide(context: GraphContext, id: string, act: (uuid: string) => Promise<string>): Promise<CommandPayload> {
  try {
    const uuid = uuidFromGlobalId('Command', id);
    if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
    const shown = await act(uuid);
    context.loaders.forget();
    return { command: await loaders(context).command.load(shown), userErrors: [] };
  } catch (error) {
    return { command: null, userErrors: userErrorsOf(error) };
  }
}
