import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome, PollPage } from '../../../src/connectors/contract.js';
import { claimDue } from '../../../src/jobs/tasks/outbound/claim.js';
import { finishPolled } from '../../../src/jobs/tasks/outbound/finish.js';
import { PartnerLease } from '../../../src/jobs/tasks/outbound/lease.js';
import { pollNow, schedulePolls } from '../../../src/jobs/tasks/polling/schedule.js';
import { createLog } from '../../../src/lib/log.js';
import type { Json } from '../../../src/lib/json.js';
import { openServices, startWork, type Services } from '../../../src/main.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { addSource, type Read } from '../../support/partner-connector.js';
import { eventually } from '../../support/requests.js';
import { failingAfter, InjectedFailure } from '../failing-statements.js';

/** A source that has numbered entries, of which a look gives two at most. */
function feed(entries: number[]) {
  const given: number[] = [];
  const read: Read = async (cursor) => {
    const rest = entries.filter((entry) => entry > Number(cursor ?? 0));
    const page = rest.slice(0, 2);
    given.push(...page);
    return { ok: true, value: { answers: page.map((entry) => ({ key: `entry-${entry}`, headers: {}, body: Buffer.from(`{"entry":${entry}}`) })), cursor: page.at(-1) ?? cursor, more: rest.length > page.length } };
  };
  return { read, given };
}

const down: Outcome<PollPage> = { ok: false, error: { kind: 'unavailable', message: 'The source is down.', raw: '' } };

