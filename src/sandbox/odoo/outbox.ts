import { createHash, createHmac } from 'node:crypto';
import { instant } from '../../lib/clock.js';
import type { Numbers } from '../numbers.js';
import type { Timers } from '../timers.js';
import type { WebhookSender } from '../webhooks.js';
import { company, database, sharedModels, topicOf, topics, type Model, type OdooVersion, type Records } from './records.js';

export interface Change<M extends Model> {
  model: M;
  id: number;
  action: 'created' | 'updated';
  record: Records[M];
  /** When it happened in Odoo, milliseconds UTC. */
  atMs: number;
  transition?: { field: string; from: string | null; to: string };
  /** Whose doing it is; a user's unless given. */
  origin?: 'gatehouse';
}

export interface OutboxEvent extends Record<string, unknown> {
  id: string;
  model: Model;
  recordId: number;
  version: number;
}

const maxBatch = 50;
/** How long changes are gathered before they are sent, milliseconds at pace 1. */
const gatherMs = 200;

/** The addon's outbox: every change as one event, sent in signed batches. */
export class Outbox {
  #events: OutboxEvent[] = [];
  #due = false;
  /** Events of each record that Gatehouse has not taken yet. */
  readonly #open = new Map<string, number>();

  constructor(private readonly options: { sender: WebhookSender; secret: string; numbers: Numbers; timers: Timers; version: OdooVersion }) {}

  add<M extends Model>(change: Change<M>): void {
    // A record comes from nothing, whatever was computed on the way.
    const state = change.action === 'created' && 'state' in change.record ? { field: 'state', from: null, to: change.record.state } : undefined;
    const transition = change.transition ?? state;
    this.#enqueue({
      ...this.#head(change.model, change.id, change.action, change.atMs),
      topic: topicOf(change.model, change.record),
      ...(change.origin === undefined ? {} : { origin: change.origin }),
      ...(transition === undefined ? {} : { transition }),
      record: structuredClone(change.record),
    });
  }

  addDeleted(model: Model, id: number, atMs: number): void {
    this.#enqueue(this.#head(model, id, 'deleted', atMs));
  }

  /** Whether Gatehouse is still to be told of this record. */
  isOpen(model: Model, id: number): boolean {
    return this.#open.has(`${model},${id}`);
  }

  #head(model: Model, id: number, action: string, atMs: number): OutboxEvent {
    const { numbers } = this.options;
    return {
      id: numbers.nextUuid(), topic: topics[model], action, model, recordId: id, version: numbers.nextVersion(), occurredAt: instant(atMs),
      company: companyOf(model), origin: 'user',
    };
  }

  #enqueue(event: OutboxEvent): void {
    this.#events.push(event);
    const key = `${event.model},${event.recordId}`;
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    if (this.#due) return;
    this.#due = true;
    this.options.timers.after(gatherMs, () => this.#flush());
  }

  #flush(): void {
    this.#due = false;
    const events = this.#events;
    this.#events = [];
    for (let start = 0; start < events.length; start += maxBatch) this.#send(events.slice(start, start + maxBatch));
  }

  #send(events: OutboxEvent[]): void {
    const { sender, secret, version } = this.options;
    const body = Buffer.from(JSON.stringify({ specversion: '1', database, odooVersion: version, sentAt: instant(Date.now()), events }), 'utf8');
    const id = messageId(events);
    let isOpen = true;
    sender.send(body, () => standardWebhookHeaders(id, body, secret, Date.now()), () => {
      // A message may be sent twice.
      if (isOpen) for (const event of events) this.#close(event);
      isOpen = false;
    });
  }

  #close(event: OutboxEvent): void {
    const key = `${event.model},${event.recordId}`;
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left === 0) this.#open.delete(key);
    else this.#open.set(key, left);
  }
}

/** Of a record, as the addon tells it. */
export function companyOf(model: Model): typeof company | null {
  return sharedModels.includes(model) ? null : company;
}

/** Made from what a batch holds, so that a batch sent again is the same message. */
function messageId(events: readonly OutboxEvent[]): string {
  const digest = createHash('sha256');
  for (const { id, version } of events) digest.update(`${id}:${version}\n`);
  return `msg_${digest.digest('hex').slice(0, 40)}`;
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`; a secret `whsec_<base64>` stands for its bytes. */
function standardWebhookHeaders(id: string, body: Buffer, secret: string, nowMs: number): Record<string, string> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret, 'utf8');
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
