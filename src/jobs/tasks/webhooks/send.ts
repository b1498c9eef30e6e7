import { logTag } from '../../../events/live.js';
import { postWebhook, type WebhookOutcome } from '../../../connectors/webhook.js';
import { instant } from '../../../lib/clock.js';
import { cloudEventType, type CloudEvent } from '../../../model/cloud-event.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import type { Claimed } from './claim.js';
import type { Sent } from './finish.js';
import { keptAnswer, maxAnswerBytes, timeoutMs } from './policy.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import type { ToldEvent } from './told-events.js';

/** Where events come from: this installation. */
export async function eventSource(tasks: Pick<TaskContext, 'database'>): Promise<string> {
  return `urn:gatehouse:${await logTag(tasks.database)}`;
}

/** @param event what the owner sees now; undefined for an event about the endpoint itself */
export function cloudEventOf(source: string, delivery: Pick<Claimed, 'event_id' | 'type' | 'subject' | 'happened_at' | 'note'>, event: ToldEvent | undefined): CloudEvent {
  return {
    specversion: '1.0', id: delivery.event_id, source, type: delivery.type, subject: event?.subject ?? delivery.subject, time: instant(Date.parse(delivery.happened_at)), datacontenttype: 'application/json',
    ...(event === undefined ? {} : { cursor: event.cursor }), data: event?.data ?? delivery.note,
  };
}

/** Secrets that sign now, the newest first. */
export async function openSecrets(tasks: Pick<TaskContext, 'secrets'>, db: Queryable, endpoint: string): Promise<string[]> {
  const rows = await db.selectFrom('webhook_secret').select(['ciphertext', 'expires_at']).where('endpoint', '=', endpoint).orderBy('id', 'desc').execute();
  const now = instant(Date.now());
  return rows.filter((row) => row.expires_at === null || row.expires_at > now).map((row) => tasks.secrets.open(row.ciphertext, secretPurpose(endpoint)));
}

export const secretPurpose = (endpoint: string) => `webhook/${endpoint}`;

export async function sendEvent(tasks: TaskContext, endpoint: EndpointRow, secrets: readonly string[], event: CloudEvent): Promise<Sent> {
  const [startedAt, startMs] = [instant(Date.now()), performance.now()];
  const outcome: WebhookOutcome = await postWebhook({
    url: endpoint.url, id: event.id, contentType: cloudEventType, body: JSON.stringify(event), secrets, timeoutMs, maxAnswerBytes, keptAnswer, allowedNetworks: tasks.allowedNetworks,
  });
  return { startedAt, milliseconds: Math.round(performance.now() - startMs), outcome };
}
