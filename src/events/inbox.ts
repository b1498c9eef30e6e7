import { sql } from 'kysely';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import type { Database, Transaction } from '../db/database.js';

/** A verified message, ready to be made durable. */
export interface Delivery {
  connection: string;
  /** The sender's id of the delivery, or the hash of the body: one row per connection and key. */
  dedupeKey: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  receivedMs: number;
  /** Of what led to it, where we asked for it ourselves. */
  correlationId?: string;
}

export interface Receipt {
  id: string;
  duplicate: boolean;
  correlationId: string;
}

/** Encrypts bodies; `purpose` binds each to its row. */
export interface BodySealer {
  sealBytes(plain: Uint8Array, purpose: string): Uint8Array;
  openBytes(sealed: Uint8Array, purpose: string): Uint8Array;
}

/** What the body of a row is bound to. */
export function bodyPurpose(id: string): string {
  return `raw/${id}`;
}

export interface InboxOptions {
  /** Messages written by one statement at most. */
  maxBatch: number;
  /** Batches that are written at the same time, 1 unless given; more only where the database has more than one connection. */
  writers?: number;
  /** Bytes of bodies that may wait; past it, senders are told to come back. */
  maxWaitingBytes: number;
  bodies: BodySealer;
}

/** Wakes whoever decodes, in all processes, when messages are committed. A wake-up may be lost: they also look by themselves. */
export const inboxChannel = 'gatehouse_inbox';

interface Waiting {
  delivery: Delivery;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/**
 * Makes deliveries durable, many at a time: those that arrive while a batch is being written form
 * the next batch (group commit). A receipt is given only after the commit.
 */
export class Inbox {
  readonly #database: Database;
  readonly #options: InboxOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writers = 0;
  readonly #writing = new Set<Promise<void>>();

  constructor(database: Database, options: InboxOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** @throws GatehouseError UNAVAILABLE when it could not be made durable; the sender should try again */
  receive(delivery: Delivery): Promise<Receipt> {
    if (this.#waitingBytes + delivery.body.byteLength > this.#options.maxWaitingBytes && this.#waiting.length > 0) {
      return Promise.reject(new GatehouseError('UNAVAILABLE', undefined, { retryAfter: 5 }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      this.#waitingBytes += delivery.body.byteLength;
      // Whatever waits already has a writer that will come to it.
      if (this.#waiting.length === 1 && this.#writers < (this.#options.writers ?? 1)) this.#startWriter();
    });
  }

  /** Makes a delivery durable within a transaction of the caller: for what we fetched ourselves and account for in the same transaction. */
  async receiveWithin(tx: Transaction, delivery: Delivery): Promise<Receipt> {
    return (await this.#write(tx, [delivery]))[0]!;
  }

  /**
   * The same for what partners answered to our own calls. Nobody is woken: whoever commits wakes this process, which decodes as well
   * as any other. PostgreSQL lets transactions that notify commit one after the other, each with its own write to disk.
   */
  async receiveAnswers(tx: Transaction, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length > 0) await this.#write(tx, [...deliveries], 'nobody');
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #startWriter(): void {
    this.#writers++;
    const writer = this.#writeAll();
    this.#writing.add(writer);
    void writer.then(() => this.#writing.delete(writer));
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop lets requests that are already parsed join the batch.
    await new Promise((next) => setImmediate(next));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch);
      for (const { delivery } of batch) this.#waitingBytes -= delivery.body.byteLength;
      try {
        const receipts = await this.#database.transaction((tx) => this.#write(tx, batch.map((waiting) => waiting.delivery)));
        batch.forEach((waiting, index) => waiting.resolve(receipts[index]!));
      } catch (cause) {
        const error = new GatehouseError('UNAVAILABLE', undefined, { retryAfter: 5, cause });
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.#writers--; // in the same turn as the last look, so that nothing is left waiting in between
  }

  async #write(tx: Transaction, deliveries: Delivery[], woken: 'everybody' | 'nobody' = 'everybody'): Promise<Receipt[]> {
    const rows = deliveries.map((delivery) => ({ delivery, id: uuidv7(), correlationId: delivery.correlationId ?? uuidv7(), key: keyOf(delivery) }));
    // In one order everywhere, so that two instances with the same messages wait instead of deadlocking.
    const sorted = [...rows].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    // All bodies as one value in binary: as an array of text they would be encoded, escaped and decoded again.
    const bodies = sorted.map((row) => this.#options.bodies.sealBytes(row.delivery.body, bodyPurpose(row.id)));
    let end = 1;
    const starts = bodies.map((body) => (end += body.byteLength) - body.byteLength);
    const inserted = await sql<{ id: string }>`
      with kept as (
      insert into inbox (id, connection, dedupe_key, correlation_id, received_at, headers, body)
      select id, connection, dedupe_key, correlation_id, received_at, headers::jsonb, substring(${Buffer.concat(bodies)}::bytea from start for length)
      from unnest(
        ${sorted.map((row) => row.id)}::uuid[], ${sorted.map((row) => row.delivery.connection)}::text[], ${sorted.map((row) => row.delivery.dedupeKey)}::text[],
        ${sorted.map((row) => row.correlationId)}::uuid[], ${sorted.map((row) => instant(row.delivery.receivedMs))}::timestamptz[],
        ${sorted.map((row) => JSON.stringify(row.delivery.headers))}::text[], ${starts}::integer[], ${bodies.map((body) => body.byteLength)}::integer[]
      ) as x(id, connection, dedupe_key, correlation_id, received_at, headers, start, length)
      on conflict (connection, dedupe_key) do nothing
      returning id)
      select id${woken === 'everybody' ? sql`, pg_notify(${inboxChannel}, '')` : sql``} from kept
    `.execute(tx);
    const fresh = new Set(inserted.rows.map((row) => row.id));
    const known = await this.#known(tx, rows.filter((row) => !fresh.has(row.id)).map((row) => row.delivery));
    return rows.map((row) => {
      if (fresh.has(row.id)) return { id: row.id, duplicate: false, correlationId: row.correlationId };
      const first = known.get(row.key)!;
      return { id: first.id, duplicate: true, correlationId: first.correlation_id };
    });
  }

  async #known(tx: Transaction, deliveries: Delivery[]): Promise<Map<string, { id: string; correlation_id: string }>> {
    if (deliveries.length === 0) return new Map();
    const found = await sql<{ id: string; correlation_id: string; connection: string; dedupe_key: string }>`
      select i.id, i.correlation_id, i.connection, i.dedupe_key from inbox i
      join unnest(${deliveries.map((d) => d.connection)}::text[], ${deliveries.map((d) => d.dedupeKey)}::text[]) as x(connection, dedupe_key)
        on i.connection = x.connection and i.dedupe_key = x.dedupe_key
    `.execute(tx);
    return new Map(found.rows.map((row) => [keyOf({ connection: row.connection, dedupeKey: row.dedupe_key }), row]));
  }
}

function keyOf(delivery: { connection: string; dedupeKey: string }): string {
  return JSON.stringify([delivery.connection, delivery.dedupeKey]);
}
