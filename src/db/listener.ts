import pg from 'pg';

type Wake = (payload?: string) => void;

/**
 * All that this process listens for, on one connection of its own: PostgreSQL wakes every connection that listens at
 * every notification, whatever its channel. It comes back with growing pauses when it is lost.
 */
export class Listener {
  readonly #connectionString: string;
  readonly #wakes = new Map<string, Set<Wake>>();
  #client: Promise<pg.Client> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(connectionString: string) {
    this.#connectionString = connectionString;
  }

  /**
   * Calls `wake` with the payload of every notification on `channel`, and without one now and whenever one may have been missed.
   * @throws what connecting failed with
   */
  async listen(channel: string, wake: Wake): Promise<{ close(): Promise<void> }> {
    const known = this.#wakes.get(channel);
    const wakes = known ?? new Set();
    wakes.add(wake);
    this.#wakes.set(channel, wakes);
    try {
      this.#client ??= this.#connect();
      const client = await this.#client;
      if (known === undefined) await client.query(`listen ${channel}`);
    } catch (error) {
      wakes.delete(wake);
      throw error;
    }
    wake();
    return { close: async () => void wakes.delete(wake) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = await this.#client?.catch(() => null);
    await client?.end();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#connectionString, application_name: 'gatehouse-listen', keepAlive: true });
    client.on('error', () => {}); // 'end' follows and reconnects
    client.on('notification', ({ channel, payload }) => this.#wakes.get(channel)?.forEach((wake) => wake(payload)));
    try {
      await client.connect();
      for (const channel of this.#wakes.keys()) await client.query(`listen ${channel}`);
    } catch (error) {
      this.#client = null;
      void client.end().catch(() => {}); // it never was one
      throw error;
    }
    client.on('end', () => this.#again());
    this.#failures = 0;
    this.#wakeAll();
    return client;
  }

  #again(): void {
    if (this.#closed) return;
    this.#client = null;
    this.#timer = setTimeout(() => {
      this.#client ??= this.#connect();
      this.#client.catch(() => this.#again());
    }, Math.min(10_000, 100 * 2 ** this.#failures++));
  }

  #wakeAll(): void {
    for (const wakes of this.#wakes.values()) for (const wake of wakes) wake();
  }
}
