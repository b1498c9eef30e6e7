import { createClient } from 'graphql-ws';
import { isUnauthenticated, type GraphqlError } from './graphql.js';
import { milestonesSubscription, type LiveMilestone, type MilestonesAnswer } from './queries.js';
import { SessionUnavailable, type Session } from './session.js';

export type LiveState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'waiting'; seconds: number }
  | { kind: 'sign_in' };

export interface LiveOptions {
  session: Session;
  /** Cursor after which to begin. */
  after: string;
  onMilestone: (milestone: LiveMilestone) => void;
  onState: (state: LiveState) => void;
  /** The cursor is no more of the log: read everything afresh, then answer the cursor to go on from. */
  onCursorExpired: () => Promise<string>;
}

/** How a connection ended, and so what to do next. */
type End = 'token' | 'cursor' | 'lost';

/** Close codes by which a server says that the token does no more: expired or forbidden, and unauthorized. */
const tokenCloseCodes = new Set([4403, 4401]);
const longestWaitMs = 15_000;
/** A silent connection is dead: a ping goes out after this time, and its answer is waited for as long. */
const pingMs = 10_000;
/** A connection that stood this long was a good one, and the next failure waits shortly again. */
const steadyMs = 10_000;

/** Milestones as they are recorded, without a gap: after every loss it goes on from the last cursor received. */
export class LiveMilestones {
  #after: string;
  #stopped = false;
  #failures = 0;
  #wake: () => void = () => {};
  #drop: () => void = () => {};

  constructor(private readonly options: LiveOptions) {
    this.#after = options.after;
    window.addEventListener('online', this.#retryNow);
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    window.removeEventListener('online', this.#retryNow);
    this.#drop();
    this.#wake();
  }

  #retryNow = (): void => this.#wake();

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.options.onState({ kind: 'connecting' });
      const token = await this.#token();
      if (this.#stopped) return;
      if (token === null) return this.options.onState({ kind: 'sign_in' });
      const end = token === undefined ? 'lost' : await this.#listen(token);
      if (this.#stopped) return;
      if (end === 'token' && token !== undefined) this.options.session.reject(token);
      if (end === 'cursor' && (await this.#startAfresh())) continue;
      // The first renewal of a token is what every expiry asks for: no need to wait.
      if (end !== 'token' || this.#failures > 0) await this.#wait();
      this.#failures += 1;
    }
  }

  /** Null: the viewer must sign in. Undefined: the server could not be asked. */
  async #token(): Promise<string | null | undefined> {
    try {
      return await this.options.session.token();
    } catch (error) {
      if (error instanceof SessionUnavailable) return undefined;
      throw error;
    }
  }

  async #startAfresh(): Promise<boolean> {
    try {
      this.#after = await this.options.onCursorExpired();
      return true;
    } catch {
      // The lists say what failed; this loop tries again later.
      return false;
    }
  }

  /** One connection, from opening to its end. */
  #listen(token: string): Promise<End> {
    return new Promise((resolve) => {
      let tokenRefused = false;
      let pongDue: ReturnType<typeof setTimeout> | undefined;
      let steady: ReturnType<typeof setTimeout> | undefined;
      const client = createClient({
        url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
        keepAlive: pingMs,
        connectionAckWaitTimeout: pingMs,
        on: {
          connected: () => {
            this.options.onState({ kind: 'live' });
            steady = setTimeout(() => { this.#failures = 0; }, steadyMs);
          },
          ping: (received) => {
            if (!received) pongDue = setTimeout(() => client.terminate(), pingMs);
          },
          pong: (received) => {
            if (received) clearTimeout(pongDue);
          },
          closed: (event) => {
            if (tokenCloseCodes.has((event as CloseEvent).code)) tokenRefused = true;
            // The client itself opens again after a close with 1000; this loop does it, with waiting.
            void client.dispose();
            end('lost');
          },
        },
      });
      const end = (why: End): void => {
        clearTimeout(pongDue);
        clearTimeout(steady);
        this.#drop = () => {};
        void client.dispose();
        resolve(tokenRefused ? 'token' : why);
      };
      this.#drop = () => end('lost');
      const read = (errors: readonly GraphqlError[]): void => {
        if (isUnauthenticated({ errors })) tokenRefused = true;
        end(errors.some((error) => error.extensions?.code === 'CURSOR_EXPIRED') ? 'cursor' : 'lost');
      };
      client.subscribe<MilestonesAnswer>({ query: milestonesSubscription, variables: { after: this.#after } }, {
        next: ({ data, errors }) => {
          if (data?.milestones) this.#take(data.milestones);
          else if (errors !== undefined) read(errors as readonly GraphqlError[]);
        },
        error: (error) => {
          if (Array.isArray(error)) read(error as GraphqlError[]);
          // An error of the socket is followed by its close, which names the code.
          else if (!(error instanceof Event) || error instanceof CloseEvent) end('lost');
        },
        complete: () => end('lost'),
      });
    });
  }

  #take(milestone: LiveMilestone): void {
    this.#after = milestone.cursor;
    this.options.onMilestone(milestone);
  }

  /** Waits longer after each failure, with jitter so that many pages do not come back at once. */
  async #wait(): Promise<void> {
    const ms = Math.min(longestWaitMs, 1000 * 2 ** Math.min(this.#failures, 5)) * (0.75 + Math.random() / 2);
    this.options.onState({ kind: 'waiting', seconds: Math.ceil(ms / 1000) });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stopped) this.#wake();
    });
  }
}
