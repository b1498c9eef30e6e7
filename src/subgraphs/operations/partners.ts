import { Arg, Ctx, Field, Float, ID, InputType, Int, Mutation, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import type { Lane as LaneName } from '../../model/commands.js';
import type { GraphContext } from '../shared/context.js';
import { enumOf } from '../shared/enums.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { commandLoaders } from './command-loaders.js';
import { CommandPayload, Lane } from './command-types.js';
import { UserError } from './types.js';
import { userErrorsOf } from '../shared/user-errors.js';

const BreakerState = enumOf(['CLOSED', 'OPEN', 'HALF_OPEN'] as const);
registerEnumType(BreakerState, { name: 'BreakerState', description: 'OPEN: the partner is down, and nothing is sent. HALF_OPEN: a few calls find out whether it still is.' });

@ObjectType('PartnerPolicy', { simpleResolvers: true, description: 'How a partner is treated.' })
export class PartnerPolicy {
  @Field(() => Int, { description: 'Milliseconds until an answer must be here.' }) timeoutMs!: number;
  @Field(() => Int, { description: 'Failed attempts after which a command is given up; those of a partner that is down do not count.' }) attempts!: number;
  @Field(() => Float, { description: 'Seconds before the second attempt; doubles, with jitter.' }) backoffSeconds!: number;
  @Field(() => Float) backoffMaxSeconds!: number;
  @Field(() => Float, { description: 'Hours after which a command that still waits is given up.' }) giveUpHours!: number;
  @Field(() => Int, { description: 'Calls under way at once.' }) concurrency!: number;
  @Field(() => Int, { description: 'Calls begun per minute.' }) perMinute!: number;
  @Field(() => Float, { description: 'Share of the last calls that fail before the breaker opens.' }) breakerShare!: number;
  @Field(() => Int, { description: 'Calls of which that is the share.' }) breakerWindow!: number;
  @Field(() => Float, { description: 'Seconds for which it stays open at first; doubles while probes fail.' }) openSeconds!: number;
  @Field(() => Float) openMaxSeconds!: number;
  @Field(() => Int, { description: 'Calls at once while it is half open, and successes that close it.' }) probes!: number;
  @Field(() => ID, { nullable: true, description: 'Connection that takes over what may go elsewhere.' }) fallback!: string | null;
}

@ObjectType('PartnerQueue', { simpleResolvers: true })
export class PartnerQueue {
  @Field(() => Lane) lane!: LaneName;
  @Field(() => Int) waiting!: number;
  @Field(() => Int) calling!: number;
  @Field(() => Float, { nullable: true, description: 'Age of the oldest command, seconds.' }) oldestSeconds!: number | null;
}

@ObjectType('Partner', { simpleResolvers: true, description: 'A connection that performs commands: how it does, and how it is treated.' })
export class Partner {
  @Field(() => ID, { description: 'Id of the connection.' }) connection!: string;
  @Field(() => String) connector!: string;
  @Field(() => PartnerPolicy) policy!: PartnerPolicy;
  @Field(() => [String], { description: 'What of its policy differs from the defaults.' }) overridden!: string[];
  @Field(() => BreakerState) breaker!: keyof typeof BreakerState;
  @Field(() => DateTime, { nullable: true }) openUntil!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'It asked not to be called before.' }) pausedUntil!: string | null;
  @Field(() => String, { nullable: true, description: 'What went wrong last.' }) lastError!: string | null;
  @Field(() => [PartnerQueue]) queues!: PartnerQueue[];
  @Field(() => Int, { description: 'Commands that were given up and wait for somebody.' }) dead!: number;
}

@InputType({ description: 'What is given is set; null takes an override away.' })
export class PartnerPolicyInput {
  @Field(() => Int, { nullable: true }) timeoutMs?: number | null;
  @Field(() => Int, { nullable: true }) attempts?: number | null;
  @Field(() => Float, { nullable: true }) backoffSeconds?: number | null;
  @Field(() => Float, { nullable: true }) backoffMaxSeconds?: number | null;
  @Field(() => Float, { nullable: true }) giveUpHours?: number | null;
  @Field(() => Int, { nullable: true }) concurrency?: number | null;
  @Field(() => Int, { nullable: true }) perMinute?: number | null;
  @Field(() => Float, { nullable: true }) breakerShare?: number | null;
  @Field(() => Int, { nullable: true }) breakerWindow?: number | null;
  @Field(() => Float, { nullable: true }) openSeconds?: number | null;
  @Field(() => Float, { nullable: true }) openMaxSeconds?: number | null;
  @Field(() => Int, { nullable: true }) probes?: number | null;
  @Field(() => ID, { nullable: true }) fallback?: string | null;
}

@InputType()
export class SetPartnerPolicyInput {
  @Field(() => ID) connection!: string;
  @Field(() => PartnerPolicyInput) policy!: PartnerPolicyInput;
}

@InputType()
export class PollSourceInput {
  @Field(() => ID) connection!: string;
}

@ObjectType('PartnerPayload', { simpleResolvers: true })
export class PartnerPayload {
  @Field(() => Partner, { nullable: true }) partner!: Partner | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@Resolver()
export class PartnerResolver {
  @needs('commands:read')
  @Query(() => [Partner], { nullable: true, description: 'Every connection that performs commands, with what waits for it.' })
  partners(@Ctx() { commands, principal }: GraphContext): Promise<Partner[]> {
    return commands.outbound.partners(principal);
  }

  @needs('connections:admin')
  @Mutation(() => PartnerPayload, { nullable: true, description: 'Changes how a partner is treated, from the next calls on.' })
  async setPartnerPolicy(@Ctx() { commands, principal }: GraphContext, @Arg('input', () => SetPartnerPolicyInput) input: SetPartnerPolicyInput): Promise<PartnerPayload> {
    try {
      const change = Object.fromEntries(Object.entries(input.policy).filter(([, value]) => value !== undefined)) as Record<string, string | number | null>;
      await commands.outbound.setPolicy(input.connection, change, principal);
      return { partner: (await commands.outbound.partners(principal)).find(({ connection }) => connection === input.connection) ?? null, userErrors: [] };
    } catch (error) {
      return { partner: null, userErrors: userErrorsOf(error) };
    }
  }
  @needs('commands:write')
  @Mutation(() => CommandPayload, { nullable: true, description: 'Looks at the source of a connection now: a folder on a server, a feed. Otherwise it is looked at on its schedule.' })
  async pollSource(@Ctx() context: GraphContext, @Arg('input', () => PollSourceInput) input: PollSourceInput): Promise<CommandPayload> {
    try {
      const id = await context.commands.outbound.poll(input.connection, context.principal, context.correlationId);
      return { command: await context.loaders.get(commandLoaders, context.reader).command.load(id), userErrors: [] };
    } catch (error) {
      return { command: null, userErrors: userErrorsOf(error) };
    }
  }
}
