import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { CommandState as CommandStateName } from '../../db/schema.js';
import { lanes, type Lane as LaneName } from '../../model/commands.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';
import { Shipment, UserError } from './types.js';

export const CommandState = enumOf(['QUEUED', 'CALLING', 'WAITING', 'DONE', 'PARTIAL', 'DEAD', 'CANCELLED', 'DISCARDED'] as const satisfies readonly CommandStateName[]);
registerEnumType(CommandState, {
  name: 'CommandState',
  description: 'QUEUED: never begun. CALLING: under way. WAITING: tried, and tried again. PARTIAL: done in part, the result says which. DEAD: given up, until somebody retries, replays or discards it.',
});
export const Lane = enumOf(lanes);
registerEnumType(Lane, { name: 'Lane', description: 'What moves freight (DISPATCH) goes before what reports (REPORT).' });

@ObjectType('CommandFailure', { simpleResolvers: true, description: 'Why a command waits or was given up.' })
export class CommandFailure {
  @Field(() => String, { description: 'RETRY, ROUTED, REFUSED, ATTEMPTS, AGE, DEADLINE, UNSUPPORTED, INPUT_GONE, DISCARDED, or CALLED_OFF (discarded without having been given up).' }) reason!: string;
  @Field(() => String, { nullable: true, description: 'Kind of the partner’s error: auth, rate_limited, invalid, unavailable or unparseable.' }) kind!: string | null;
  /** It may quote whom something goes to. */
  text!: string;
  uuid!: string;
}

@ObjectType('CommandAttempt', { simpleResolvers: true })
export class CommandAttempt {
  @Field(() => Int, { description: '1 for the first.' }) number!: number;
  @Field(() => String) connection!: string;
  @Field(() => DateTime) startedAt!: string;
  @Field(() => DateTime, { nullable: true }) endedAt!: string | null;
  @Field(() => String, { nullable: true, description: 'DONE, PARTIAL, FAILED or LOST (its process was ended); null: under way.' }) outcome!: string | null;
  @Field(() => String, { nullable: true }) errorKind!: string | null;
  /** It may quote whom something goes to. */
  text!: string | null;
  uuid!: string;
}

export const CommandAttemptConnection = pageTypes('CommandAttempt', () => CommandAttempt);

@Directive('@key(fields: "id")')
@ObjectType('Command', { simpleResolvers: true, description: 'Something that is wanted to happen at a partner: a booking, its cancellation, a change in Odoo. Kept until it has happened, or people let it be.' })
export class Command {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Bookings: shipment.book, booking.cancel, return.book, manifest.create, tracking.poll, pickup.schedule, pickup.cancel. Docks of others: appointment.book, appointment.move, appointment.cancel, appointment.follow. Shops: shop.fulfil, shop.track. Odoo: odoo.apply. Warehouses: warehouse.release, warehouse.announce. Loads: load.publish. EDI: tender.send, tender.answer, status.send, notice.send, edi.acknowledge. Transports and files: source.poll, receipt.send, file.results.' }) kind!: string;
  @Field(() => CommandState) state!: CommandStateName;
  @Field(() => Lane) lane!: LaneName;
  @Field(() => String, { description: 'Connection that performs it.' }) connection!: string;
  @Field(() => String, { nullable: true, description: 'Connection that it was meant for, where it went to that one’s fallback.' }) routedFrom!: string | null;
  @Field(() => String, { description: 'What it is about.' }) subject!: string;
  @Field(() => String) requestedBy!: string;
  @Field(() => Int, { description: 'How often it was begun.' }) attempts!: number;
  @Field(() => DateTime, { description: 'Not begun before.' }) nextAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'Given up after that.' }) deadlineAt!: string | null;
  @Field(() => DateTime) createdAt!: string;
  @Field(() => DateTime) updatedAt!: string;
  @Field(() => DateTime, { nullable: true }) finishedAt!: string | null;
  @Field(() => String, { nullable: true, description: 'JSON, once it is done.' }) result!: string | null;
  @Field(() => CommandFailure, { nullable: true }) error!: CommandFailure | null;
  @Field(() => ID) correlationId!: string;
  @Field(() => Command, { nullable: true, description: 'The command that was made of it with another input.' }) replacedBy!: Command | null;
  shipment!: Shipment | null;
  uuid!: string;
  replacement!: string | null;
}

export const CommandConnection = pageTypes('Command', () => Command);

@InputType()
export class CommandFilter {
  @Field(() => [CommandState], { nullable: true }) state?: CommandStateName[];
  @Field(() => [String], { nullable: true }) kind?: string[];
  @Field(() => [String], { nullable: true, description: 'Ids of connections.' }) connection?: string[];
  @Field(() => Lane, { nullable: true }) lane?: LaneName;
  @Field(() => ID, { nullable: true }) shipment?: string;
  @Field(() => String, { nullable: true }) subject?: string;
}

@ObjectType('CommandPayload', { simpleResolvers: true })
export class CommandPayload {
  @Field(() => Command, { nullable: true, description: 'Of a replay: the new one.' }) command!: Command | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@InputType()
export class RetryCommandInput {
  @Field(() => ID) id!: string;
}

@InputType()
export class ReplayCommandInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'The whole input as JSON, of the same form as it was.' }) input!: string;
  @Field(() => String, { nullable: true, description: 'Why, where a second person must approve it.' }) reason?: string;
}

@InputType()
export class DiscardCommandInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Kept in the audit log.' }) reason!: string;
}

@InputType()
export class DeadCommandFilter {
  @Field(() => String, { nullable: true }) connection?: string;
  @Field(() => String, { nullable: true }) kind?: string;
  @Field(() => String, { nullable: true, description: 'Why they were given up.' }) reason?: string;
  @Field(() => String, { nullable: true, description: 'Kind of the partner’s error.' }) errorKind?: string;
  @Field(() => DateTime, { nullable: true, description: 'Given up at or after.' }) from?: string;
  @Field(() => DateTime, { nullable: true, description: 'Given up before.' }) to?: string;
}

@InputType()
export class RedriveCommandsInput {
  @Field(() => DeadCommandFilter) filter!: DeadCommandFilter;
  @Field(() => Boolean, { defaultValue: true, description: 'Says what would be tried again, and does nothing.' }) preview!: boolean;
  @Field(() => Int, { defaultValue: 60, description: 'No faster than so many in a minute.' }) perMinute!: number;
  @Field(() => String, { nullable: true, description: 'Why, where a second person must approve it.' }) reason?: string;
}

@ObjectType('DeadCommandGroup', { simpleResolvers: true })
export class DeadCommandGroup {
  @Field(() => String) connection!: string;
  @Field(() => String) kind!: string;
  @Field(() => String) reason!: string;
  @Field(() => Int) count!: number;
}

@ObjectType('RedriveCommandsPayload', { simpleResolvers: true })
export class RedriveCommandsPayload {
  @Field(() => Int, { nullable: true, description: 'How many are tried again, or would be.' }) count!: number | null;
  @Field(() => [DeadCommandGroup], { description: 'Of a preview; the hundred largest.' }) groups!: DeadCommandGroup[];
  @Field(() => [UserError]) userErrors!: UserError[];
}
