import pg from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { notifyBus } from '../../src/events/live-bus.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { describeOnEachDatabase, testServer, testServices, type TestServer } from '../support/databases.js';
import { accepted, addConnections, postEasypost, tracker } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';

const shortly = (ms: number) => new Promise((next) => setTimeout(next, ms));

describeOnEachDatabase('the live feed', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices(kind);
    await sql`insert into projection (name, position) values ('main', 5) on conflict (name) do update set position = 5`.execute(services.database.kysely);
  });
  afterAll(() => services?.remove());

  const move = (notify: boolean) => services.database.transaction(async (tx) => {
    const { rows } = await sql<{ position: number }>`update projection set position = position + 1 where name = 'main' returning position`.execute(tx);
    if (notify) await services.bus.beforeCommit(tx, rows[0]!.position);
  });
  /** Readers that wait again and again; how often they were woken together. */
  const readers = (live: LiveFeed, count: number) => {
    const abort = new AbortController();
    let woken = 0;
    for (let i = 0; i < count; i++) {
      void (async () => {
        for (;;) {
          await live.next(abort.signal);
          if (abort.signal.aborted) return;
          woken++;
        }
      })();
    }
    return { woken: () => woken, stop: () => abort.abort() };
  };
  /** Counts the looks at how far the projections are. */
  const countLooks = () => {
    const { kysely } = services.database;
    const original = kysely.selectFrom;
    let looks = 0;
    kysely.selectFrom = function (this: unknown, from: never) {
      if (from === 'projection') looks++;
      return (original as (from: never) => never).call(kysely, from);
    } as never;
    return { looks: () => looks, stop: () => (kysely.selectFrom = original) };
  };

  it('looks once a second for the whole process and wakes nobody while nothing moves', async () => {
    const counted = countLooks();
    const live = await openLiveFeed(services.database, services.bus);
    const waiting = readers(live, 50);
    await shortly(3_200);
    expect(waiting.woken()).toBe(0);
    expect(counted.looks()).toBeGreaterThanOrEqual(3);
    expect(counted.looks()).toBeLessThanOrEqual(6);
    counted.stop();
    waiting.stop();
    await live.close();
  });

  it('wakes everybody at a notification, at once, and once only', async () => {
    const live = await openLiveFeed(services.database, services.bus);
    const waiting = readers(live, 20);
    const took: number[] = [];
    for (let moves = 1; moves <= 4; moves++) {
      await shortly(1_100);
      const started = Date.now();
      await move(true);
      await eventually(async () => waiting.woken(), (count) => count > 20 * (moves - 1));
      took.push(Date.now() - started);
    }
    expect(Math.min(...took)).toBeLessThan(500); // looks alone would have taken a second each time
    await shortly(2_200);
    expect(waiting.woken()).toBe(4 * 20);
    waiting.stop();
    await live.close();
  });

  it('wakes everybody within two seconds where the notification is lost', async () => {
    const live = await openLiveFeed(services.database, notifyBus(services.database, 'a_channel_that_nobody_notifies'));
    const waiting = readers(live, 20);
    const took: number[] = [];
    for (let moves = 1; moves <= 3; moves++) {
      const started = Date.now();
      await move(false);
      await eventually(async () => waiting.woken(), (count) => count === 20 * moves);
      took.push(Date.now() - started);
    }
    expect(Math.min(...took)).toBeLessThan(2_000); // a machine that stood still once says nothing of how often it looks
    waiting.stop();
    await live.close();
  });

  it('learns what was removed also while wake-ups never cease', async () => {
    let told = (_position?: number) => {};
    const live = await openLiveFeed(services.database, { ...services.bus, listen: async (wake) => ((told = wake), { close: async () => {} }) });
    let position = 1_000_000;
    let isTelling = true;
    const tell = () => {
      told(++position);
      if (isTelling) setImmediate(tell);
    };
    tell();
    await sql`insert into projection (name, position) values ('feed-removed', 3) on conflict (name) do update set position = 3`.execute(services.database.kysely);
    await eventually(async () => live.start.position, (removed) => removed === 3).finally(() => (isTelling = false));
    expect(live.end.position).toBeGreaterThanOrEqual(position); // what is told is not taken back by what was read
    expect(() => live.checkKept({ position: 2, ordinal: 0 })).toThrow(expect.objectContaining({ code: 'CURSOR_EXPIRED' }));
    await sql`delete from projection where name = 'feed-removed'`.execute(services.database.kysely);
    await live.close();
  });

  it('looks at once where a process of the version before notifies, which does not say how far', async () => {
    const live = await openLiveFeed(services.database, services.bus);
    const waiting = readers(live, 5);
    const took: number[] = [];
    for (let moves = 1; moves <= 4; moves++) {
      await shortly(200);
      const started = Date.now();
      await move(false);
      await sql`select pg_notify('gatehouse_feed', '')`.execute(services.database.kysely);
      await eventually(async () => waiting.woken(), (count) => count >= 5 * moves);
      took.push(Date.now() - started);
    }
    expect(Math.min(...took)).toBeLessThan(500); // looks alone would have taken some 800 each time
    waiting.stop();
    await live.close();
  });

  it('tells of a look that failed and looks again', async () => {
    const failures: unknown[] = [];
    const live = await openLiveFeed(services.database, services.bus, (error) => failures.push(error));
    const waiting = readers(live, 1);
    await sql`alter table projection rename to projection_away`.execute(services.database.kysely);
    await eventually(async () => failures.length, (count) => count > 0);
    await sql`alter table projection_away rename to projection`.execute(services.database.kysely);
    await move(false);
    await eventually(async () => waiting.woken(), (count) => count === 1);
    waiting.stop();
    await live.close();
  });
});

describe.skipIf(inject('postgresUrl') === null)('a server whose listening connection is killed (PostgreSQL; skipped where none is installed)', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer('postgres');
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  it('goes on giving milestones to its subscribers, each once', async () => {
    const token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const { latestCursor: after } = await graphql(server.url, token, '{ latestCursor }');
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', 'subscription ($after: String) { milestones(after: $after) { id } }', { after });
    const admin = new pg.Client({ connectionString: server.config.databaseUrl });
    await admin.connect();
    const kill = async () => (await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gatehouse-listen' and datname = current_database()`)).rowCount;
    let last: Promise<unknown> = Promise.resolve();
    const killing = setInterval(() => void (last = kill()), 50);
    expect(await kill()).toBeGreaterThan(0);
    for (let i = 0; i < 5; i++) {
      const body = JSON.stringify(tracker(`KILLED${i}`, [{ code: 'IT' }]));
      await accepted(server, await postEasypost(server, body), body);
      await eventually(async () => received.length, (count) => count >= i + 1);
    }
    clearInterval(killing);
    await last;
    await shortly(300);
    await admin.end();
    const ids = dataOf(received, 'milestones').map((event) => event.id as string);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(5);
    await socket.close();
  });
});
