import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { classifiers, type Classifier } from '../../../model/milestones.js';
import { webhookTopics } from '../../../model/webhook.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { UserError } from '../types.js';

export const WebhookTopic = enumOf(webhookTopics);
registerEnumType(WebhookTopic, { name: 'WebhookTopic', description: 'The topics of events.' });
const WebhookClassifier = enumOf(classifiers);
registerEnumType(WebhookClassifier, { name: 'WebhookClassifier', description: 'The classifiers of milestones.' });
export const WebhookState = enumOf(['ACTIVE', 'PAUSED', 'DISABLED'] as const);
registerEnumType(WebhookState, { name: 'WebhookState', description: 'PAUSED and DISABLED: nothing is sent. What comes meanwhile is kept for as long as events can be resumed.' });
export const WebhookDeliveryState = enumOf(['WAITING', 'SENDING', 'DELIVERED', 'GIVEN_UP', 'DROPPED'] as const);
registerEnumType(WebhookDeliveryState, { name: 'WebhookDeliveryState', description: 'GIVEN_UP: after its last attempt. DROPPED: its owner no longer saw it when its turn came, or it was no longer kept.' });
const WebhookAttemptOutcome = enumOf(['DELIVERED', 'FAILED', 'LOST'] as const);
registerEnumType(WebhookAttemptOutcome, { name: 'WebhookAttemptOutcome', description: 'LOST: our process ended before the answer was recorded.' });

@ObjectType('WebhookFilter', { simpleResolvers: true, description: 'Of the milestones.' })
export class WebhookFilter {
  @Field(() => ID, { nullable: true }) shipmentId!: string | null;
  @Field(() => [String], { nullable: true }) codes!: string[] | null;
  @Field(() => [WebhookClassifier], { nullable: true }) classifiers!: Classifier[] | null;
}

@ObjectType('WebhookSecret', { simpleResolvers: true, description: 'That there is one; its value was shown when it was made.' })
export class WebhookSecret {
  @Field(() => DateTime) createdAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'It signs beside the new one until then.' }) expiresAt!: string | null;
}

@ObjectType('WebhookGap', { simpleResolvers: true, description: 'Events between two cursors were no longer kept when they were to be read for the endpoint. It was told by an event of its own.' })
export class WebhookGap {
  @Field(() => String) from!: string;
  @Field(() => String) to!: string;
  @Field(() => DateTime) at!: string;
}

@ObjectType('WebhookHealth', { simpleResolvers: true, description: 'How an endpoint does.' })
export class WebhookHealth {
  @Field(() => Int, { description: 'Of the last 24 hours.' }) attempts!: number;
  @Field(() => Float, { nullable: true, description: 'Share of these that arrived; null where there were none.' }) successShare!: number | null;
  @Field(() => Int) waiting!: number;
  @Field(() => Int, { description: 'Events that were given up and can be replayed.' }) givenUp!: number;
  @Field(() => Float, { nullable: true, description: 'Age of the oldest event that waits, seconds.' }) oldestWaitingSeconds!: number | null;
  @Field(() => Int) failuresInARow!: number;
  @Field(() => DateTime, { nullable: true }) failingSince!: string | null;
  @Field(() => DateTime, { nullable: true }) lastSuccessAt!: string | null;
  @Field(() => DateTime, { nullable: true }) lastFailureAt!: string | null;
  @Field(() => String, { nullable: true }) lastError!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'It is let alone until then: it asked for it, or has failed often.' }) notBefore!: string | null;
}

@Directive('@key(fields: "id")')
@ObjectType('WebhookEndpoint', { simpleResolvers: true, description: 'An address that events are sent to, under the rights of the token that registered it: CloudEvents 1.0 in JSON, signed by Standard Webhooks, each at least once and those of one shipment in their order.' })
export class WebhookEndpoint {
  uuid!: string;
  @Field(() => ID) id!: string;
  @Field(() => String) url!: string;
  @Field(() => String) description!: string;
  @Field(() => [WebhookTopic]) topics!: Array<keyof typeof WebhookTopic>;
  @Field(() => WebhookFilter) filter!: WebhookFilter;
  @Field(() => WebhookState) state!: keyof typeof WebhookState;
  @Field(() => String, { nullable: true, description: 'GONE: it answered 410. FAILING: nothing arrived for five days. REVOKED: its owner’s token was taken back. RIGHTS_EXPIRED: its owner has not confirmed its rights for a year.' }) stateReason!: string | null;
  @Field(() => String, { description: 'Subject of the token that registered it.' }) owner!: string;
  @Field(() => String, { description: 'Up to where the events of its owner are sent or wait to be.' }) cursor!: string;
  @Field(() => Int, { description: 'Requests under way at once.' }) concurrency!: number;
  @Field(() => Int, { description: 'Requests begun per minute.' }) perMinute!: number;
  @Field(() => DateTime, { description: 'Its owner confirms its rights before, by changing or resuming it.' }) rightsUntil!: string;
  @Field(() => WebhookGap, { nullable: true }) gap!: WebhookGap | null;
  @Field(() => [WebhookSecret]) secrets!: WebhookSecret[];
  @Field(() => WebhookHealth) health!: WebhookHealth;
  @Field(() => DateTime) createdAt!: string;
  @Field(() => DateTime) updatedAt!: string;
}

