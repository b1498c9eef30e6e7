import type { Database, Queryable, Transaction } from '../db/database.js';
import { instant } from '../lib/clock.js';
import { GatehouseError } from '../lib/errors.js';
import { ourConnection } from '../model/our-connection.js';
import { uuidv7 } from '../lib/ids.js';
import type { Json } from '../lib/json.js';
import type { SecretBox } from './secret-box.js';

/** A connection with its secrets open, as ingest and decode need it. */
export interface Connection {
  id: string;
  connector: string;
  company: string;
  /** Takes part in everything but effects; what decides on one asks the row itself, see `readingRules`. */
  shadow: boolean;
  settings: Record<string, Json>;
  /** Every value that is valid now, newest first, by name of the setting. */
  secrets: Readonly<Record<string, readonly string[]>>;
}

export interface NewConnection {
  id: string;
  connector: string;
  company: string;
  settings: Record<string, Json>;
  secrets: Record<string, string>;
  /** False unless given. */
  shadow?: boolean;
}

export interface ListedConnection {
  id: string;
  connector: string;
  company: string;
  createdAt: string;
  shadow: boolean;
  /** How many are kept, old ones among them. */
  secrets: number;
}

/** What an id may be; anything else, NUL among it, is not even looked up. */
const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Old secrets stay valid for this long after a rotation, ms, so that the other side can follow. */
export const rotationOverlapMs = 24 * 3600 * 1000;
const cacheMs = 1000;

/** The connections of this installation. Looked up at every message, so kept for a second. */
export class Connections {
  readonly #database: Database;
  readonly #box: SecretBox;
  readonly #cache = new Map<string, { untilMs: number; connection: Promise<Connection | null>; loaded?: Connection | null }>();

  constructor(database: Database, box: SecretBox) {
    this.#database = database;
    this.#box = box;
  }

