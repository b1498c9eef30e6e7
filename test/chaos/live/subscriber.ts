import type { Credentials } from './credentials.js';
import type { Link, OpenLink } from './links.js';
import { pause } from './pause.js';
import type { Topic } from './topics.js';

/** One event as it came. */
export interface Received {
  /** What it tells of; null where it tells of a record that is no more. */
  name: string | null;
  /** What it shows of that. */
  state: string | null;
  /** Position and ordinal that its cursor holds. */
  place: readonly [position: number, ordinal: number];
  atMs: number;
}

/** What a client does of its own accord. */
export interface Habits {
  /** Leaves, and goes on at the other server. */
  moves?: boolean;
  /** Stops reading for so long. */
  holdsMs?: number;
  /** Offers a fresh token before the one it came with expires. */
  refreshes?: boolean;
  /** Takes up other rights. */
  changesRights?: boolean;
}

export interface Subscription {
  /** Name of its kind, for the report. */
  kind: string;
  topic: Topic;
  open: OpenLink;
  credentials: Credentials;
  document: string;
  variables: Record<string, unknown>;
  habits: Habits;
}

/** A client that resumes, whenever its connection is lost, behind the last cursor it received, at the other server. */
export class Subscriber {
  readonly received: Received[] = [];
  readonly subscription: Subscription;
  connections = 0;
  refreshes = 0;
  /** Events in which something was missing, with errors that say so. */
  inPart = 0;
  /** Events whose cursor beside the data is none, or another. */
  otherCursors = 0;
  /** Events that came after the token's end. */
  overstayed = 0;
  /** Codes of errors and closes that ended a subscription. */
  readonly refusals = new Map<string, number>();
  readonly #urls: readonly string[];
  #at: number;
  #cursor: string;
  #link: Link | null = null;
  #token = '';
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(urls: readonly string[], first: number, cursor: string, subscription: Subscription) {
    this.#urls = urls;
    this.#at = first;
    this.#cursor = cursor;
    this.subscription = subscription;
  }

  /** That it came with last. */
  get token(): string {
    return this.#token;
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#link?.end();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { open, document, variables, credentials } = this.subscription;
    while (!this.#stopped) {
      this.connections++;
      this.#token = credentials.current();
      const link = (this.#link = open({
        url: this.#urls[this.#at++ % this.#urls.length]!, token: this.#token, document, variables, cursor: this.#cursor,
        event: (event, errors, cursor) => this.#take(event, errors, cursor),
        refused: (code) => this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1),
        accepted: (token) => {
          this.#token = token;
          this.refreshes++;
        },
      }));
      const stopHabits = this.#act(link);
      await link.ended;
      stopHabits();
      if (!this.#stopped) await pause(50 + Math.random() * 150);
    }
  }

  /** @returns stops them */
  #act(link: Link): () => void {
    const { habits: { moves, holdsMs, refreshes, changesRights }, credentials } = this.subscription;
    const timers: NodeJS.Timeout[] = [];
    const after = (leastMs: number, mostMs: number, act: () => void) => void timers.push(setTimeout(act, leastMs + Math.random() * (mostMs - leastMs)));
    if (moves === true) after(2000, 12_000, () => link.end());
    if (holdsMs !== undefined) after(1000, 8000, () => link.hold(holdsMs));
    if (refreshes === true) timers.push(setInterval(() => {
      if (credentials.expiryOf(this.#token) < Date.now() + 6000) link.offer(credentials.current(6500));
    }, 1500));
    if (changesRights === true) after(3000, 15_000, () => {
      credentials.change();
      link.offer(credentials.current());
    });
    return () => timers.forEach((timer) => clearTimeout(timer));
  }

  #take(event: Record<string, any>, errors: unknown, beside: string | undefined): void {
    const { credentials, topic } = this.subscription;
    if (errors !== undefined) this.inPart++;
    if (beside !== event.cursor) this.otherCursors++;
    if (credentials.isOver(this.#token)) this.overstayed++;
    const [, position, ordinal] = Buffer.from(event.cursor as string, 'base64url').toString().split('.').map(Number);
    this.received.push({ ...topic.read(event), place: [position!, ordinal!], atMs: Date.now() });
    this.#cursor = event.cursor;
  }
}