@ObjectType('WebhookAttempt', { simpleResolvers: true })
export class WebhookAttempt {
  @Field(() => Int) number!: number;
  @Field(() => DateTime) startedAt!: string;
  @Field(() => WebhookAttemptOutcome) outcome!: keyof typeof WebhookAttemptOutcome;
  @Field(() => Int, { nullable: true, description: 'Of the answer; null where none came.' }) status!: number | null;
  @Field(() => Int, { nullable: true }) milliseconds!: number | null;
  @Field(() => String, { nullable: true }) error!: string | null;
  @Field(() => String, { nullable: true, description: 'Beginning of the answer, of what failed.' }) answer!: string | null;
}

@ObjectType('WebhookDelivery', { simpleResolvers: true, description: 'One event on its way to an endpoint.' })
export class WebhookDelivery {
  sequence!: number;
  @Field(() => ID, { description: 'webhook-id and id of the event: the same whenever it is sent.' }) eventId!: string;
  @Field(() => String) type!: string;
  @Field(() => String, { description: 'Global id of the shipment, or of the record.' }) subject!: string;
  @Field(() => WebhookDeliveryState) state!: keyof typeof WebhookDeliveryState;
  @Field(() => Boolean) isReplay!: boolean;
  @Field(() => DateTime) createdAt!: string;
  @Field(() => DateTime, { nullable: true, description: 'When it is tried next; null once it is done.' }) nextAt!: string | null;
  @Field(() => DateTime, { nullable: true }) finishedAt!: string | null;
  @Field(() => [WebhookAttempt]) attempts!: WebhookAttempt[];
}

export const WebhookEndpointConnection = pageTypes('WebhookEndpoint', () => WebhookEndpoint);
export const WebhookDeliveryConnection = pageTypes('WebhookDelivery', () => WebhookDelivery);

@InputType()
export class WebhookFilterInput {
  @Field(() => ID, { nullable: true }) shipmentId?: string | null;
  @Field(() => [String], { nullable: true }) codes?: string[] | null;
  @Field(() => [WebhookClassifier], { nullable: true }) classifiers?: Classifier[] | null;
}

@InputType()
export class AddWebhookInput {
  @Field(() => String) url!: string;
  @Field(() => String, { defaultValue: '' }) description!: string;
  @Field(() => [WebhookTopic], { defaultValue: ['MILESTONES'] }) topics!: Array<keyof typeof WebhookTopic>;
  @Field(() => WebhookFilterInput, { nullable: true, description: 'Of the milestones.' }) filter?: WebhookFilterInput | null;
  @Field(() => String, { nullable: true, description: 'Cursor behind which it begins; left out: with what comes.' }) after?: string | null;
  @Field(() => Int, { nullable: true, description: 'Requests under way at once, 1 to 16; 4 where left out.' }) concurrency?: number | null;
  @Field(() => Int, { nullable: true, description: 'Requests begun per minute, 1 to 60,000; 1,200 where left out.' }) perMinute?: number | null;
  @Field(() => String, { nullable: true, description: 'Why, where a second person must approve it.' }) reason?: string | null;
}

@InputType({ description: 'What is left out stays. Under the token of its owner the endpoint has the rights of that token from then on.' })
export class ChangeWebhookInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true }) url?: string | null;
  @Field(() => String, { nullable: true }) description?: string | null;
  @Field(() => [WebhookTopic], { nullable: true }) topics?: Array<keyof typeof WebhookTopic> | null;
  @Field(() => WebhookFilterInput, { nullable: true }) filter?: WebhookFilterInput | null;
  @Field(() => Int, { nullable: true }) concurrency?: number | null;
  @Field(() => Int, { nullable: true }) perMinute?: number | null;
  @Field(() => String, { nullable: true, description: 'Why, where a second person must approve it.' }) reason?: string | null;
}

@InputType()
export class WebhookIdInput {
  @Field(() => ID) id!: string;
}

@InputType()
export class RotateWebhookSecretInput {
  @Field(() => ID) id!: string;
  @Field(() => Boolean, { defaultValue: false, description: 'The old secret is known to somebody else: it ends now, not in a day.' }) atOnce!: boolean;
}

@InputType({ description: 'Cursors or times, or failed alone.' })
export class ReplayWebhookInput {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true, description: 'Cursor behind which it begins.' }) fromCursor?: string | null;
  @Field(() => String, { nullable: true, description: 'Cursor of the last event of it.' }) toCursor?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Recorded then or later.' }) from?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Recorded before then; left out: until now.' }) to?: string | null;
  @Field(() => Boolean, { defaultValue: false, description: 'Those that were given up, instead of a range.' }) failed!: boolean;
}

@ObjectType('WebhookPayload', { simpleResolvers: true })
export class WebhookPayload {
  @Field(() => WebhookEndpoint, { nullable: true }) webhook!: WebhookEndpoint | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('WebhookSecretPayload', { simpleResolvers: true })
export class WebhookSecretPayload {
  @Field(() => WebhookEndpoint, { nullable: true }) webhook!: WebhookEndpoint | null;
  @Field(() => String, { nullable: true, description: 'whsec_...: shown this once.' }) secret!: string | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('RemoveWebhookPayload', { simpleResolvers: true })
export class RemoveWebhookPayload {
  @Field(() => ID, { nullable: true }) removedId!: string | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('TestWebhookPayload', { simpleResolvers: true })
export class TestWebhookPayload {
  @Field(() => ID, { nullable: true, description: 'Of the test; see the deliveries of the endpoint for what came of it.' }) eventId!: string | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@ObjectType('ReplayWebhookPayload', { simpleResolvers: true })
export class ReplayWebhookPayload {
  @Field(() => Int, { nullable: true, description: 'How many of those given up are tried again; null for a range.' }) count!: number | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
