import { sql } from 'kysely';
import { NatsBroker, type BrokerMessage } from '../../../events/broker-nats.js';
import type { EndpointRow } from '../../../events/webhooks.js';
import { compareCursors, type FeedCursor } from '../../../lib/feed.js';
import { instant } from '../../../lib/clock.js';
import { pause } from '../../../lib/pause.js';
import { storableText } from '../../../lib/storable-text.js';
import { cloudEventType, typePrefix } from '../../../model/cloud-event.js';
import type { BrokerSettings, TaskContext } from '../context.js';
import { disable } from './finish.js';
import { EndpointLost, movePlace, readOrSkip, replayPage } from './intake.js';
import type { EndpointLease } from './lease.js';
import { raiseFailing, resolveFailing } from './matters.js';
import { alertHours, secondsToProbe, failuresBeforeProbing } from './policy.js';
import { checkedEndpoint } from './rows.js';
import { cloudEventOf, eventSource } from './send.js';
import type { ToldEvent } from './told-events.js';

/** A wait without a look, ms. */
const lookMs = 2_000;
const retryMs = 1_000;
const streamName = 'GATEHOUSE_EVENTS';

/**
 * Tells a broker: publishes what its owner's feed shows page by page, in order, and moves the place once every event of
 * a page is acknowledged. What is cut short is published again under the same ids.
 */
export class BrokerWorker {
  readonly #tasks: TaskContext;
  readonly #lease: EndpointLease;
  readonly #stopping = new AbortController();
  #waking = new AbortController();
  readonly #broker: NatsBroker;
  readonly #prefix: string;

  /** @param settings of the environment: the address as it is kept has no password */
  constructor(tasks: TaskContext, lease: EndpointLease, settings: BrokerSettings) {
    this.#tasks = tasks;
    this.#lease = lease;
    this.#prefix = new URL(settings.url).pathname.slice(1) || defaultPrefix;
    this.#broker = new NatsBroker({ url: settings.url, prefix: this.#prefix, stream: streamName });
  }

  wake(): void {
    this.#waking.abort();
  }

  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  async run(): Promise<void> {
    const { log } = this.#tasks;
    const { id: endpoint } = this.#lease;
    this.#lease.keep((error) => log.warn({ err: error, endpoint }, 'a broker could not be kept; it is tried again'));
    try {
      await this.#work();
    } catch (error) {
      if (error instanceof EndpointLost) log.debug({ endpoint }, 'a broker was changed or taken over; it is taken up again');
      else log.error({ err: error, endpoint }, 'a broker could not be looked after; it is taken up again');
    } finally {
      await this.#broker.close();
      await this.#lease.release(true).catch((error: unknown) => log.warn({ err: error }, 'a broker could not be given back; it is free when its time has run out'));
    }
  }

