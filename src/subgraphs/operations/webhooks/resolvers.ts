import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { globalId, uuidFromGlobalId } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { WebhookView } from '../../../model/webhook.js';
import type { GraphContext } from '../../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { userErrorsOf } from '../../shared/user-errors.js';
import {
  AddWebhookInput, ChangeWebhookInput, RemoveWebhookPayload, ReplayWebhookInput, ReplayWebhookPayload, RotateWebhookSecretInput, TestWebhookPayload, WebhookDelivery, WebhookDeliveryConnection,
  WebhookDeliveryState, WebhookEndpoint, WebhookEndpointConnection, WebhookIdInput, WebhookPayload, WebhookSecretPayload, type WebhookFilter, type WebhookFilterInput,
} from './types.js';

@Resolver(() => WebhookEndpoint)
export class WebhookResolver {
  @needs('webhooks:write')
  @Query(() => WebhookEndpointConnection, { nullable: true, description: 'Endpoints of this token’s subject, the newest first; for an administrator those of everybody.' })
  async webhooks(@Ctx() { commands, principal }: GraphContext, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Promise<Page<WebhookEndpoint>> {
    checkFirst(first);
    const rows = await commands.webhooks.list(principal, { limit: first + 1, beforeId: after == null ? undefined : decodeCursor(after, [cursorPatterns.uuid])[0] });
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.id), node: endpointOf });
  }

  @needs('webhooks:write')
  @Query(() => WebhookEndpoint, { nullable: true })
  async webhook(@Ctx() context: GraphContext, @Arg('id', () => ID) id: string): Promise<WebhookEndpoint | null> {
    const uuid = uuidFromGlobalId('WebhookEndpoint', id);
    return uuid === null ? null : shown(context, uuid);
  }

  @FieldResolver(() => WebhookDeliveryConnection, { nullable: true, description: 'What was sent to it and what waits, the newest first, for as long as the history is kept.' })
  async deliveries(
    @Root() endpoint: WebhookEndpoint,
    @Ctx() { commands }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('state', () => [WebhookDeliveryState], { nullable: true }) state?: Array<keyof typeof WebhookDeliveryState>,
  ): Promise<Page<WebhookDelivery>> {
    checkFirst(first);
    const rows = await commands.webhooks.deliveries(endpoint.uuid, { limit: first + 1, states: state ?? undefined, beforeSequence: after == null ? undefined : Number(decodeCursor(after, [cursorPatterns.position])[0]) });
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(String(row.sequence)), node: (row) => row });
  }

  @needs('webhooks:write')
  @Mutation(() => WebhookSecretPayload, { nullable: true, description: 'Registers an address that events are sent to, under the rights of this token. It outlives the token, not its revocation.' })
  addWebhook(@Ctx() context: GraphContext, @Arg('input', () => AddWebhookInput) { reason, filter, ...input }: AddWebhookInput): Promise<WebhookSecretPayload> {
    return withSecret(context, () => context.commands.webhooks.add({ ...input, after: input.after ?? null, concurrency: input.concurrency ?? null, perMinute: input.perMinute ?? null, filter: filterOf(filter) }, context.principal, reason ?? undefined));
  }

  @needs('webhooks:write')
  @Mutation(() => WebhookPayload, { nullable: true })
  changeWebhook(@Ctx() context: GraphContext, @Arg('input', () => ChangeWebhookInput) { id, reason, filter, ...rest }: ChangeWebhookInput): Promise<WebhookPayload> {
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value != null));
    return act(context, id, (uuid) => context.commands.webhooks.change(uuid, { ...given, ...(filter == null ? {} : { filter: filterOf(filter) }) }, context.principal, reason ?? undefined));
  }

  @needs('webhooks:write')
  @Mutation(() => WebhookPayload, { nullable: true, description: 'Nothing is sent to it until it is resumed. What comes meanwhile is kept for as long as events can be resumed; what is older then is told of as a gap.' })
  pauseWebhook(@Ctx() context: GraphContext, @Arg('input', () => WebhookIdInput) { id }: WebhookIdInput): Promise<WebhookPayload> {
    return act(context, id, (uuid) => context.commands.webhooks.pause(uuid, context.principal));
  }

  @needs('webhooks:write')
  @Mutation(() => WebhookPayload, { nullable: true, description: 'Goes on where it stopped, also after it was disabled, and confirms its owner’s rights.' })
  resumeWebhook(@Ctx() context: GraphContext, @Arg('input', () => WebhookIdInput) { id }: WebhookIdInput): Promise<WebhookPayload> {
    return act(context, id, (uuid) => context.commands.webhooks.resume(uuid, context.principal));
  }

  @needs('webhooks:write')
  @Mutation(() => RemoveWebhookPayload, { nullable: true })
  async removeWebhook(@Ctx() context: GraphContext, @Arg('input', () => WebhookIdInput) { id }: WebhookIdInput): Promise<RemoveWebhookPayload> {
    try {
      await context.commands.webhooks.remove(uuidOf(id), context.principal);
      return { removedId: id, userErrors: [] };
    } catch (error) {
      return { removedId: null, userErrors: userErrorsOf(error) };
    }
  }

  @needs('webhooks:write')
  @Mutation(() => WebhookSecretPayload, { nullable: true, description: 'Gives it a new secret. For a day every event carries a signature by each.' })
  rotateWebhookSecret(@Ctx() context: GraphContext, @Arg('input', () => RotateWebhookSecretInput) { id, atOnce }: RotateWebhookSecretInput): Promise<WebhookSecretPayload> {
    return withSecret(context, async () => ({ id: uuidOf(id), secret: await context.commands.webhooks.rotate(uuidOf(id), context.principal, { atOnce }) }));
  }

  @needs('webhooks:write')
  @Mutation(() => TestWebhookPayload, { nullable: true, description: 'Sends it an event of the type gatehouse.webhook.test.' })
  async testWebhook(@Ctx() context: GraphContext, @Arg('input', () => WebhookIdInput) { id }: WebhookIdInput): Promise<TestWebhookPayload> {
    try {
      return { eventId: await context.commands.webhooks.test(uuidOf(id), context.principal), userErrors: [] };
    } catch (error) {
      return { eventId: null, userErrors: userErrorsOf(error) };
    }
  }

  @needs('webhooks:write')
  @Mutation(() => ReplayWebhookPayload, { nullable: true, description: 'Sends events again, under the ids that they had, as far as the owner sees them now.' })
  async replayWebhook(@Ctx() context: GraphContext, @Arg('input', () => ReplayWebhookInput) { id, ...range }: ReplayWebhookInput): Promise<ReplayWebhookPayload> {
    try {
      return { count: await context.commands.webhooks.replay(uuidOf(id), range, context.principal), userErrors: [] };
    } catch (error) {
      return { count: null, userErrors: userErrorsOf(error) };
    }
  }
}

