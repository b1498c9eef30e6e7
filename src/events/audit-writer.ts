import type { Database } from '../db/database.js';
import { recordAudit, type AuditEntry } from './audit.js';

const maxBatch = 500;

interface Waiting {
  entry: AuditEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Records entries that belong to no transaction, many with one commit: those that come while a batch
 * is being written form the next one.
 */
export class AuditWriter {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves when the entry is durable; rejects when it is not. */
  record(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await new Promise((next) => setImmediate(next));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxBatch);
      try {
        await this.#database.transaction((tx) => recordAudit(tx, batch.map(({ entry }) => entry)));
        for (const each of batch) each.resolve();
      } catch (error) {
        for (const each of batch) each.reject(error);
      }
    }
    this.#writing = null; // in the same turn as the last look, so that nothing is left waiting in between
  }
}
