import pg from 'pg';
import { pause } from './pause.js';

const everyMs = 250;

/** Looks again and again how far the read model is, over a connection of its own. */
export class Watermark {
  readonly #seen: Array<{ position: number; atMs: number }> = [];
  readonly #url: string;
  #stopped = false;
  #running: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#running = this.#look();
  }

  /** By when everything up to a position was projected, ms UTC; Infinity where that was not seen. */
  reachedMs(position: number): number {
    return this.#seen.find((seen) => seen.position >= position)?.atMs ?? Infinity;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({ connectionString: this.#url });
      client.on('error', () => {}); // PostgreSQL is killed now and then: the query fails
      try {
        await client.connect();
        while (!this.#stopped) {
          const { rows } = await client.query<{ position: string }>(`select position from projection where name = 'main'`);
          this.#seen.push({ position: Number(rows[0]?.position ?? 0), atMs: Date.now() });
          await pause(everyMs);
        }
      } catch {
        await pause(everyMs);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }
}
