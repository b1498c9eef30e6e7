import type { Json } from '../lib/json.js';

/** The topics of the graph's `events`. */
export const webhookTopics = ['MILESTONES', 'SHIPMENTS', 'YARD', 'LOADS', 'TENDERS', 'EXCEPTIONS', 'STOCK', 'OPERATIONS'] as const;

/** What an endpoint is told of: topics of the graph's events, and its filter of milestones. */
export interface WebhookInterest {
  topics: readonly string[];
  filter: Readonly<Record<string, Json>>;
}

export interface NewWebhook extends WebhookInterest {
  url: string;
  description: string;
  /** Cursor behind which it begins; null: with what comes. */
  after: string | null;
  /** Requests under way at once; null: the default. */
  concurrency: number | null;
  /** Requests begun per minute; null: the default. */
  perMinute: number | null;
}

/** What is not given stays as it is. */
export type WebhookChange = Partial<Omit<NewWebhook, 'after'>>;

/** A part of the feed, by cursors or by times (ISO, UTC), or what was given up. */
export interface WebhookRange {
  fromCursor?: string | null;
  toCursor?: string | null;
  from?: string | null;
  to?: string | null;
  failed?: boolean;
}

/** An endpoint as its owner and administrators see it. Times are ISO, UTC. */
export interface WebhookView extends WebhookInterest {
  /** UUID. */
  id: string;
  kind: 'HTTP' | 'NATS';
  url: string;
  description: string;
  state: 'ACTIVE' | 'PAUSED' | 'DISABLED';
  stateReason: string | null;
  owner: string;
  ownerRole: string;
  /** Up to where its owner's feed became deliveries. */
  cursor: string;
  concurrency: number;
  perMinute: number;
  rightsUntil: string;
  gap: { from: string; to: string; at: string } | null;
  secrets: Array<{ createdAt: string; expiresAt: string | null }>;
  health: WebhookHealth;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookHealth {
  /** Attempts of the last 24 hours, and the share of them that arrived; null where there were none. */
  attempts: number;
  successShare: number | null;
  waiting: number;
  givenUp: number;
  oldestWaitingSeconds: number | null;
  failuresInARow: number;
  failingSince: string | null;
  lastSuccessAt: string | null;
  lastFailureAt: string | null;
  lastError: string | null;
  /** It is let alone until then. */
  notBefore: string | null;
}

export type WebhookDeliveryState = 'WAITING' | 'SENDING' | 'DELIVERED' | 'GIVEN_UP' | 'DROPPED';

export interface WebhookDeliveryView {
  sequence: number;
  eventId: string;
  type: string;
  subject: string;
  state: WebhookDeliveryState;
  isReplay: boolean;
  createdAt: string;
  /** When it is tried next; null once it is done. */
  nextAt: string | null;
  finishedAt: string | null;
  attempts: Array<{ number: number; startedAt: string; outcome: 'DELIVERED' | 'FAILED' | 'LOST'; status: number | null; milliseconds: number | null; error: string | null; answer: string | null }>;
}
