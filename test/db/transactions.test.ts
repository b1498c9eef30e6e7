import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database, Transaction } from '../../src/db/database.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

describeOnEachDatabase('statements of one transaction that leave together', (kind) => {
  let opened: Awaited<ReturnType<typeof testServices>>;
  let database: Database;
  beforeAll(async () => {
    opened = await testServices(kind);
    database = opened.database;
  });
  afterAll(() => opened?.remove());

  const wrong = (tx: Transaction) => sql`select 1 / 0`.execute(tx);
  const deep = async (tx: Transaction, depth: number): Promise<unknown> => (depth === 0 ? wrong(tx) : deep(tx, depth - 1).then((value) => value));

  it('fail with what was wrong, not with what follows from it, however they are waited for', async () => {
    await expect(database.transaction((tx) => Promise.all([deep(tx, 20), sql`select 2`.execute(tx), sql`select 3`.execute(tx)]))).rejects.toMatchObject({ code: '22012' });
    await expect(database.transaction(async (tx) => {
      await wrong(tx).catch(() => {});
      await sql`select 2`.execute(tx);
    })).rejects.toMatchObject({ code: '22012' });
  });

  it('go on behind a savepoint', async () => {
    await expect(database.transaction(async (tx) => {
      await sql`savepoint before`.execute(tx);
      await wrong(tx).catch(() => {});
      await sql`rollback to savepoint before`.execute(tx);
      return (await sql<{ value: number }>`select 4 as value`.execute(tx)).rows;
    })).resolves.toEqual([{ value: 4 }]);
  });

  it.each([
    ['whose failure was caught', (tx: Transaction) => wrong(tx).catch(() => {})],
    ['that nobody waited for', async (tx: Transaction) => void wrong(tx).catch(() => {})],
  ])('are not taken for committed with one %s', async (_, failing) => {
    await expect(database.transaction(async (tx) => {
      await sql`create table never (id integer)`.execute(tx);
      await failing(tx);
      await new Promise((next) => setImmediate(next));
    })).rejects.toMatchObject({ code: '22012' });
    const { rows } = await sql<{ found: string | null }>`select to_regclass('never')::text as found`.execute(database.kysely);
    expect(rows[0]!.found).toBeNull();
  });
});
