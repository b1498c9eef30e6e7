import { AtMost } from '../../../lib/at-most.js';
import { isOutage } from '../../../lib/database-faults.js';
import { compareCursors, type FeedCursor } from '../../../lib/feed.js';
import { TokenBuckets } from '../../../lib/token-buckets.js';
import type { TaskContext } from '../context.js';
import { claimDue, msToNextDue, readClaimed, type Claimed } from './claim.js';
import { disable, finishDelivered, finishDropped, finishFailed, putBack } from './finish.js';
import { dropOutdated, EndpointLost, takeIn, takeInReplay } from './intake.js';
import type { EndpointLease } from './lease.js';
import { failuresBeforeProbing } from './policy.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import { checkedEndpoint, type CheckedEndpoint } from './rows.js';
import { cloudEventOf, eventSource, openSecrets, sendEvent } from './send.js';
import { NotAllowed, type ToldEvent } from './told-events.js';

/** An endpoint is given back after so long without anything to do, ms: another process may have less to do. */
const lingerMs = 10_000;
/** Longest wait without a look, ms: a wake-up may have been lost. */
const lookMs = 2_000;
/** Wake-ups within so many ms count as one. */
const gatherMs = 3;
/** How long what is under way may take when the process ends, ms. */
const endingMs = 8_000;
/** Results recorded at once by this process, whatever the number of its endpoints: ingest needs the database, too. */
const recording = new AtMost(3);

/** Looks after one endpoint: makes deliveries of what its owner's feed tells, and sends them. */
export class EndpointWorker {
  readonly #tasks: TaskContext;
  readonly #lease: EndpointLease;
  readonly #pace = new TokenBuckets();
  readonly #underway = new Map<number, Promise<void>>();
  /** Up to where the feed was looked at; further than what is kept where nothing was of interest. */
  #scanned: FeedCursor | null = null;
  /** Up to where the feed was cut off when what waited was last looked through. */
  #cutAt = 0;
  /** Where events come from; read once. */
  #source: Promise<string> | null = null;
  /** Whether fewer deliveries were due than could be begun: then more of the feed is read. */
  #isShort = true;
  #stopping = false;
  #woken = true;
  #wake: () => void = () => {};

  constructor(tasks: TaskContext, lease: EndpointLease) {
    this.#tasks = tasks;
    this.#lease = lease;
  }

  /** There may be something to do. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Begins nothing any more; `run` ends when what is under way has. */
  stop(): void {
    this.#stopping = true;
    this.wake();
  }

