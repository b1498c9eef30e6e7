import type { Principal } from '../auth/principal.js';
import { GatehouseError } from '../lib/errors.js';
import { TokenBuckets, type Rate } from '../lib/token-buckets.js';

/** Of one outsider's token's subject, in one process: several processes each allow the whole rate. */
export interface OperationRates {
  /** Operations a minute, whatever becomes of them; 0: no limit. */
  operationsPerMinute: number;
  /** Points of cost a minute (see `cost/weights`); 0: no limit. */
  costPerMinute: number;
}

/**
 * Events a second for which the rate of cost is enough: subscriptions that are open may together cost so much for each
 * event that one each second stays within what may be asked for.
 */
const eventsPerSecond = 1;

/** By then it is known of a client whose network was cut that it is gone, and what it had open counts no more; see `heartbeat`. */
const goneSeconds = 25;

/** Screens of people who work here, Odoo and machines of one's own may ask for this many times as much as an outsider. */
const insiderFactor = 50;

export type Asker = Pick<Principal, 'subject' | 'companies'>;

/**
 * How much one token may ask for, on whichever way it comes: HTTP, WebSocket and event streams share one of these.
 * A minute's worth may come at once.
 */
export class OperationLimits {
  readonly #operations: TokenBuckets;
  readonly #cost: TokenBuckets;
  /** Of subscriptions that are open: what one event of each may cost, together, by subject. */
  readonly #open = new Map<string, number>();
  readonly #rates: OperationRates;

  /** @param now milliseconds of a clock that never goes back */
  constructor(rates: OperationRates, now?: () => number) {
    this.#rates = rates;
    this.#operations = new TokenBuckets(now);
    this.#cost = new TokenBuckets(now);
  }

  /**
   * Counts an operation, before its document is looked at.
   * @throws GatehouseError RATE_LIMITED
   */
  countOperation(asker: Asker): void {
    take(this.#operations, asker, this.#rates.operationsPerMinute, 1);
  }

  /**
   * Counts what an operation costs, before it runs. One that is refused costs nothing.
   * @throws GatehouseError RATE_LIMITED
   */
  countCost(asker: Asker, cost: number): void {
    take(this.#cost, asker, this.#rates.costPerMinute, cost);
  }

  /**
   * Counts a subscription for as long as it is open. Its events are not counted: how many there are is not up to who
   * subscribes, and what was admitted must not break off when much happens. So what is open is bounded by what an event
   * may cost. One may be open whatever it costs.
   * @throws GatehouseError RATE_LIMITED
   */
  openSubscription({ subject, companies }: Asker, cost: number): void {
    const perMinute = perMinuteOf(companies, this.#rates.costPerMinute);
    if (perMinute === 0 || cost === 0) return;
    const limit = Math.floor(perMinute / 60 / eventsPerSecond);
    const open = this.#open.get(subject) ?? 0;
    if (open > 0 && open + cost > limit) {
      throw new GatehouseError('RATE_LIMITED', `With this one, an event of each open subscription of this token may cost ${open + cost} together; ${limit} is the limit. End some, or select less.`, { retryAfter: goneSeconds, figures: { cost: open + cost, limit } });
    }
    this.#open.set(subject, open + cost);
  }

  /** One that was counted has ended. */
  closeSubscription({ subject, companies }: Asker, cost: number): void {
    if (perMinuteOf(companies, this.#rates.costPerMinute) === 0 || cost === 0) return;
    const left = this.#open.get(subject)! - cost;
    if (left === 0) this.#open.delete(subject);
    else this.#open.set(subject, left);
  }
}

function perMinuteOf(companies: Asker['companies'], outsiders: number): number {
  return companies === 'none' ? outsiders : outsiders * insiderFactor;
}

function take(buckets: TokenBuckets, { subject, companies }: Asker, outsiders: number, amount: number): void {
  if (outsiders === 0 || amount === 0) return;
  const perMinute = perMinuteOf(companies, outsiders);
  const rate: Rate = { perMinute, burst: perMinute };
  const seconds = buckets.secondsToWait(subject, rate, amount);
  if (seconds > 0) throw new GatehouseError('RATE_LIMITED', undefined, { retryAfter: seconds });
  buckets.take(subject, rate, amount);
}
