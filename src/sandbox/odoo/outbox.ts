import { createHmac } from 'node:crypto';
import { instant } from '../../lib/clock.js';
import type { Numbers } from '../numbers.js';
import type { Timers } from '../timers.js';
import type { WebhookSender } from '../webhooks.js';
import { company, database, topics, type Model, type Records } from './records.js';

export interface Change<M extends Model> {
  model: M;
  id: number;
  action: 'created' | 'updated';
  record: Records[M];
  /** When it happened in Odoo, milliseconds UTC. */
  atMs: number;
  transition?: { field: string; from: string | null; to: string };
}

const maxBatch = 50;
/** How long changes are gathered before they are sent, milliseconds at pace 1. */
const gatherMs = 200;

/** The addon's outbox: every change as one event, sent in signed batches. */
export class Outbox {
  #events: Record<string, unknown>[] = [];
  #due = false;

  constructor(private readonly options: { sender: WebhookSender; secret: string; numbers: Numbers; timers: Timers }) {}

  add<M extends Model>(change: Change<M>): void {
    this.#events.push({
      id: this.options.numbers.nextUuid(),
      topic: topics[change.model],
      action: change.action,
      model: change.model,
      recordId: change.id,
      version: this.options.numbers.nextVersion(),
      occurredAt: instant(change.atMs),
      company,
      ...(change.transition === undefined ? {} : { transition: change.transition }),
      origin: 'user',
      record: structuredClone(change.record),
    });
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

  #send(events: Record<string, unknown>[]): void {
    const { numbers, sender, secret } = this.options;
    const id = `msg_${numbers.nextHex()}`;
    const body = Buffer.from(JSON.stringify({ specversion: '1', database, odooVersion: '18.0', sentAt: instant(Date.now()), events }), 'utf8');
    sender.send(body, () => standardWebhookHeaders(id, body, secret, Date.now()));
  }
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`; a secret `whsec_<base64>` stands for its bytes. */
function standardWebhookHeaders(id: string, body: Buffer, secret: string, nowMs: number): Record<string, string> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret, 'utf8');
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
