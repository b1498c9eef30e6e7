import type { Log } from '../lib/log.js';
import type { HttpClient } from './http-client.js';
import type { ApiFaults } from './parcel/api-faults.js';
import type { Random } from './random.js';

/** Faults the senders make on purpose; may be changed while the sandbox runs. */
export interface Faults {
  /** Share of webhooks that are sent twice, 0 to 1. */
  duplicateShare: number;
  /** Share of webhooks that are held back until later ones have overtaken them, 0 to 1. */
  disorderShare: number;
  /** While true the simulated Odoo answers every call with 503. */
  odooUnavailable: boolean;
  /** So many calls that write to the simulated Odoo fail at the end of their transaction. */
  odooRollbacks: number;
  /** ISO instant at which the API key of the simulated Odoo ends; null: never. */
  odooKeyExpiresAt: string | null;
  /** While true the simulated carrier's API answers every call with 503. */
  parcelUnavailable: boolean;
  /** Of the simulated carrier's booking API; also set by POST /sandbox/faults there. */
  parcelApi: ApiFaults;
}

export interface DeliveryCounts {
  /** Answered with 2xx, duplicates included. */
  delivered: number;
  duplicates: number;
  heldBack: number;
  retries: number;
}

/** The longest wait between two attempts, milliseconds of real time. */
const longestWaitMs = 15_000;
const firstWaitMs = 250;
/** How long a webhook is held back for others to overtake it, milliseconds at pace 1. */
const holdBackMs = 6000;

/** Disorder begins after this time, so that the first screen is not kept waiting; milliseconds at pace 1. */
const orderlyMs = 4000;

interface Delivery {
  body: Buffer;
  /** Signs anew for every attempt: a signature may carry the time. */
  headers: () => Record<string, string>;
  attempts: number;
  onDelivered?: () => void;
}

export interface WebhookSenderOptions {
  url: string;
  client: HttpClient;
  concurrency: number;
  random: Random;
  faults: Faults;
  pace: number;
  log: Log;
}

/**
 * Sends webhooks as partners do: again until 2xx is answered, with growing waits; sometimes twice;
 * sometimes out of order. Real partners give up after days; this one does when it is stopped.
 */
export class WebhookSender {
  readonly counts: DeliveryCounts = { delivered: 0, duplicates: 0, heldBack: 0, retries: 0 };
  readonly #ready: Delivery[] = [];
  readonly #waits = new Map<NodeJS.Timeout, Delivery>();
  readonly #active = new Set<Promise<void>>();
  readonly #disorderFromMs: number;
  #lastComplaint = '';
  #stopped = false;

  constructor(private readonly options: WebhookSenderOptions) {
    this.#disorderFromMs = Date.now() + orderlyMs / options.pace;
  }

  /** Webhooks not delivered yet. */
  get backlog(): number {
    return this.#ready.length + this.#waits.size + this.#active.size;
  }

  /** @param onDelivered called when the message was taken, for each time that it was */
  send(body: Buffer, headers: () => Record<string, string>, onDelivered?: () => void): void {
    const { random, faults, pace } = this.options;
    // Drawn in any case, so that a change of one fault does not shift the other's draws.
    const [twice, late] = [random.chance(faults.duplicateShare), random.chance(faults.disorderShare)];
    const delivery: Delivery = { body, headers, attempts: 0, ...(onDelivered === undefined ? {} : { onDelivered }) };
    if (late && Date.now() >= this.#disorderFromMs) {
      this.counts.heldBack += 1;
      this.#later(delivery, holdBackMs / pace);
    } else this.#now(delivery);
    if (twice) {
      this.counts.duplicates += 1;
      this.#later({ ...delivery }, random.between(0, holdBackMs) / pace);
    }
  }

  /** Cancels what waits and resolves when nothing is under way. The client must be closed first. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#waits.keys()) clearTimeout(timer);
    this.#waits.clear();
    this.#ready.length = 0;
    await Promise.all(this.#active);
  }

  #later(delivery: Delivery, ms: number): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#waits.delete(timer);
      this.#now(delivery);
    }, ms);
    timer.unref();
    this.#waits.set(timer, delivery);
  }

  #now(delivery: Delivery): void {
    if (this.#stopped) return;
    this.#ready.push(delivery);
    this.#pump();
  }

  #pump(): void {
    while (!this.#stopped && this.#active.size < this.options.concurrency) {
      const delivery = this.#ready.shift();
      if (delivery === undefined) return;
      const attempt = this.#attempt(delivery).finally(() => {
        this.#active.delete(attempt);
        this.#pump();
      });
      this.#active.add(attempt);
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const problem = await this.#post(delivery);
    if (this.#stopped) return;
    if (problem === null) {
      this.counts.delivered += 1;
      delivery.onDelivered?.();
      return;
    }
    if (problem !== this.#lastComplaint) this.options.log.warn({ url: this.options.url, problem }, 'A webhook of the sandbox was not taken and will be sent again.');
    this.#lastComplaint = problem;
    this.counts.retries += 1;
    const ms = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(delivery.attempts++, 10));
    this.#later(delivery, ms * (0.5 + this.options.random.next()));
  }

  /** Null where it was taken, else why not. */
  async #post(delivery: Delivery): Promise<string | null> {
    try {
      const { status } = await this.options.client.post(this.options.url, delivery.headers(), delivery.body);
      return status >= 200 && status < 300 ? null : `status ${status}`;
    } catch (error) {
      return error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error);
    }
  }
}