  async run(): Promise<void> {
    const { log } = this.#tasks;
    const { id: endpoint } = this.#lease;
    this.#lease.keep((error) => log.warn({ err: error, endpoint }, 'an endpoint could not be kept; it is tried again'));
    try {
      await this.#work();
    } catch (error) {
      if (error instanceof EndpointLost) log.debug({ endpoint }, 'an endpoint was changed or taken over; it is taken up again');
      else log.error({ err: error, endpoint }, 'an endpoint could not be looked after; it is taken up again');
    } finally {
      await Promise.race([Promise.allSettled(this.#underway.values()), new Promise((next) => setTimeout(next, endingMs).unref())]);
      await this.#lease.release(this.#underway.size === 0).catch((error: unknown) => log.warn({ err: error }, 'an endpoint could not be given back; it is free when its time has run out'));
    }
  }

  async #work(): Promise<void> {
    for (let idleSinceMs = performance.now(); !this.#stopping && this.#lease.isHeld; ) {
      this.#woken = false;
      const endpoint = await checkedEndpoint(this.#tasks.database.kysely, this.#lease.id);
      if (endpoint === undefined || endpoint.state !== 'ACTIVE') return;
      if (endpoint.revoked || endpoint.outdated) {
        await this.#tasks.database.transaction((tx) => disable(tx, endpoint, endpoint.revoked ? 'REVOKED' : 'RIGHTS_EXPIRED', ''));
        return;
      }
      const wasShort = this.#isShort;
      const hasMore = wasShort && (await this.#takeIn(endpoint));
      const waitMs = await this.#sendDue(endpoint);
      if (!wasShort && this.#isShort) continue; // more of the feed can be read now
      if (hasMore || this.#underway.size > 0 || (waitMs !== null && waitMs < lingerMs)) idleSinceMs = performance.now();
      if (performance.now() - idleSinceMs >= lingerMs) return;
      await this.#sleep(hasMore && this.#underway.size === 0 ? 0 : Math.min(waitMs ?? lookMs, lookMs));
    }
  }

  /** @returns whether there may be more to take in at once */
  async #takeIn(endpoint: CheckedEndpoint): Promise<boolean> {
    try {
      const hasReplay = endpoint.replays && (await takeInReplay(this.#tasks, endpoint));
      const live = await this.#tasks.graph.live();
      // Before they are sent: once for each place up to which the feed is cut off.
      if (live.start.position > this.#cutAt) await dropOutdated(this.#tasks, endpoint);
      this.#cutAt = live.start.position;
      const kept = { position: endpoint.position, ordinal: endpoint.ordinal };
      const from = this.#scanned === null || compareCursors(this.#scanned, kept) < 0 ? kept : this.#scanned;
      if (compareCursors(from, live.end) >= 0) return hasReplay;
      const { scanned, hasMore } = await takeIn(this.#tasks, endpoint, this.#lease.holder, from);
      this.#scanned = scanned;
      return hasMore || hasReplay;
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error;
      // A scope of a topic is gone, or what it filters by: nothing is seen, so nothing is told, until that is changed.
      this.#tasks.log.warn({ endpoint: endpoint.id, reason: error.message }, 'the owner of an endpoint may not read what it asks for');
      return false;
    }
  }

  /** Begins what may begin. @returns milliseconds after which there may be more to begin; null: nothing waits */
  async #sendDue(endpoint: EndpointRow): Promise<number | null> {
    const restMs = endpoint.not_before === null ? 0 : Date.parse(endpoint.not_before) - Date.now();
    if (restMs > 0) return restMs;
    const allowed = endpoint.failures >= failuresBeforeProbing ? 1 : endpoint.concurrency;
    const rate = { perMinute: endpoint.per_minute, burst: endpoint.concurrency };
    const free = allowed - this.#underway.size;
    if (free <= 0) return lookMs;
    const paceMs = this.#pace.msToWait('', rate);
    if (paceMs > 0) return paceMs;
    const limit = Math.min(free, this.#pace.available('', rate));
    const claimed = await claimDue(this.#tasks.database.kysely, endpoint.id, this.#lease.holder, limit);
    this.#isShort = claimed.length < limit;
    if (claimed.length === 0) return msToNextDue(this.#tasks.database.kysely, endpoint.id);
    this.#pace.take('', rate, claimed.length);
    await this.#begin(endpoint, claimed);
    return claimed.length === limit ? 0 : msToNextDue(this.#tasks.database.kysely, endpoint.id);
  }

  async #begin(endpoint: EndpointRow, claimed: readonly Claimed[]): Promise<void> {
    const { kysely } = this.#tasks.database;
    let told: ReadonlyMap<number, ToldEvent>;
    let secrets: readonly string[];
    let source: string;
    try {
      [told, secrets, source] = await Promise.all([readClaimed(this.#tasks, endpoint, claimed), openSecrets(this.#tasks, kysely, endpoint.id), (this.#source ??= eventSource(this.#tasks))]);
    } catch (error) {
      this.#source = null;
      for (const delivery of claimed) await putBack(kysely, this.#lease.holder, delivery);
      throw error;
    }
    for (const delivery of claimed) {
      const event = told.get(delivery.sequence);
      const work = event === undefined && delivery.position !== null
        ? () => finishDropped(kysely, this.#lease.holder, delivery)
        : () => this.#send(endpoint, secrets, delivery, cloudEventOf(source, delivery, event));
      this.#track(delivery, work());
    }
  }

  #track(delivery: Claimed, work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        if (error instanceof EndpointLost) return this.#tasks.log.warn({ delivery: delivery.sequence }, 'a delivery was taken over by another process');
        // It may have arrived: it is sent again, under its id, by who takes the endpoint up.
        this.#tasks.log.error({ err: error, delivery: delivery.sequence, outage: isOutage(error) }, 'the end of a delivery could not be recorded; it is sent again');
        this.#stopping = true;
      })
      .finally(() => {
        this.#underway.delete(delivery.sequence);
        this.wake();
      });
    this.#underway.set(delivery.sequence, done);
  }

  async #send(endpoint: EndpointRow, secrets: readonly string[], delivery: Claimed, event: ReturnType<typeof cloudEventOf>): Promise<void> {
    const sent = await sendEvent(this.#tasks, endpoint, secrets, event);
    const finish = sent.outcome.ok ? finishDelivered : finishFailed;
    await recording.run(() => finish(this.#tasks, endpoint, this.#lease.holder, delivery, sent));
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0) return;
    // What ends together is followed together.
    if (this.#woken) return void (await new Promise((resolve) => setTimeout(resolve, gatherMs)));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