  /** Null where there is none of this id, or it is disabled. */
  find(id: string): Promise<Connection | null> {
    if (!idPattern.test(id)) return Promise.resolve(null);
    const cached = this.#cache.get(id);
    if (cached !== undefined && cached.untilMs > Date.now()) return cached.connection;
    if (this.#cache.size > 1000) this.#cache.clear(); // unknown names must not fill the memory
    const connection = this.#load(this.#database.kysely, id);
    const entry: { untilMs: number; connection: Promise<Connection | null>; loaded?: Connection | null } = { untilMs: Date.now() + cacheMs, connection };
    this.#cache.set(id, entry);
    connection.then((loaded) => (entry.loaded = loaded), () => this.#cache.delete(id));
    return connection;
  }

  /** The same for whoever is in a transaction, and must wait for nothing that is read outside of it. */
  within(tx: Transaction): Pick<Connections, 'find' | 'list'> {
    return {
      find: async (id) => {
        const cached = this.#cache.get(id);
        return cached?.loaded !== undefined && cached.untilMs > Date.now() ? cached.loaded : this.#load(tx, id);
      },
      list: () => this.#list(tx),
    };
  }

  list(): Promise<ListedConnection[]> {
    return this.#list(this.#database.kysely);
  }

  async #list(db: Queryable): Promise<ListedConnection[]> {
    const rows = await db
      .selectFrom('connection')
      .leftJoin('connection_secret', 'connection_secret.connection', 'connection.id')
      .where('disabled_at', 'is', null)
      .select((e) => ['connection.id', 'connector', 'company', 'connection.created_at', 'connection.shadow', e.fn.count<number>('connection_secret.id').as('secrets')])
      .groupBy('connection.id')
      .orderBy('connection.id')
      .execute();
    return rows.map((row) => ({ id: row.id, connector: row.connector, company: row.company, createdAt: row.created_at, shadow: row.shadow, secrets: row.secrets }));
  }

  /** Ids and settings of the connections of one connector. */
  async ofConnector(connector: string): Promise<Connection[]> {
    const rows = await this.#database.kysely.selectFrom('connection').select('id').where('connector', '=', connector).where('disabled_at', 'is', null).execute();
    const found = await Promise.all(rows.map((row) => this.find(row.id)));
    return found.filter((connection) => connection !== null);
  }

  /** Those of them that may have effects: none in shadow mode. */
  async liveOfConnector(connector: string): Promise<Connection[]> {
    return (await this.ofConnector(connector)).filter(({ shadow }) => !shadow);
  }

  /** @throws GatehouseError CONFLICT when the id is taken */
  async add(connection: NewConnection): Promise<void> {
    if (!idPattern.test(connection.id)) throw new GatehouseError('BAD_INPUT', 'A connection id has small letters, digits and dashes, at most 63.', { field: 'id' });
    if (connection.id === ourConnection) throw new GatehouseError('BAD_INPUT', `${ourConnection} is the name of what is kept here. Choose another id.`, { field: 'id' });
    await this.#database.transaction(async (tx) => {
      const added = await tx
        .insertInto('connection')
        .values({ id: connection.id, connector: connection.connector, company: connection.company, settings: JSON.stringify(connection.settings), disabled_at: null, shadow: connection.shadow ?? false })
        // What was removed comes back, as what it was: its records stand under its name.
        .onConflict((c) => c.column('id').doUpdateSet({ settings: JSON.stringify(connection.settings), disabled_at: null, shadow: connection.shadow ?? false })
          .where('connection.disabled_at', 'is not', null).where('connection.connector', '=', connection.connector).where('connection.company', '=', connection.company))
        .returning('id')
        .execute();
      if (added.length === 0) throw new GatehouseError('CONFLICT', `There is a connection ${connection.id} already, or there was one, of another connector or company. Choose another id, or change its secret with: gatehouse connection rotate ${connection.id}`, { field: 'id' });
      for (const [name, value] of Object.entries(connection.secrets)) await this.#insertSecret(tx, connection.id, name, value);
    });
    this.#cache.delete(connection.id);
  }

  /**
   * Sets a new value of a secret; the old ones stay valid for the overlap.
   * @param options.atOnce the old ones are known to somebody else: they end now
   * @throws GatehouseError NOT_FOUND
   */
  async rotate(id: string, name: string, value: string, { atOnce }: { atOnce: boolean } = { atOnce: false }): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const known = await tx.selectFrom('connection').select('id').where('id', '=', id).where('disabled_at', 'is', null).forUpdate().executeTakeFirst();
      if (known === undefined) throw unknownConnection(id);
      await endSecrets(tx, id, name, atOnce ? 0 : rotationOverlapMs);
      await this.#insertSecret(tx, id, name, value);
    });
    this.#cache.delete(id);
  }

  /**
   * Replaces the settings and adds values of secrets; what was valid of these stays valid for the overlap.
   * @param removed names of secrets that are taken away, now
   * @throws GatehouseError NOT_FOUND
   */
  async change(id: string, settings: Record<string, Json>, secrets: Readonly<Record<string, string>>, removed: readonly string[] = []): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const changed = await tx.updateTable('connection').set({ settings: JSON.stringify(settings) }).where('id', '=', id).where('disabled_at', 'is', null).returning('id').execute();
      if (changed.length === 0) throw unknownConnection(id);
      for (const name of removed) await endSecrets(tx, id, name, 0);
      for (const [name, value] of Object.entries(secrets)) {
        await endSecrets(tx, id, name, rotationOverlapMs);
        await this.#insertSecret(tx, id, name, value);
      }
    });
    this.#cache.delete(id);
  }

  /**
   * Switches shadow mode.
   * @returns whether it was otherwise before
   * @throws GatehouseError NOT_FOUND
   */
  async setShadow(tx: Transaction, id: string, shadow: boolean): Promise<boolean> {
    const row = await tx.selectFrom('connection').select('shadow').where('id', '=', id).where('disabled_at', 'is', null).forUpdate().executeTakeFirst();
    if (row === undefined) throw unknownConnection(id);
    await tx.updateTable('connection').set({ shadow }).where('id', '=', id).execute();
    this.#cache.delete(id);
    return row.shadow !== shadow;
  }

  /**
   * Removes a connection; its secrets are forgotten, its row stays for its name.
   * @throws GatehouseError NOT_FOUND
   */
  async remove(tx: Transaction, id: string): Promise<void> {
    const removed = await tx.updateTable('connection').set({ disabled_at: instant(Date.now()) }).where('id', '=', id).where('disabled_at', 'is', null).returning('id').execute();
    if (removed.length === 0) throw unknownConnection(id);
    await tx.deleteFrom('connection_secret').where('connection', '=', id).execute();
    this.#cache.delete(id);
  }

  async #insertSecret(db: Queryable, connection: string, name: string, value: string): Promise<void> {
    await db
      .insertInto('connection_secret')
      .values({ id: uuidv7(), connection, name, ciphertext: this.#box.seal(value, `${connection}/${name}`), expires_at: null })
      .execute();
  }

  async #load(db: Queryable, id: string): Promise<Connection | null> {
    const row = await db.selectFrom('connection').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst();
    if (row === undefined) return null;
    const sealed = await db.selectFrom('connection_secret').selectAll().where('connection', '=', id).orderBy('id', 'desc').execute();
    const now = new Date().toISOString();
    const secrets: Record<string, string[]> = {};
    for (const secret of sealed) {
      if (secret.expires_at !== null && secret.expires_at <= now) continue;
      (secrets[secret.name] ??= []).push(this.#box.open(secret.ciphertext, `${id}/${secret.name}`));
    }
    return { id: row.id, connector: row.connector, company: row.company, shadow: row.shadow, settings: row.settings, secrets };
  }
}

/** Values of a secret end in `afterMs`, those that end sooner excepted. */
async function endSecrets(tx: Queryable, connection: string, name: string, afterMs: number): Promise<void> {
  const end = instant(Date.now() + afterMs);
  await tx.updateTable('connection_secret').set({ expires_at: end }).where('connection', '=', connection).where('name', '=', name).where((w) => w.or([w('expires_at', 'is', null), w('expires_at', '>', end)])).execute();
}

function unknownConnection(id: string): GatehouseError {
  return new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
}
