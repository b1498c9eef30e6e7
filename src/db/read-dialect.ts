import type { CompiledQuery, DatabaseConnection, Dialect, Driver as KyselyDriver, QueryResult } from 'kysely';
import type pg from 'pg';
import { postgresDialect } from './dialect.js';
import { refuseInsideTransaction, type Driver } from './driver.js';
import { heldKeys } from './held-keys.js';
import type { LentConnection } from './shared-connections.js';

/** Single statements on PostgreSQL, each as whoever asks: what an outsider asks for runs as the outsiders' role, where there is one. */
export function readDialect(connect: () => Promise<LentConnection>, outsiders: Driver['outsiders']): Dialect {
  const refuse = async () => {
    throw new Error('What is read for clients runs in no transaction: its connections are shared.');
  };
  const driver: KyselyDriver = {
    async init() {},
    async acquireConnection() {
      refuseInsideTransaction();
      return new ReadConnection(await connect(), outsiders);
    },
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    async releaseConnection(connection) {
      (connection as ReadConnection).release();
    },
    async destroy() {},
  };
  return postgresDialect(driver);
}

class ReadConnection implements DatabaseConnection {
  readonly #lent: LentConnection;
  readonly #outsiders: Driver['outsiders'];

  constructor(lent: LentConnection, outsiders: Driver['outsiders']) {
    this.#lent = lent;
    this.#outsiders = outsiders;
  }

  async executeQuery<Row>({ sql, parameters, queryId }: CompiledQuery): Promise<QueryResult<Row>> {
    const keys = heldKeys(queryId);
    const { role } = this.#outsiders;
    const { client } = this.#lent;
    const { rows } = keys === undefined || role === null ? await (client as pg.Client).query(sql, parameters as unknown[]) : await client.queryAs({ role, keys }, sql, parameters);
    return { rows };
  }

  // eslint-disable-next-line require-yield -- the interface wants a generator
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('What is read for clients is read in pages, not as a stream.');
  }

  release(): void {
    this.#lent.release();
  }
}
