import type { Principal } from '../../auth/principal.js';
import type { NewWebhook, WebhookChange, WebhookDeliveryState, WebhookDeliveryView, WebhookRange, WebhookView } from '../../model/webhook.js';

/** Endpoints that events are sent to, each call as a principal, who deals with its own; an administrator with all. */
export interface Webhooks {
  list(by: Principal, options: { limit: number; beforeId?: string | undefined }): Promise<WebhookView[]>;
  find(id: string, by: Principal): Promise<WebhookView | null>;
  /** Of an endpoint that `by` was shown. */
  deliveries(id: string, options: { limit: number; beforeSequence?: number | undefined; states?: readonly WebhookDeliveryState[] | undefined }): Promise<WebhookDeliveryView[]>;
  /** @throws GatehouseError as all that follow: NOT_FOUND, BAD_INPUT, FORBIDDEN, CONFLICT, CURSOR_EXPIRED */
  add(given: NewWebhook, by: Principal, reason?: string): Promise<{ id: string; secret: string }>;
  change(id: string, change: WebhookChange, by: Principal, reason?: string): Promise<void>;
  pause(id: string, by: Principal): Promise<void>;
  resume(id: string, by: Principal): Promise<void>;
  remove(id: string, by: Principal): Promise<void>;
  /** @returns the new secret */
  rotate(id: string, by: Principal, options: { atOnce: boolean }): Promise<string>;
  /** @returns id of the event */
  test(id: string, by: Principal): Promise<string>;
  /** @returns how many of those given up are tried again; null where a range is */
  replay(id: string, range: WebhookRange, by: Principal): Promise<number | null>;
}