/** @throws GatehouseError NOT_FOUND */
function uuidOf(id: string): string {
  const uuid = uuidFromGlobalId('WebhookEndpoint', id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: 'id' });
  return uuid;
}

async function act(context: GraphContext, id: string, work: (uuid: string) => Promise<void>): Promise<WebhookPayload> {
  try {
    const uuid = uuidOf(id);
    await work(uuid);
    return { webhook: await shown(context, uuid), userErrors: [] };
  } catch (error) {
    return { webhook: null, userErrors: userErrorsOf(error) };
  }
}

async function withSecret(context: GraphContext, work: () => Promise<{ id: string; secret: string }>): Promise<WebhookSecretPayload> {
  try {
    const { id, secret } = await work();
    return { webhook: await shown(context, id), secret, userErrors: [] };
  } catch (error) {
    return { webhook: null, secret: null, userErrors: userErrorsOf(error) };
  }
}

export async function shown({ commands, principal }: GraphContext, uuid: string): Promise<WebhookEndpoint | null> {
  const found = await commands.webhooks.find(uuid, principal);
  return found === null ? null : endpointOf(found);
}

function endpointOf(view: WebhookView): WebhookEndpoint {
  const { shipmentId, codes, classifiers } = view.filter as unknown as Partial<WebhookFilter>;
  return { ...view, uuid: view.id, id: globalId('WebhookEndpoint', view.id), topics: [...view.topics] as WebhookEndpoint['topics'], filter: { shipmentId: shipmentId ?? null, codes: codes ?? null, classifiers: classifiers ?? null } };
}

function filterOf(filter: WebhookFilterInput | null | undefined): Record<string, Json> {
  return Object.fromEntries(Object.entries(filter ?? {}).filter(([, value]) => value != null)) as Record<string, Json>;
}