describeOnEachDatabase('looking at a source', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let workers: Array<{ stop(): Promise<void> }>;
  let others: Services[] = [];
  let serial = 0;

  beforeAll(async () => {
    services = await testServices(kind);
    // On PostgreSQL a second instance works beside the first.
    if (kind === 'postgres') others = [await openServices(services.config, createLog('silent'), { supervise: false })];
    workers = [await startWork(services), ...(await Promise.all(others.map((each) => startWork(each))))];
  });
  afterAll(async () => {
    await Promise.all(workers.map((each) => each.stop()));
    for (const each of others) await each.close();
    await services.remove();
  });

  async function source(read: Read, settings: Record<string, Json> = {}): Promise<string> {
    const id = `source-${++serial}`;
    await addSource(services, id, read, settings);
    await services.database.transaction((tx) => tx.insertInto('partner_policy').values({ connection: id, overrides: JSON.stringify({ backoffSeconds: 0.1, backoffMaxSeconds: 1, breakerWindow: 1000 }), changed_by: 'test', changed_at: new Date().toISOString() }).execute());
    await schedulePolls(services.tasks);
    return id;
  }
  const change = async (id: string, settings: Record<string, Json>) => {
    await services.connections.change(id, settings, {});
    await schedulePolls(services.tasks);
  };
  const cursorOf = (id: string) => services.database.kysely.selectFrom('poll_cursor').selectAll().where('connection', '=', id).executeTakeFirst();
  const keptOf = async (id: string) => (await services.database.kysely.selectFrom('inbox').select('dedupe_key').where('connection', '=', id).orderBy('dedupe_key').execute()).map((row) => row.dedupe_key);
  const looksOf = (id: string) => services.database.kysely.selectFrom('command').select(['state', 'attempts', 'requested_by']).where('connection', '=', id).where('kind', '=', 'source.poll').orderBy('sequence').execute();
  const exceptionsOf = (id: string) => services.database.kysely.selectFrom('exception').select(['state', 'kind', 'detail']).where('source_subject', '=', `connection:${id}`).execute();

  it('on a schedule takes all that is there, at once and each entry once, and goes on with what comes later', async () => {
    const entries = [1, 2, 3, 4, 5];
    const { read, given } = feed(entries);
    const id = await source(read, { every: 1 });
    await eventually(() => keptOf(id), (kept) => kept.length === 5);
    entries.push(6);
    expect(await eventually(() => keptOf(id), (kept) => kept.length === 6)).toEqual([1, 2, 3, 4, 5, 6].map((entry) => `poll:entry-${entry}`));
    // However many instances work: each entry was asked for once.
    expect(given).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await cursorOf(id)).toMatchObject({ cursor: 6, failures: 0, error: null, messages: 6 });
    await change(id, {});
  });

  it('without a schedule looks only when asked to, and then until nothing is left', async () => {
    const { read } = feed([1, 2, 3]);
    const id = await source(read);
    expect(await looksOf(id)).toEqual([]);
    await pollNow(services.tasks, id, '*');
    await eventually(() => looksOf(id), (looks) => looks.length === 2 && looks.every((look) => look.state === 'DONE'));
    expect(await keptOf(id)).toHaveLength(3);
  });

  it('brings the next look forward when asked to look now, and when it is to look more often', async () => {
    const { read } = feed([1]);
    const id = await source(read, { every: 86_400 });
    await eventually(() => looksOf(id), (looks) => looks.some((look) => look.state === 'DONE'));
    await pollNow(services.tasks, id, '*');
    await eventually(() => looksOf(id), (looks) => looks.filter((look) => look.state === 'DONE').length === 2);
    await change(id, { every: 1 });
    await eventually(() => looksOf(id), (looks) => looks.filter((look) => look.state === 'DONE').length >= 3);
    await change(id, {});
    await eventually(() => looksOf(id), (looks) => looks.every((look) => look.state === 'DONE' || look.state === 'CANCELLED'));
  });

  it('raises an exception once a source failed three times in a row, goes on trying, and closes it when it answers', async () => {
    let isDown = true;
    const { read } = feed([1]);
    const id = await source(async (cursor) => (isDown ? down : read(cursor)), { every: 1 });
    const [raised] = await eventually(() => exceptionsOf(id), (rows) => rows.length > 0);
    expect(raised).toMatchObject({ kind: 'POLL_FAILED', state: 'OPEN', detail: expect.stringContaining('The source is down.') });
    await eventually(() => cursorOf(id), (row) => row!.failures >= 5);
    expect(await cursorOf(id)).toMatchObject({ error: 'The source is down.', succeeded_at: null });
    isDown = false;
    await eventually(() => exceptionsOf(id), (rows) => rows.every((row) => row.state === 'RESOLVED'));
    expect(await exceptionsOf(id)).toHaveLength(1);
    expect(await keptOf(id)).toEqual(['poll:entry-1']);
    await change(id, {});
  });

  it('what a connector throws counts as a failure and stops nothing', async () => {
    let calls = 0;
    const { read } = feed([1]);
    const id = await source(async (cursor) => (++calls < 3 ? Promise.reject(new Error('broken')) : read(cursor)));
    await pollNow(services.tasks, id, '*');
    // Whoever plans looks leaves one alone that was asked for and waits after a failure.
    await eventually(() => looksOf(id), ([look]) => look?.state === 'WAITING' || look?.state === 'DONE');
    await schedulePolls(services.tasks);
    expect(await eventually(() => keptOf(id), (kept) => kept.length === 1)).toEqual(['poll:entry-1']);
  });

  it('is refused for a connection whose settings name nothing to look at, with what to do', async () => {
    await services.connections.add({ id: 'watched', connector: 'x12', company: 'main', settings: { folder: '/var/edi/in' }, secrets: {} });
    await expect(pollNow(services.tasks, 'watched', '*')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/watched folder is read by itself.*nothing is to be polled/) });
    expect(await looksOf('watched')).toEqual([]);
  });

  it('ends a look that the settings make impossible where none is due, and waits for the next one where one is', async () => {
    const invalid: Outcome<PollPage> = { ok: false, error: { kind: 'invalid', message: 'No place to look at is set.', raw: '' } };
    const asked = await source(async () => invalid);
    await pollNow(services.tasks, asked, '*');
    await eventually(() => looksOf(asked), (looks) => looks[0]?.state === 'CANCELLED');
    expect(await looksOf(asked)).toMatchObject([{ state: 'CANCELLED', attempts: 1 }]);
    expect(await cursorOf(asked)).toMatchObject({ failures: 0, error: null });
    expect(await exceptionsOf(asked)).toEqual([]);
    const planned = await source(async () => invalid, { every: 86_400 });
    await eventually(() => cursorOf(planned), (row) => row?.failures === 1);
    const [waiting] = await services.database.kysely.selectFrom('command').select(['state', 'attempts', 'next_at', 'updated_at']).where('connection', '=', planned).execute();
    expect(waiting).toMatchObject({ state: 'WAITING', attempts: 1 });
    expect(Date.parse(waiting!.next_at!) - Date.parse(waiting!.updated_at)).toBeGreaterThanOrEqual(86_000_000);
    await change(planned, {});
  });

  it('keeps the messages, the cursor and the next look together or not at all', async () => {
    await Promise.all(workers.splice(0).map((each) => each.stop()));
    const id = await source(feed([]).read, { every: 60 });
    await pollNow(services.tasks, id, '*');
    const lease = (await PartnerLease.take(services.database, id))!;
    const [command] = await claimDue(services.database, id, lease.holder, { calls: 1, reports: 1 });
    const page: PollPage = { answers: [1, 2].map((entry) => ({ key: `entry-${entry}`, headers: {}, body: Buffer.from('{}') })), cursor: { at: 2 }, more: true };
    for (let at = 1; ; at++) {
      const database = failingAfter(services.database, at);
      const failed = await finishPolled({ ...services.tasks, database }, command!, lease.holder, page).then(() => false, (error: unknown) => {
        if (error instanceof InjectedFailure) return true;
        throw error;
      });
      const [kept, row, looks] = [await keptOf(id), await cursorOf(id), await looksOf(id)];
      if (!failed) {
        expect([kept.length, row!.cursor, looks.map((look) => look.state)]).toEqual([2, { at: 2 }, ['DONE', 'QUEUED']]);
        expect(at).toBeGreaterThan(5);
        break;
      }
      expect([kept, row!.cursor, looks.map((look) => look.state)]).toEqual([[], null, ['CALLING']]);
    }
    // What was read twice, by whoever, is known.
    await services.database.transaction((tx) => services.inbox.receiveWithin(tx, { connection: id, dedupeKey: 'poll:entry-2', headers: {}, body: Buffer.from('{}'), receivedMs: Date.now() }));
    expect(await keptOf(id)).toHaveLength(2);
    workers.push(await startWork(services));
  });
});
