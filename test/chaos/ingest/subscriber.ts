import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { pause } from './carrier.js';

/** A subscriber that comes back after every loss of its socket and resumes from the last cursor it received. */
export class Subscriber {
  /** Id of each milestone with how often it came. */
  readonly received = new Map<string, number>();
  reconnects = 0;
  readonly #url: string;
  readonly #token: string;
  #cursor: string;
  #client: Client | null = null;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(url: string, token: string, cursor: string) {
    this.#url = url;
    this.#token = token;
    this.#cursor = cursor;
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client?.dispose();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      const client = createClient({ url: this.#url, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${this.#token}` }, retryAttempts: 0 });
      this.#client = client;
      await this.#read(client);
      await client.dispose();
      if (this.#stopped) return;
      this.reconnects++;
      await pause(100);
    }
  }

  /** Resolves when the socket is gone. */
  #read(client: Client): Promise<void> {
    return new Promise((resolve) => {
      client.subscribe<{ milestones: { id: string; cursor: string } }>(
        { query: 'subscription ($after: String!) { milestones(after: $after) { id cursor } }', variables: { after: this.#cursor } },
        {
          next: ({ data }) => {
            if (data == null) return resolve(); // a failed event ends the stream: resume from the cursor
            this.received.set(data.milestones.id, (this.received.get(data.milestones.id) ?? 0) + 1);
            this.#cursor = data.milestones.cursor;
          },
          error: () => resolve(),
          complete: () => resolve(),
        },
      );
    });
  }
}
