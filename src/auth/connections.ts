import type { Database, Queryable } from '../db/database.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidv7 } from '../lib/ids.js';
import type { Json } from '../lib/json.js';
import type { SecretBox } from './secret-box.js';

/** A connection with its secrets open, as ingest and decode need it. */
export interface Connection {
  id: string;
  connector: string;
  company: string;
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
  readonly #cache = new Map<string, { untilMs: number; connection: Promise<Connection | null> }>();

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
    const connection = this.#load(id);
    this.#cache.set(id, { untilMs: Date.now() + cacheMs, connection });
    connection.catch(() => this.#cache.delete(id));
    return connection;
  }

  async list(): Promise<Array<{ id: string; connector: string; company: string; createdAt: string; secrets: number }>> {
    const rows = await this.#database.kysely
      .selectFrom('connection')
      .leftJoin('connection_secret', 'connection_secret.connection', 'connection.id')
      .select((e) => ['connection.id', 'connector', 'company', 'connection.created_at', e.fn.count<number>('connection_secret.id').as('secrets')])
      .groupBy('connection.id')
      .orderBy('connection.id')
      .execute();
    return rows.map((row) => ({ id: row.id, connector: row.connector, company: row.company, createdAt: row.created_at, secrets: row.secrets }));
  }

  /** Ids and settings of the connections of one connector. */
  async ofConnector(connector: string): Promise<Connection[]> {
    const rows = await this.#database.kysely.selectFrom('connection').select('id').where('connector', '=', connector).where('disabled_at', 'is', null).execute();
    const found = await Promise.all(rows.map((row) => this.find(row.id)));
    return found.filter((connection) => connection !== null);
  }

  /** @throws GatehouseError CONFLICT when the id is taken */
  async add(connection: NewConnection): Promise<void> {
    if (!idPattern.test(connection.id)) throw new GatehouseError('BAD_INPUT', 'A connection id has small letters, digits and dashes, at most 63.', { field: 'id' });
    await this.#database.transaction(async (tx) => {
      const added = await tx
        .insertInto('connection')
        .values({ id: connection.id, connector: connection.connector, company: connection.company, settings: JSON.stringify(connection.settings), disabled_at: null })
        .onConflict((c) => c.doNothing())
        .returning('id')
        .execute();
      if (added.length === 0) throw new GatehouseError('CONFLICT', `There is a connection ${connection.id} already. Choose another id, or change its secret with: gatehouse connection rotate ${connection.id}`, { field: 'id' });
      for (const [name, value] of Object.entries(connection.secrets)) await this.#insertSecret(tx, connection.id, name, value);
    });
    this.#cache.delete(connection.id);
  }

  /**
   * Sets a new value of a secret; the old ones stay valid for the overlap.
   * @throws GatehouseError NOT_FOUND
   */
  async rotate(id: string, name: string, value: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const known = await tx.selectFrom('connection').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
      if (known === undefined) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
      await tx
        .updateTable('connection_secret')
        .set({ expires_at: new Date(Date.now() + rotationOverlapMs).toISOString() })
        .where('connection', '=', id)
        .where('name', '=', name)
        .where('expires_at', 'is', null)
        .execute();
      await this.#insertSecret(tx, id, name, value);
    });
    this.#cache.delete(id);
  }

  /**
   * Replaces the settings and adds values of secrets; what was valid of these stays valid for the overlap.
   * @throws GatehouseError NOT_FOUND
   */
  async change(id: string, settings: Record<string, Json>, secrets: Readonly<Record<string, string>>): Promise<void> {
    const changed = await this.#database.kysely.updateTable('connection').set({ settings: JSON.stringify(settings) }).where('id', '=', id).returning('id').execute();
    if (changed.length === 0) throw new GatehouseError('NOT_FOUND', `There is no connection ${id}. List them with: gatehouse connection list`);
    this.#cache.delete(id);
    for (const [name, value] of Object.entries(secrets)) await this.rotate(id, name, value);
  }

  async #insertSecret(db: Queryable, connection: string, name: string, value: string): Promise<void> {
    await db
      .insertInto('connection_secret')
      .values({ id: uuidv7(), connection, name, ciphertext: this.#box.seal(value, `${connection}/${name}`), expires_at: null })
      .execute();
  }

  async #load(id: string): Promise<Connection | null> {
    const row = await this.#database.kysely.selectFrom('connection').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst();
    if (row === undefined) return null;
    const sealed = await this.#database.kysely.selectFrom('connection_secret').selectAll().where('connection', '=', id).orderBy('id', 'desc').execute();
    const now = new Date().toISOString();
    const secrets: Record<string, string[]> = {};
    for (const secret of sealed) {
      if (secret.expires_at !== null && secret.expires_at < now) continue;
      (secrets[secret.name] ??= []).push(this.#box.open(secret.ciphertext, `${id}/${secret.name}`));
    }
    return { id: row.id, connector: row.connector, company: row.company, settings: row.settings, secrets };
  }
}
