import type { OncePerTurn } from '../../lib/after-turn.js';
import { compareCursors, type FeedCursor } from '../../lib/feed.js';
import { pause } from '../../lib/pause.js';
import type { DeliveryTurns } from './delivery-turns.js';
import { liveResult, type LiveOperation } from './operation.js';
import type { Rate } from './rate.js';
import { readFeed, type FeedRetry } from './read-feed.js';
import { freshMs, isFresh, RecentResults, type RecentBudget } from './recent.js';
import type { Following, LiveResult, Subscriber } from './result.js';

/** Events that are executed at once, with one context. */
const pageSize = 50;

/** One subscriber and the place up to which it has been served. */
export class Member implements Following {
  readonly subscriber: Subscriber;
  readonly #group: Group;
  at: FeedCursor;
  /** It reads by itself, shares executions, or has left. */
  state: 'behind' | 'joined' | 'left' = 'behind';
  /** How often in a row its next event could be read in part only. */
  failures = 0;

  constructor(group: Group, subscriber: Subscriber, at: FeedCursor) {
    this.#group = group;
    this.subscriber = subscriber;
    this.at = at;
  }

  /** Whether it shares executions, and has not been served this. */
  awaits(result: LiveResult): boolean {
    return this.state === 'joined' && compareCursors(this.at, result.cursor) < 0;
  }

  take(result: LiveResult): void {
    this.at = result.cursor;
    this.failures = 0;
    this.subscriber.deliver(result);
  }

  leave(): void {
    this.#group.leave(this);
  }
}

/** Events that were executed for somebody, in order. */
interface Page {
  results: Array<Promise<LiveResult>>;
  scanned: FeedCursor;
  /** Whether it reached the end of the feed when it was read. */
  isLast: boolean;
}

export interface GroupOptions {
  budget: RecentBudget;
  retry: FeedRetry;
  /**
   * Of all groups, by rights: those that are about to execute events together share one context, made when all of
   * them have read theirs. So what its loaders give is never older than an event that it is shown with.
   */
  contexts: OncePerTurn<object>;
  turns: DeliveryTurns;
  /** Of those who read by themselves: thousands who come back at once do not hold up who has caught up. */
  turnsBehind: DeliveryTurns;
  /** Counts results delivered, and their bytes. */
  delivered: { results: Rate; bytes: Rate };
  /** The last one has left. */
  empty(): void;
}

/**
 * All subscribers of one operation that are sent the same. Those who have caught up share one reading and
 * one execution of every event. Who is behind, at first or because its client reads slowly, reads on by
 * itself from its own place, and joins where that is not behind what the group keeps: no place is left out
 * or served twice, because joining and delivering compare cursors in one turn of the event loop.
 */
export class Group {
  readonly #operation: LiveOperation;
  readonly #options: GroupOptions;
  readonly #members = new Set<Member>();
  #joined = 0;
  readonly #closing = new AbortController();
  /** Pages that are being executed, by where they begin: who is at the same place shares them while they are fresh. */
  readonly #pages = new Map<string, { page: Promise<Page>; begunMs: number }>();
  #recent: RecentResults | undefined;
  #live: AbortController | undefined;

  constructor(operation: LiveOperation, options: GroupOptions) {
    this.#operation = operation;
    this.#options = options;
  }

  get operation(): Pick<LiveOperation, 'name' | 'field'> {
    return this.#operation;
  }

  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  /** Those who share executions now; the others read by themselves. */
  get joined(): number {
    return this.#joined;
  }

  get delivered(): GroupOptions['delivered'] {
    return this.#options.delivered;
  }

  add(subscriber: Subscriber, after: FeedCursor): Following {
    const member = new Member(this, subscriber, after);
    this.#members.add(member);
    void this.#catchUp(member);
    return member;
  }

  leave(member: Member): void {
    if (member.state === 'left') return;
    this.#part(member);
    member.state = 'left';
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#closing.abort();
    this.#options.empty();
  }

  /** Reads on by itself. */
  #part(member: Member): void {
    if (member.state !== 'joined') return;
    member.state = 'behind';
    if (--this.#joined > 0) return;
    this.#live?.abort();
    this.#live = undefined;
  }

