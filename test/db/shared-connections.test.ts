import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { countRun, preparedName } from '../../src/db/prepared.js';
import { shareConnections } from '../../src/db/shared-connections.js';
import { testServices } from '../support/databases.js';

describe.skipIf(inject('postgresUrl') === null)(`statements that are read in one turn${inject('postgresUrl') === null ? ' (skipped: no PostgreSQL is installed)' : ''}`, () => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices('postgres', { GATEHOUSE_READ_TIMEOUT: '500' });
  });
  afterAll(() => services?.remove());

  const ask = async <Value>(expression: string) => (await sql<{ value: Value; pid: number }>`select ${sql.raw(expression)} as value, pg_backend_pid() as pid`.execute(services.database.reads)).rows[0]!;

  it('go over one connection, at most eight, and those of another turn over another while it is busy', async () => {
    const slow = ask('pg_sleep(0.2)');
    await new Promise((next) => setTimeout(next, 20));
    const together = await Promise.all(Array.from({ length: 12 }, (_, index) => ask<number>(`${index}`)));
    expect(together.map(({ value }) => value)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(new Set(together.slice(0, 8).map(({ pid }) => pid)).size).toBe(1);
    expect(new Set(together.slice(8).map(({ pid }) => pid)).size).toBe(1);
    expect(new Set([...together.map(({ pid }) => pid), (await slow).pid]).size).toBe(3);
  });

  it('fail each by itself: a wrong one and one that takes too long leave the others their answers', async () => {
    const [before, wrong, slow, after] = await Promise.allSettled([ask('1'), ask('1 / 0'), ask('pg_sleep(2)'), ask('2')]);
    expect([before, after]).toMatchObject([{ status: 'fulfilled', value: { value: 1 } }, { status: 'fulfilled', value: { value: 2 } }]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
    expect(slow).toMatchObject({ status: 'rejected', reason: { code: '57014' } });
  });

  it('are told of a connection that is lost, and the next ones get another', async () => {
    const { pid } = await ask('1');
    const lost = Promise.allSettled([ask('pg_sleep(0.4)'), ask('1')]);
    await new Promise((next) => setTimeout(next, 50));
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(0.4)%' and pid <> pg_backend_pid()`.execute(services.database.kysely);
    for (const outcome of await lost) expect(outcome.status).toBe('rejected');
    for (let turn = 0; turn < 30; turn++) expect((await ask<number>('7')).value).toBe(7);
    expect(pid).toBeGreaterThan(0);
  });

  it('are prepared once they have run five times, and give the same on every connection', async () => {
    const text = 'select $1::integer + 1 as value';
    for (let run = 0; run < 5; run++) countRun(text);
    expect(preparedName(text)).toMatch(/^read_\d+$/);
    const run = (value: number) => services.database.reads.executeQuery<{ value: number }>({ sql: text, parameters: [value], query: { kind: 'RawNode' } as never, queryId: { queryId: 'test' } });
    for (let turn = 0; turn < 3; turn++) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => run(index)));
      expect(answers.map(({ rows }) => rows[0]!.value)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    }
    const held = await sql<{ count: number }>`select count(*)::integer as count from pg_prepared_statements where statement = ${text}`.execute(services.database.reads);
    expect(held.rows[0]!.count).toBe(1);
  });
});

describe('a connection that is lent to several', () => {
  it('is given back once, when the last of them has, and is not lent to who asks after that in the same turn', async () => {
    const released: number[] = [];
    let opened = 0;
    const lend = shareConnections((async () => {
      const number = ++opened;
      return { number, release: () => void released.push(number) };
    }) as never);
    const [first, second] = await Promise.all([lend(), lend()]);
    first!.release();
    expect(released).toEqual([]);
    second!.release();
    const third = await lend();
    third.release();
    expect(released).toEqual([1, 2]);
  });
});
