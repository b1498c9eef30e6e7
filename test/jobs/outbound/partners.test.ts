import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptCommands, findCommand, type NewCommand } from '../../../src/events/commands.js';
import { routeToFallback } from '../../../src/jobs/tasks/outbound/claim.js';
import { finishRouted } from '../../../src/jobs/tasks/outbound/finish.js';
import { LeaseLost } from '../../../src/jobs/tasks/outbound/perform.js';
import { setPolicy } from '../../../src/jobs/tasks/outbound/partner.js';
import { giveUpOverdue } from '../../../src/jobs/tasks/outbound/overdue.js';
import { systemMetrics } from '../../../src/jobs/tasks/metrics.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { startWork } from '../../../src/main.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { overlapping } from '../../support/overlapping.js';
import { bookingInput } from '../../support/parcel-sandbox.js';
import { addPartner, done, refusal, type Behaviour } from '../../support/partner-connector.js';
import { eventually } from '../../support/requests.js';

describeOnEachDatabase('partners', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let workers: { stop(): Promise<void> };
  let serial = 0;
  beforeAll(async () => {
    services = await testServices(kind);
    workers = await startWork(services);
  });
  afterAll(async () => {
    await workers.stop();
    await services.remove();
  });

  async function partner(behaviour: Behaviour, overrides: object = {}): Promise<string> {
    const id = `partner-${++serial}`;
    await addPartner(services, id, behaviour);
    await services.database.kysely.insertInto('partner_policy').values({ connection: id, overrides: JSON.stringify({ backoffSeconds: 0.05, openSeconds: 0.2, openMaxSeconds: 0.4, perMinute: 60_000, ...overrides }), changed_by: 'test', changed_at: new Date().toISOString() }).execute();
    return id;
  }
  const command = (connection: string, over: Partial<NewCommand> = {}): NewCommand => ({
    kind: 'shipment.book', input: bookingInput(), connection, lane: 'DISPATCH', company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), subject: 'shipment:1', correlationId: uuidv7(), ...over,
  });
  const accept = async (...commands: NewCommand[]) => (await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands))).map(({ id }) => id);
  const found = async (id: string) => (await findCommand(services.database.kysely, id))!;
  const ended = (id: string, state: string) => eventually(() => found(id).then(({ state, error, connection }) => ({ state, error, connection })), (row) => row.state === state);
  const stateOf = (connection: string) => services.database.kysely.selectFrom('partner_state').selectAll().where('connection', '=', connection).executeTakeFirst();

  it('one that does not answer holds up nobody else, and what moves freight goes before what reports', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const begun: string[] = [];
    const slow = await partner(async ({ id }) => (begun.push(id), await held, done), { concurrency: 2 });
    const quick = await partner(async () => done);
    const reports = await accept(...Array.from({ length: 3 }, () => command(slow, { lane: 'REPORT' })));
    await ended(reports[0]!, 'CALLING');
    const [first] = await accept(command(slow));
    const [other] = await accept(command(quick));
    await ended(other!, 'DONE');
    await ended(first!, 'CALLING');
    // One place is always left for it, however many reports wait.
    expect(begun).toEqual([reports[0], first]);
    release();
    for (const id of reports) await ended(id, 'DONE');
  });

  it('one that is down is left alone, its commands do not use up their attempts, and they are done once it is back', async () => {
    let isDown = true;
    const calls: number[] = [];
    const connection = await partner(async () => {
      calls.push(Date.now());
      return isDown ? refusal('unavailable') : done;
    }, { attempts: 3, breakerWindow: 4 });
    const ids = await accept(...Array.from({ length: 30 }, () => command(connection)));
    await eventually(() => stateOf(connection), (row) => row?.breaker === 'OPEN' && row.openings >= 3);
    expect((await Promise.all(ids.map(found))).filter(({ state }) => state === 'DEAD')).toEqual([]);
    expect((await stateOf(connection))!.last_error).toBe('no');
    const told = () => services.database.kysely.selectFrom('exception').select(['state', 'severity', 'detail']).where('kind', '=', 'PARTNER_DOWN').where('source_subject', '=', `connection:${connection}`).execute();
    expect(await eventually(told, (rows) => rows.length > 0)).toEqual([{ state: 'OPEN', severity: 'HIGH', detail: expect.stringMatching(/^no /) }]);
    isDown = false;
    for (const id of ids) await ended(id, 'DONE');
    await eventually(() => stateOf(connection), (row) => row?.breaker === 'CLOSED');
    expect((await eventually(told, ([row]) => row?.state === 'RESOLVED')).length).toBe(1);
    // Down once more, it is the same matter again.
    isDown = true;
    const more = await accept(...Array.from({ length: 4 }, () => command(connection)));
    await eventually(told, (rows) => rows.length === 1 && rows[0]!.state === 'OPEN');
    isDown = false;
    for (const id of more) await ended(id, 'DONE');
    await eventually(told, ([row]) => row?.state === 'RESOLVED');
  });

  it('a command that another process took over meanwhile is not sent to the fallback, nor recorded in any other way', async () => {
    const connection = await partner(async () => done);
    const [id] = await accept(command(connection, { notBefore: '2100-01-01T00:00:00.000Z' }));
    const attempt = uuidv7();
    const [holder, other] = [uuidv7(), uuidv7()];
    // Nobody here takes up what is left of it meanwhile.
    const taken = { holder: other, lease_until: '2100-01-01T00:00:00.000Z', updated_at: new Date().toISOString() };
    await services.database.kysely.insertInto('partner_state').values({ connection, ...taken }).onConflict((c) => c.column('connection').doUpdateSet(taken)).execute();
    await services.database.kysely.updateTable('command').set({ state: 'CALLING', lease: other, attempts: 1 }).where('id', '=', id!).execute();
    const claimed = { ...(await found(id!)), attempt_id: attempt };
    const error = { kind: 'unavailable' as const, message: 'no', raw: '' };
    await expect(finishRouted(services.tasks, claimed, holder, error, 'elsewhere')).rejects.toThrow(LeaseLost);
    expect(await found(id!)).toMatchObject({ state: 'CALLING', lease: other, error: null, connection });
    // Who has taken it up is where it was, although the fallback takes nothing of this kind.
    expect(await finishRouted(services.tasks, { ...claimed, kind: 'booking.cancel' }, other, error, 'elsewhere').catch((failure: unknown) => (failure instanceof LeaseLost ? 'lost' : failure))).toBe('lost');
    await services.database.kysely.insertInto('command_attempt').values({ id: attempt, command_id: id!, number: 1, company: 'main', connection, started_at: new Date().toISOString() }).execute();
    expect(await finishRouted(services.tasks, { ...claimed, kind: 'booking.cancel' }, other, error, 'elsewhere')).toBe(false);
    expect(await found(id!)).toMatchObject({ state: 'CALLING', lease: other, error: null, connection });
    await services.database.kysely.deleteFrom('command').where('id', '=', id!).execute();
  });

  it('one that limits us is not called before the time that it names', async () => {
    const calls: number[] = [];
    const connection = await partner(async () => {
      calls.push(Date.now());
      return calls.length === 1 ? refusal('rate_limited', 'slowly', 1) : done;
    }, { concurrency: 1 });
    const ids = await accept(command(connection), command(connection));
    for (const id of ids) await ended(id, 'DONE');
    expect(calls[1]! - calls[0]!).toBeGreaterThanOrEqual(1000);
  });

  it('a command that fails every time, and one on which the connector fails, let their neighbours pass and are given up with their history', async () => {
    const connection = await partner(async ({ input }) => {
      const { references } = input as { references: Array<{ value: string }> };
      if (references[0]!.value === 'thrown') throw new Error('a fault');
      return references[0]!.value === 'poison' ? refusal('unparseable', 'nonsense') : done;
    }, { attempts: 3, concurrency: 1 });
    const of = (value: string) => command(connection, { input: bookingInput({ references: [{ kind: 'odoo.delivery', issuer: 'erp', value }] }) });
    const [poison, thrown, ...others] = await accept(of('poison'), of('thrown'), ...Array.from({ length: 12 }, () => of('good')));
    for (const id of others) await ended(id, 'DONE');
    for (const id of [poison!, thrown!]) {
      expect((await ended(id, 'DEAD')).error).toMatchObject({ reason: 'ATTEMPTS', kind: 'unparseable' });
      expect((await services.database.kysely.selectFrom('command_attempt').select('outcome').where('command_id', '=', id).execute()).map((row) => row.outcome)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    }
  });

  it('what a partner answers that cannot be stored is given up like any failure', async () => {
    const connection = await partner(async () => ({ ok: true, value: { state: 'DONE', result: { text: 'a\0b' }, answers: [], files: [] } }), { attempts: 2 });
    const [id] = await accept(command(connection));
    expect((await ended(id!, 'DEAD')).error).toMatchObject({ reason: 'ATTEMPTS', message: 'What the partner answered could not be stored.' });
  });

  it('what may go elsewhere goes to the fallback of one that is down, once; what has begun something stays', async () => {
    const there: string[] = [];
    const fallback = await partner(async ({ id }) => (there.push(id), done));
    const connection = await partner(async ({ input }, memory) => {
      if ((input as { booking?: string }).booking === undefined && (input as { quote?: string }).quote === 'begun') await memory.remember('made');
      return refusal('auth', 'wrong key');
    }, { fallback, concurrency: 1 });
    const [begun] = await accept(command(connection, { input: bookingInput({ quote: 'begun' }) }));
    await eventually(() => found(begun!), (row) => row.memory !== null && row.state === 'WAITING');
    const [booked, cancelled] = await accept(command(connection, { orderKey: 'x' }), command(connection, { kind: 'booking.cancel', input: { booking: uuidv7() }, orderKey: 'x' }));
    expect(await ended(booked!, 'DONE')).toMatchObject({ connection: fallback });
    // It undoes what stands before it in its order, and goes with it.
    expect(await ended(cancelled!, 'DONE')).toMatchObject({ connection: fallback });
    expect(there).toEqual([booked, cancelled]);
    expect(await found(booked!)).toMatchObject({ routed_from: connection, attempts: expect.any(Number) });
    expect(await found(begun!)).toMatchObject({ connection, routed_from: null });
  });

  it('nothing goes to a fallback that was removed, or put into shadow mode, by then', async () => {
    const { kysely: db } = services.database;
    const connection = await partner(async () => done);
    const [id] = await accept(command(connection, { notBefore: '2100-01-01T00:00:00.000Z' }));
    const fallback = await partner(async () => done);
    for (const change of [{ shadow: true, disabled_at: null }, { shadow: false, disabled_at: new Date().toISOString() }]) {
      await db.updateTable('connection').set(change).where('id', '=', fallback).execute();
      expect(await routeToFallback(db, connection, fallback, ['shipment.book'], id)).toBe(0);
    }
    await db.updateTable('connection').set({ shadow: false, disabled_at: null }).where('id', '=', fallback).execute();
    expect(await routeToFallback(db, connection, fallback, ['shipment.book'], id)).toBe(1);
    await ended(id!, 'DONE');
  });

  it.skipIf(kind === 'embedded')('what two people set for the first time at the same moment stands, of both', async () => {
    const { database } = services;
    const connection = `partner-${++serial}`;
    await addPartner(services, connection, async () => done);
    await overlapping(database, (tx) => setPolicy(tx, connection, { timeoutMs: 3_000 }, 'anna'), [() => database.transaction((tx) => setPolicy(tx, connection, { concurrency: 2 }, 'bert'))]);
    expect(await database.kysely.selectFrom('partner_policy').select(['overrides', 'changed_by']).where('connection', '=', connection).execute()).toEqual([{ overrides: { timeoutMs: 3_000, concurrency: 2 }, changed_by: 'bert' }]);
  });

  it('what waits past its deadline is given up, also at a connection that is disabled, and says so', async () => {
    const connection = await partner(async () => done);
    // Accepted before it is disabled, and begun by nobody until then.
    const notBefore = new Date(Date.now() + 3_600_000).toISOString();
    const [late, waiting] = await accept(command(connection, { notBefore, deadlineAt: new Date(Date.now() - 1000).toISOString() }), command(connection, { notBefore, deadlineAt: notBefore }));
    await services.database.kysely.updateTable('connection').set({ disabled_at: new Date().toISOString() }).where('id', '=', connection).execute();
    await expect(accept(command(connection))).rejects.toThrow('was removed');
    await giveUpOverdue(services.tasks);
    expect(await ended(late!, 'DEAD')).toMatchObject({ error: { reason: 'DEADLINE' } });
    expect((await services.database.kysely.selectFrom('exception').select(['title', 'state']).where('detail', 'like', `%${late}%`).execute())[0]).toEqual({ title: `shipment.book at ${connection} was not done in time`, state: 'OPEN' });
    expect((await found(waiting!)).state).toBe('QUEUED');
  });

  it('show in the metrics what waits for them and how they do', async () => {
    const connection = await partner(async () => refusal('auth', 'wrong key'), { openSeconds: 600, openMaxSeconds: 600 });
    const [id] = await accept(command(connection), command(connection));
    await eventually(() => stateOf(connection), (row) => row?.breaker === 'OPEN');
    await eventually(() => found(id!), (row) => row.state === 'WAITING');
    const metrics = new Map((await systemMetrics(services)).map((metric) => [metric.name, metric.values.filter(({ labels }) => labels?.connection === connection || labels?.workflow === 'label')]));
    expect(metrics.get('gatehouse_partner_breaker')).toEqual([{ labels: { connection }, value: 2 }]);
    expect(metrics.get('gatehouse_commands_waiting')).toEqual([{ labels: { connection, lane: 'DISPATCH' }, value: 2 }, { labels: { connection, lane: 'REPORT' }, value: 0 }]);
    expect(metrics.get('gatehouse_command_attempts')!.find(({ labels }) => labels!.outcome === 'auth')!.value).toBeGreaterThanOrEqual(1);
    expect(metrics.get('gatehouse_workflow_objective')).toEqual([{ labels: { workflow: 'label' }, value: 0.99 }]);
    expect(metrics.get('gatehouse_workflow_share')![0]!.value).toBeGreaterThan(0);
  });
});
