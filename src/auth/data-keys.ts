import { createHmac, randomBytes } from 'node:crypto';
import type { Database } from '../db/database.js';
import { instant } from '../lib/clock.js';
import type { KeyEncryption } from './key-encryption.js';
import { namedKey, SecretBox, type KeyRing } from './secret-box.js';

/**
 * What data keys are for. `fingerprint` gives keyed hashes that must stay the same for ever (they are
 * in the log), `checkpoint` is the seed of the key that signs checkpoints.
 */
export const purposes = ['secrets', 'personal', 'raw', 'fingerprint', 'checkpoint'] as const;
export type Purpose = (typeof purposes)[number];

/** Purposes whose data can be encrypted anew under a new key. */
export const rotated = ['secrets', 'personal', 'raw'] as const satisfies readonly Purpose[];

/** Every process reads the keys anew this often, ms. */
const reloadMs = 10_000;
/** A new key is used after this, ms, when every process knows it. */
export const activationMs = 3 * reloadMs;

interface DataKey {
  id: string;
  purpose: string;
  key: Buffer;
  activeFromMs: number;
}

/**
 * The keys that data are encrypted under, read from the database and held in memory, unwrapped. They
 * are random, wrapped by `KeyEncryption`, and the same for every process on this database.
 */
export class DataKeys {
  readonly #database: Database;
  readonly keyEncryption: KeyEncryption;
  #keys: readonly DataKey[] = [];
  readonly #boxes: ReadonlyMap<Purpose, SecretBox>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(database: Database, keyEncryption: KeyEncryption) {
    this.#database = database;
    this.keyEncryption = keyEncryption;
    this.#boxes = new Map(purposes.map((purpose) => [purpose, new SecretBox(this.#ringOf(purpose))]));
  }

  /**
   * Reads the keys, and makes those that are missing.
   * @param onFailure told when the keys could not be read anew later; those known go on
   * @throws SecretKeyError when they were wrapped by a key that is not there
   */
  static async open(database: Database, keyEncryption: KeyEncryption, onFailure: (error: unknown) => void = () => {}): Promise<DataKeys> {
    const keys = new DataKeys(database, keyEncryption);
    await keys.#makeMissing();
    await keys.reload();
    keys.#timer = setInterval(() => void keys.reload().catch(onFailure), reloadMs);
    keys.#timer.unref();
    return keys;
  }

  /** Seals under the current key of a purpose. */
  box(purpose: Purpose): SecretBox {
    return this.#boxes.get(purpose)!;
  }

  /** The same bytes for the same text, for ever, and nothing that can be guessed without the key: HMAC-SHA-256. */
  fingerprint(text: string): Buffer {
    return createHmac('sha256', this.#current('fingerprint').key).update(text).digest();
  }

  /** The seed of the signing key of checkpoints, with its id, and of those before it. */
  checkpointSeeds(): Array<{ id: string; key: Buffer }> {
    return this.#keys.filter((key) => key.purpose === 'checkpoint').map(({ id, key }) => ({ id, key }));
  }

  /** Adds a key for a purpose; it seals from `activationMs` on. */
  async add(purpose: Purpose, activeFromMs = Date.now() + activationMs): Promise<string> {
    const { id, key } = namedKey(randomBytes(32));
    await this.#database.kysely
      .insertInto('data_key')
      .values({ id, purpose, wrapped: await this.keyEncryption.wrap(key, purpose), wrapped_by: this.keyEncryption.id, active_from: instant(activeFromMs) })
      .execute();
    await this.reload();
    return id;
  }

  /** Wraps every key that another key wrapped anew. @returns how many */
  async rewrap(): Promise<number> {
    const rows = await this.#database.kysely.selectFrom('data_key').select(['id', 'purpose', 'wrapped', 'wrapped_by']).where('wrapped_by', '<>', this.keyEncryption.id).execute();
    for (const row of rows) {
      const wrapped = await this.keyEncryption.wrap(await this.keyEncryption.unwrap(row.wrapped, row.purpose), row.purpose);
      await this.#database.kysely.updateTable('data_key').set({ wrapped, wrapped_by: this.keyEncryption.id }).where('id', '=', row.id).execute();
    }
    return rows.length;
  }

  /** Forgets a key under which nothing is sealed any more. */
  async remove(id: string): Promise<void> {
    await this.#database.kysely.deleteFrom('data_key').where('id', '=', id).execute();
    await this.reload();
  }

  /** Ids of the keys of a purpose, newest first. */
  idsOf(purpose: Purpose): string[] {
    return this.#keys.filter((key) => key.purpose === purpose).map((key) => key.id);
  }

  /** Ms UTC from which on the newest key of a purpose seals. */
  activeFromMs(purpose: Purpose): number {
    return this.#keys.find((key) => key.purpose === purpose)!.activeFromMs;
  }

  /** @throws SecretKeyError when a key cannot be unwrapped */
  async reload(): Promise<void> {
    const rows = await this.#database.kysely.selectFrom('data_key').selectAll().orderBy('active_from', 'desc').orderBy('id').execute();
    const known = new Map(this.#keys.map((key) => [key.id, key.key]));
    this.#keys = await Promise.all(rows.map(async (row) => ({
      id: row.id, purpose: row.purpose, activeFromMs: Date.parse(row.active_from), key: known.get(row.id) ?? (await this.keyEncryption.unwrap(row.wrapped, row.purpose)),
    })));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #makeMissing(): Promise<void> {
    // Wrapped before the transaction, in which nothing outside the database may be asked.
    const made = await Promise.all(purposes.map(async (purpose) => {
      const { id, key } = namedKey(randomBytes(32));
      return { id, purpose, wrapped: await this.keyEncryption.wrap(key, purpose), wrapped_by: this.keyEncryption.id, active_from: instant(Date.now()) };
    }));
    await this.#database.transaction(async (tx) => {
      // Two instances that start together must not make two: the second waits, then finds the first's.
      await tx.insertInto('installation').values({ name: 'data-keys', value: '' }).onConflict((c) => c.doNothing()).execute();
      await tx.selectFrom('installation').select('name').where('name', '=', 'data-keys').forUpdate().execute();
      const there = new Set((await tx.selectFrom('data_key').select('purpose').execute()).map((row) => row.purpose));
      const missing = made.filter(({ purpose }) => !there.has(purpose));
      if (missing.length > 0) await tx.insertInto('data_key').values(missing).execute();
    });
  }

  #ringOf(purpose: Purpose): KeyRing {
    return { current: () => this.#current(purpose), find: (id) => this.#keys.find((key) => key.id === id && key.purpose === purpose)?.key };
  }

  #current(purpose: Purpose): DataKey {
    const now = Date.now();
    return this.#keys.find((key) => key.purpose === purpose && key.activeFromMs <= now)!;
  }
}
