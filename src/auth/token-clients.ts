import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.js';
import { GatehouseError } from '../lib/errors.js';
import { sha256 } from '../lib/ids.js';
import { sameText } from '../lib/same-text.js';
import { grantSchema, type Grant } from './grant.js';

/** A machine or partner that fetches its tokens by itself (RFC 6749, 4.4). */
export interface TokenClient {
  id: string;
  grant: Grant;
  /** Seconds that each access token of it is valid. */
  accessTtl: number;
  /** SHA-256 of its certificate, base64url; its tokens are bound to it (RFC 8705). */
  certificate: string | null;
}

const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export class TokenClients {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns the secret, which is kept nowhere; null where the client shows a certificate instead
   * @throws GatehouseError BAD_INPUT, CONFLICT when the id is taken
   */
  async add({ id, grant, accessTtl, certificate }: TokenClient): Promise<string | null> {
    if (!idPattern.test(id)) throw new GatehouseError('BAD_INPUT', 'A client id has small letters, digits and dashes, at most 63.', { field: 'id' });
    const secret = certificate === null ? `gs_${randomBytes(32).toString('base64url')}` : null;
    const added = await this.#database.kysely
      .insertInto('token_client')
      .values({ id, secret_hash: secret === null ? null : sha256(secret), certificate, role: grant.role, claims: JSON.stringify(grant), access_ttl: accessTtl, disabled_at: null })
      .onConflict((c) => c.doNothing()).returning('id').execute();
    if (added.length === 0) throw new GatehouseError('CONFLICT', `There is a client ${id} already.`, { field: 'id' });
    return secret;
  }

  /** The client that shows this secret or certificate; null where it shows neither, or there is none. */
  async authenticate(id: string, shown: { secret?: string | undefined; certificate?: string | undefined }): Promise<TokenClient | null> {
    const row = idPattern.test(id) ? await this.#database.kysely.selectFrom('token_client').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst() : undefined;
    const bySecret = row?.secret_hash != null && shown.secret !== undefined && sameText(sha256(shown.secret), row.secret_hash);
    const byCertificate = row?.certificate != null && shown.certificate !== undefined && sameText(shown.certificate, row.certificate);
    if (row === undefined || !(row.certificate === null ? bySecret : byCertificate)) return null;
    return { id: row.id, grant: grantSchema.parse(row.claims), accessTtl: row.access_ttl, certificate: row.certificate };
  }

  async list() {
    return this.#database.kysely.selectFrom('token_client').select(['id', 'role', 'claims', 'certificate', 'access_ttl', 'created_at']).where('disabled_at', 'is', null).orderBy('id').execute();
  }

  /** @throws GatehouseError NOT_FOUND */
  async disable(id: string): Promise<void> {
    const rows = await this.#database.kysely.updateTable('token_client').set({ disabled_at: new Date().toISOString() }).where('id', '=', id).where('disabled_at', 'is', null).returning('id').execute();
    if (rows.length === 0) throw new GatehouseError('NOT_FOUND', `There is no client ${id}.`);
  }
}