  #fail(member: Member, error: unknown): void {
    if (member.state === 'left') return;
    this.leave(member);
    member.subscriber.fail(error);
  }

  async #catchUp(member: Member): Promise<void> {
    try {
      while (member.state !== 'left') {
        if (!member.subscriber.hasRoom()) {
          await member.subscriber.room();
          continue;
        }
        const missed = this.#live === undefined ? undefined : this.#recent!.since(member.at, performance.now());
        if (missed === undefined) await this.#serveFrom(await this.#page(member.at), member);
        else if (missed.length === 0) return this.#join(member);
        else for (const result of missed) if (!(await this.#offer(result, member))) break;
      }
    } catch (error) {
      this.#fail(member, error);
    }
  }

  /** Serves a page to one member at its own pace, as far as it is fresh and complete; the rest is read again. */
  async #serveFrom({ results, scanned, isLast }: Page, member: Member): Promise<void> {
    for (const each of results) {
      const result = await each;
      if (result.isIncomplete && ++member.failures <= this.#options.retry.maxFailures) return pause(this.#options.retry.pauseMs, this.#closing.signal);
      if (!(await this.#offer(result, member))) return;
    }
    if (member.state === 'left') return; // nobody would end what is begun now
    if (compareCursors(scanned, member.at) > 0) member.at = scanned;
    if (isLast && this.#live === undefined) this.#goLive(member.at);
  }

  /** Delivers once there is room, and its turn among all deliveries has come. @returns false where by then the member has left, or the result is fresh no more */
  async #offer(result: LiveResult, member: Member): Promise<boolean> {
    while (member.state !== 'left') {
      const wait = member.subscriber.hasRoom() ? this.#options.turnsBehind.take() : member.subscriber.room();
      if (wait === undefined) {
        if (!isFresh(result)) return false;
        member.take(result);
        this.#count(result, 1);
        return true;
      }
      await wait;
    }
    return false;
  }

  /** One that has been served all that the group has. */
  #join(member: Member): void {
    const { end } = this.#recent!;
    if (compareCursors(member.at, end) === 0) member.at = end; // one place for all who are idle there
    member.state = 'joined';
    this.#joined++;
  }

  /** Of one event at once: a rate looks at the clock. */
  #count({ body }: LiveResult, deliveries: number): void {
    this.#options.delivered.results.add(deliveries);
    this.#options.delivered.bytes.add(deliveries * body.length);
  }

  #goLive(from: FeedCursor): void {
    if (this.#recent === undefined) this.#recent = new RecentResults(this.#options.budget, from);
    else this.#recent.restart(from);
    const live = (this.#live = new AbortController());
    void this.#follow(from, live.signal).catch((error: unknown) => {
      if (live.signal.aborted) return;
      live.abort();
      this.#live = undefined;
      for (const member of [...this.#members]) if (member.state === 'joined') this.#fail(member, error);
    });
  }

  /** One reading and one execution for all who have joined. */
  async #follow(from: FeedCursor, signal: AbortSignal): Promise<void> {
    const { feed } = this.#operation;
    let at = from;
    let failures = 0;
    while (!signal.aborted) {
      const woken = feed.wake(signal); // before the read, so that a wake-up during it is not missed
      for (let isEnd = false; !isEnd && !signal.aborted; ) {
        const page = await this.#execute(at, signal);
        const { reached, rest } = await this.#broadcastPage(page, at, failures < this.#options.retry.maxFailures, signal);
        at = reached;
        if (rest === 'none') failures = 0;
        if (rest === 'unread') {
          failures++;
          await pause(this.#options.retry.pauseMs, signal);
        }
        isEnd = rest === 'none' && page.isLast;
      }
      await woken;
    }
  }

  /**
   * @returns up to where it was told, and what of the rest: results that have grown old while others were delivered
   * are made anew, and an event that was read in part is left out where that `mayWait`
   */
  async #broadcastPage({ results, scanned }: Page, from: FeedCursor, mayWait: boolean, signal: AbortSignal): Promise<{ reached: FeedCursor; rest: 'none' | 'old' | 'unread' }> {
    let reached = from;
    for (const each of results) {
      const result = await each;
      if (signal.aborted || !isFresh(result)) return { reached, rest: 'old' };
      if (result.isIncomplete && mayWait) return { reached, rest: 'unread' };
      await this.#broadcast(result, signal);
      reached = result.cursor;
    }
    return { reached: scanned, rest: 'none' };
  }

  /**
   * Who joins or leaves meanwhile is served or left out by its place, as at any other time. Who has no room, or whose turn
   * comes when the result has grown old, reads on by itself.
   */
  async #broadcast(result: LiveResult, signal: AbortSignal): Promise<void> {
    const { turns } = this.#options;
    let delivered = 0;
    let isOld = false;
    this.#recent!.push(result);
    for (const member of this.#members) {
      if (!member.awaits(result)) continue;
      for (let turn = turns.take(); turn !== undefined; turn = turns.take()) {
        this.#count(result, delivered);
        delivered = 0;
        await turn;
        if (signal.aborted) return;
        isOld = !isFresh(result);
      }
      if (!member.awaits(result)) continue;
      if (!isOld && member.subscriber.hasRoom()) {
        member.take(result);
        delivered++;
        continue;
      }
      this.#part(member);
      void this.#catchUp(member);
    }
    this.#count(result, delivered);
  }

  /**
   * The page behind `after`, shared with whoever asks for the same one meanwhile. Not for longer than its results are
   * fresh: who is handed old ones asks again at once, and would never wait for the newer ones.
   */
  #page(after: FeedCursor): Promise<Page> {
    const place = `${after.position}.${after.ordinal}`;
    const begunMs = performance.now();
    const known = this.#pages.get(place);
    if (known !== undefined && begunMs - known.begunMs < freshMs) return known.page;
    const page = this.#execute(after, this.#closing.signal);
    this.#pages.set(place, { page, begunMs });
    const done = () => {
      if (this.#pages.get(place)?.page === page) this.#pages.delete(place);
    };
    page.then(({ results }) => Promise.allSettled(results)).then(done, done);
    return page;
  }

  async #execute(after: FeedCursor, signal: AbortSignal): Promise<Page> {
    const { feed, execute, rights, renew } = this.#operation;
    const { items, scanned } = await readFeed(feed, after, pageSize, signal, this.#options.retry);
    if (items.length === 0) return { results: [], scanned, isLast: true };
    const context = await this.#options.contexts.ask(rights, renew);
    const results = execute(items.map(({ value }) => value), context).map(async (result, index) => liveResult(feed, items[index]!.cursor, await result));
    for (const each of results) each.catch(() => {}); // told to who waits for it
    return { results, scanned, isLast: items.length < pageSize };
  }
}