  async #work(): Promise<void> {
    let scanned: FeedCursor | null = null;
    while (!this.#stopping.signal.aborted && this.#lease.isHeld) {
      this.#waking = new AbortController(); // before the look, so that a wake-up during it is not missed
      const endpoint = await checkedEndpoint(this.#tasks.database.kysely, this.#lease.id);
      if (endpoint === undefined || endpoint.state !== 'ACTIVE') return;
      if (endpoint.revoked) return void (await this.#tasks.database.transaction((tx) => disable(tx, endpoint, 'REVOKED', '')));
      const restMs = endpoint.not_before === null ? 0 : Date.parse(endpoint.not_before) - Date.now();
      if (restMs > 0) {
        await pause(Math.min(restMs, lookMs), this.#waking.signal);
        continue;
      }
      const live = await this.#tasks.graph.live();
      const from: FeedCursor = scanned === null || compareCursors(scanned, endpoint) < 0 ? endpoint : scanned;
      if (endpoint.replays && (await this.#replay(endpoint))) continue;
      if (compareCursors(from, live.end) >= 0) {
        await pause(lookMs, this.#waking.signal);
        continue;
      }
      const page = await readOrSkip(this.#tasks, endpoint, this.#lease.holder, from);
      if (!(await this.#publish(endpoint, page.events))) continue;
      if (page.events.length > 0 || page.scanned.position - endpoint.position >= 1_000) await this.#tasks.database.transaction((tx) => movePlace(tx, endpoint, this.#lease.holder, page.scanned));
      scanned = page.scanned;
    }
  }

  /** @returns whether something was done */
  async #replay(endpoint: EndpointRow): Promise<boolean> {
    const { kysely } = this.#tasks.database;
    const replay = await kysely.selectFrom('webhook_replay').selectAll().where('endpoint', '=', endpoint.id).where('finished_at', 'is', null).orderBy('id').limit(1).executeTakeFirst();
    if (replay === undefined) return false;
    const end = { position: replay.end_position, ordinal: replay.end_ordinal };
    const page = await replayPage(this.#tasks, endpoint, replay);
    const events = page.events.filter(({ place }) => compareCursors(place, end) <= 0);
    if (!(await this.#publish(endpoint, events, replay.id))) return true;
    const isDone = !page.hasMore || events.length < page.events.length || compareCursors(page.scanned, end) >= 0;
    await kysely.updateTable('webhook_replay').set({ position: page.scanned.position, ordinal: page.scanned.ordinal, events: sql<number>`events + ${events.length}`, finished_at: isDone ? instant(Date.now()) : null }).where('id', '=', replay.id).execute();
    return true;
  }

  /**
   * @param replay whose events are to be taken though JetStream knows their ids
   * @returns false where the broker did not take all; it is let alone for a while
   */
  async #publish(endpoint: EndpointRow, events: readonly ToldEvent[], replay?: string): Promise<boolean> {
    if (events.length === 0) return true;
    const messages = await this.#messagesOf(events, replay);
    try {
      await this.#broker.publish(messages);
    } catch (error) {
      await this.#failed(endpoint, (error as Error).message);
      return false;
    }
    await this.#succeeded(endpoint);
    return true;
  }

  async #messagesOf(events: readonly ToldEvent[], replay: string | undefined): Promise<BrokerMessage[]> {
    const [source, companies] = await Promise.all([eventSource(this.#tasks), this.#companiesOf(events)]);
    return events.map((event) => {
      const { id, type, subject, recordedAt, place } = event;
      const known = companies.get(`${place.position}.${Math.floor(place.ordinal / 2)}`);
      const body = JSON.stringify(cloudEventOf(source, { event_id: id, type, subject, happened_at: recordedAt ?? known?.at ?? instant(Date.now()), note: null }, event));
      return { subject: `${this.#prefix}.${tokenOf(known?.company ?? 'main')}.${type.slice(typePrefix.length)}`, id: replay === undefined ? id : `${id}:${replay}`, contentType: cloudEventType, body };
    });
  }

  /** The company of each place of the feed, and when it was recorded. */
  async #companiesOf(events: readonly ToldEvent[]): Promise<Map<string, { company: string; at: string }>> {
    const rows = await this.#tasks.database.kysely.selectFrom('feed').leftJoin('event', 'event.position', 'feed.position').select(['feed.position', 'feed.ordinal', 'feed.company', 'event.recorded_at'])
      .where('feed.key', '=', sql.lit('all')).where('feed.position', '=', sql<number>`any(${[...new Set(events.map(({ place }) => place.position))]}::bigint[])`).execute();
    return new Map(rows.map(({ position, ordinal, company, recorded_at: at }) => [`${position}.${ordinal}`, { company, at: at ?? instant(Date.now()) }]));
  }

  async #failed(endpoint: EndpointRow, message: string): Promise<void> {
    const seconds = Math.max(retryMs / 1000, Math.min(30, secondsToProbe(failuresBeforeProbing + endpoint.failures, Math.random())));
    this.#tasks.log.warn({ endpoint: endpoint.id, reason: message }, 'the broker did not take events; they are published again');
    await this.#tasks.database.transaction(async (tx) => {
      const row = await tx.updateTable('webhook_endpoint').set({
        failures: endpoint.failures + 1, failing_since: sql<string>`coalesce(failing_since, clock_timestamp())`, last_failure_at: sql<string>`clock_timestamp()`, last_error: storableText(message).slice(0, 500),
        not_before: sql<string>`clock_timestamp() + make_interval(secs => ${seconds})`,
        alerted_at: sql<string | null>`case when alerted_at is null and failing_since < clock_timestamp() - make_interval(hours => ${alertHours}) then clock_timestamp() else alerted_at end`,
      }).where('id', '=', endpoint.id).returning('alerted_at').executeTakeFirst();
      if (endpoint.alerted_at === null && row?.alerted_at != null) await raiseFailing(tx, endpoint, `The broker has taken nothing for ${alertHours} hours (${storableText(message).slice(0, 300)}). What comes is kept as long as the feed is.`);
    });
  }

  async #succeeded(endpoint: EndpointRow): Promise<void> {
    await this.#tasks.database.transaction(async (tx) => {
      await tx.updateTable('webhook_endpoint').set({ failures: 0, failing_since: null, alerted_at: null, not_before: null, last_success_at: sql<string>`clock_timestamp()` }).where('id', '=', endpoint.id).execute();
      if (endpoint.alerted_at !== null) await resolveFailing(tx, endpoint, 'It takes events again.');
    });
  }
}

const defaultPrefix = 'gatehouse.events';

/** As one token of a subject: NATS parts them by dots and takes * and > for any. */
function tokenOf(company: string): string {
  return company.replaceAll(/[\s.*>]/g, '_');
}
