import { WebSocket } from 'ws';
import { pause } from './pause.js';
import type { Subscriber } from './subscriber.js';

const everyMs = 2500;
/** After a revocation nobody may be let in any more by then, ms. */
const knownEverywhereMs = 2500;

/** Takes tokens back from clients that are connected, and tries whether these still open anything. */
export class Revoker {
  revoked = 0;
  /** Tokens that were taken back, and let somebody in all the same. */
  letIn = 0;
  refused = 0;
  #stopped = false;
  readonly #urls: readonly string[];
  readonly #subscribers: readonly Subscriber[];
  readonly #open = new Set<Promise<void>>();

  constructor(urls: readonly string[], subscribers: readonly Subscriber[]) {
    this.#urls = urls;
    this.#subscribers = subscribers;
  }

  async run(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const able = this.#subscribers.filter(({ subscription: { credentials } }) => credentials.canLoseOne);
      if (able.length === 0) break;
      const { token, subscription: { credentials } } = able[turn % able.length]!;
      await this.#revoke(token);
      credentials.revoked(token);
      this.revoked++;
      const trying = this.#try(token).finally(() => this.#open.delete(trying));
      this.#open.add(trying);
      await pause(everyMs);
    }
    await Promise.all(this.#open);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #revoke(token: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await fetch(`${this.#urls[attempt % this.#urls.length]!}/revoke`, { method: 'POST', body: new URLSearchParams({ token }), signal: AbortSignal.timeout(5000) });
        if (answer.status === 200) return;
      } catch {
        // killed: the other one is asked
      }
      await pause(100);
    }
  }

  async #try(token: string): Promise<void> {
    await pause(knownEverywhereMs);
    for (const url of this.#urls) {
      const answer = await opened(url, token);
      if (answer === 'let in') this.letIn++;
      if (answer === 'refused') this.refused++;
    }
  }
}

function opened(url: string, token: string): Promise<'let in' | 'refused' | 'away'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { handshakeTimeout: 5000 });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
    socket.on('message', (data) => {
      if ((JSON.parse(String(data)) as { type: string }).type !== 'connection_ack') return;
      resolve('let in');
      socket.terminate();
    });
    socket.on('error', () => {}); // its close follows
    socket.on('close', (code) => resolve(code >= 4400 ? 'refused' : 'away'));
  });
}
