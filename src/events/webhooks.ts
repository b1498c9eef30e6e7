import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../db/database.js';
import type { WebhookDeliveryTable, WebhookEndpointTable } from '../db/schema.js';

export type EndpointRow = Selectable<WebhookEndpointTable>;
export type DeliveryRow = Selectable<WebhookDeliveryTable>;

/** Wakes the processes that send: an endpoint was changed, or has something to be sent. */
export const webhookChannel = 'gatehouse_webhooks';

export async function wakeSenders(db: Queryable): Promise<void> {
  await sql`select pg_notify(${webhookChannel}, '')`.execute(db);
}
