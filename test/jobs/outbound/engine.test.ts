import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptCommands, findCommand, type NewCommand } from '../../../src/events/commands.js';
import { drawNumbers } from '../../../src/events/control-numbers.js';
import type { ControlSeries } from '../../../src/connectors/contract.js';
import type { Transaction } from '../../../src/db/database.js';
import { seriesOf } from '../../../src/connectors/rate-table/numbers.js';
import { retryCommand } from '../../../src/jobs/tasks/outbound/leave.js';
import { keepDocuments, openDocument } from '../../../src/events/documents.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { startWork } from '../../../src/main.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { addPartner, done, refusal, type Behaviour } from '../../support/partner-connector.js';
import { eventually } from '../../support/requests.js';

describeOnEachDatabase('commands', (kind) => {
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

  async function partner(behaviour: Behaviour): Promise<string> {
    const id = `partner-${++serial}`;
    await addPartner(services, id, behaviour);
    return id;
  }

  function command(connection: string, over: Partial<NewCommand> = {}): NewCommand {
    return {
      kind: 'booking.cancel', input: { booking: uuidv7() }, connection, lane: 'DISPATCH', company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), subject: 'shipment:1', correlationId: uuidv7(), ...over,
    };
  }

  const accept = (...commands: NewCommand[]) => services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands));
  const acceptOne = async (wanted: NewCommand) => (await accept(wanted))[0]!.id;
  const found = async (id: string) => (await findCommand(services.database.kysely, id))!;
  const ended = (id: string, state: string) => eventually(() => found(id), (row) => row.state === state);
  const history = (id: string) => services.database.kysely.selectFrom('command_attempt').select(['number', 'outcome', 'error_kind', 'error']).where('command_id', '=', id).orderBy('number').execute();

  it('a command is performed once, and what was answered stands in the inbox under its id and correlation', async () => {
    const performed: string[] = [];
    const connection = await partner(async ({ id }) => {
      performed.push(id);
      return { ok: true, value: { state: 'DONE', result: { number: '1Z' }, answers: [{ key: 'shipment', headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') }], files: [] } };
    });
    const wanted = command(connection);
    const id = await acceptOne(wanted);
    const row = await ended(id, 'DONE');
    expect(row).toMatchObject({ attempts: 1, result: { number: '1Z' }, error: null, lease: null });
    expect(await history(id)).toEqual([{ number: 1, outcome: 'DONE', error_kind: null, error: null }]);
    const answers = await services.database.kysely.selectFrom('inbox').select(['dedupe_key', 'headers', 'correlation_id']).where('connection', '=', connection).execute();
    expect(answers).toEqual([{ dedupe_key: `command:${id}:shipment`, headers: { 'content-type': 'application/json', 'x-gatehouse-command': id }, correlation_id: wanted.correlationId }]);
    expect(performed).toEqual([id]);
  });

  it('what follows from a command at another connection is accepted with it, once; none where that is in shadow mode, or another company’s', async () => {
    const sent: string[] = [];
    const other = await partner(async ({ input }) => {
      sent.push((input as { booking: string }).booking);
      return done;
    });
    const [shadowed, foreign] = [await partner(async () => done), `partner-${++serial}`];
    await services.database.kysely.updateTable('connection').set({ shadow: true }).where('id', '=', shadowed).execute();
    await services.connections.add({ id: foreign, connector: `test-${other}`, company: 'another', settings: {}, secrets: {} });
    let attempts = 0;
    const connection = await partner(async ({ id }) => (++attempts === 1
      ? refusal('unavailable')
      : { ok: true, value: { state: 'DONE', result: {}, answers: [], files: [], further: [other, shadowed, foreign].map((to) => ({ kind: 'booking.cancel' as const, input: { booking: id }, connection: to, key: `to-${to}` })) } }));
    const wanted = command(connection);
    const id = await acceptOne(wanted);
    await ended(id, 'DONE');
    const followed = await services.database.kysely.selectFrom('command').select(['id', 'connection', 'company', 'subject', 'correlation_id', 'idempotency_key', 'requested_by']).where('connection', 'in', [other, shadowed, foreign]).execute();
    expect(followed).toEqual([{ id: expect.any(String), connection: other, company: 'main', subject: wanted.subject, correlation_id: wanted.correlationId, idempotency_key: `${id}/to-${other}`, requested_by: 'gatehouse' }]);
    await ended(followed[0]!.id, 'DONE');
    expect(sent).toEqual([id]);
  });

  it('what follows is told again as a change where another attempt makes more of it, and ends the command all the same', async () => {
    const sent: unknown[] = [];
    const other = await partner(async ({ input }) => {
      sent.push(input);
      return done;
    });
    const [few, more, changed] = [uuidv7(), uuidv7(), uuidv7()];
    const connection = await partner(async ({ attempt }) => ({
      ok: true,
      value: { state: attempt === 1 ? 'PARTIAL' : 'DONE', result: {}, answers: [], files: [], further: [{ kind: 'booking.cancel' as const, input: { booking: attempt === 1 ? few : more }, changed: { booking: changed }, connection: other, key: 'tender' }] },
    }));
    const id = await acceptOne(command(connection));
    await ended(id, 'PARTIAL');
    await retryCommand(services.tasks, id, { subject: 'test', role: 'operator' }, '*');
    await ended(id, 'DONE');
    const followed = await eventually(() => services.database.kysely.selectFrom('command').select(['idempotency_key', 'state']).where('connection', '=', other).orderBy('sequence').execute(), (rows) => rows.length > 0 && rows.every(({ state }) => state === 'DONE'));
    expect(followed.map((row) => row.idempotency_key)).toEqual([`${id}/tender`, `${id}/tender/2`]);
    expect(sent).toEqual([{ booking: few }, { booking: changed }]);
  });

  it('a number of a parcel is given once, whichever of two ranges of the same letters it lies in', async () => {
    const range = (from: number, before = 'AC') => seriesOf({ kind: 'plain', before, digits: 8, after: '', check: 'luhn', from, to: 99_999_999 });
    const draw = (...of: ControlSeries[]) => services.database.transaction((tx) => drawNumbers(tx, 'numbers', of));
    expect(await draw(range(5), range(5), range(5))).toEqual([5, 6, 7]);
    // Set anew to begin before, and within, and beyond; then as it was.
    expect(await draw(range(4), range(4), range(6), range(20), range(5), range(4), range(6))).toEqual([4, 8, 9, 20, 10, 11, 12]);
    expect(await draw(range(5, 'AD'))).toEqual([5]);
    await expect(services.database.transaction(async (tx) => {
      await drawNumbers(tx, 'numbers', [range(5, 'AD')]);
      throw new Error('undone');
    })).rejects.toThrow('undone');
    expect(await draw(range(5, 'AD'))).toEqual([6]);
    const many = (await Promise.all(Array.from({ length: 20 }, (_, place) => draw(range(place % 2 === 0 ? 100 : 101, 'AE'))))).flat();
    expect(new Set(many).size).toBe(20);
  });

  it('a number of a parcel is given once where two transactions begin ranges of the same letters before the other can see it', async () => {
    const draw = (tx: Transaction, from: number) => drawNumbers(tx, 'numbers', [seriesOf({ kind: 'plain', before: 'AF', digits: 8, after: '', check: 'luhn', from, to: 99_999_999 })]);
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const second = begun.promise.then(() => services.database.transaction(async (tx) => {
      const drawn = await draw(tx, 101);
      await ended.promise;
      return drawn;
    }));
    const first = services.database.transaction(async (tx) => {
      const drawn = await draw(tx, 100);
      begun.resolve();
      await pause(200);
      return [...drawn, ...await draw(tx, 100)];
    }).finally(ended.resolve);
    expect((await Promise.all([first, second])).flat()).toEqual([100, 101, 102]);
  });

  it('a key that comes again gives the command that it gave before, and another input under it is refused', async () => {
    const connection = await partner(async () => done);
    const wanted = command(connection);
    const [first, again] = [await accept(wanted), await accept(wanted, wanted)];
    expect(again).toEqual([{ id: first[0]!.id, duplicate: true }, { id: first[0]!.id, duplicate: true }]);
    const twice = command(connection);
    expect((await accept(twice, twice)).map((each) => each.duplicate)).toEqual([false, true]);
    await expect(accept({ ...wanted, input: { booking: uuidv7() } })).rejects.toMatchObject({ code: 'CONFLICT', field: 'idempotencyKey' });
  });

  it('thousands are accepted at once', async () => {
    const connection = await partner(async () => done);
    const wanted = Array.from({ length: 2_500 }, () => command(connection, { notBefore: '2100-01-01T00:00:00.000Z' }));
    expect((await accept(...wanted)).filter((each) => !each.duplicate)).toHaveLength(2_500);
    await services.database.kysely.deleteFrom('command').where('connection', '=', connection).execute();
  });

  it('what fails for now is tried again with what it remembered; what is refused is given up at once with an exception', async () => {
    const seen: unknown[] = [];
    const connection = await partner(async ({ attempt }, memory) => {
      seen.push(memory.value);
      await memory.remember({ made: attempt });
      return attempt === 1 ? refusal('unavailable', 'down', 0.1) : attempt === 2 ? refusal('invalid', 'No such service.') : done;
    });
    await services.database.kysely.insertInto('partner_policy').values({ connection, overrides: JSON.stringify({ backoffSeconds: 0.1 }), changed_by: 'test', changed_at: new Date().toISOString() }).execute();
    const id = await acceptOne(command(connection));
    const row = await ended(id, 'DEAD');
    expect(row.error).toEqual({ reason: 'REFUSED', kind: 'invalid', message: 'No such service.' });
    expect(seen).toEqual([null, { made: 1 }]);
    expect(await history(id)).toEqual([
      { number: 1, outcome: 'FAILED', error_kind: 'unavailable', error: 'down' },
      { number: 2, outcome: 'FAILED', error_kind: 'invalid', error: 'No such service.' },
    ]);
    const exceptions = await services.database.kysely.selectFrom('exception').select(['kind', 'state', 'title']).where('title', 'like', `%${connection}%`).execute();
    expect(exceptions).toEqual([{ kind: 'COMMAND_FAILED', state: 'OPEN', title: `booking.cancel at ${connection} was refused` }]);
  });

  it('what fails for now waits as long as the partner asks, with and without a deadline, and never beyond the deadline', async () => {
    const connection = await partner(async () => ({ ok: false, error: { kind: 'unavailable', message: 'closed', raw: '', retryAfter: 600 } }));
    const deadlineAt = new Date(Date.now() + 60_000).toISOString();
    const waits = await Promise.all([{}, { deadlineAt }].map(async (over) => {
      const id = await acceptOne(command(connection, over));
      const { updated_at, next_at } = await ended(id, 'WAITING');
      return Math.round((Date.parse(next_at) - Date.parse(updated_at)) / 1000);
    }));
    expect(waits[0]).toBeGreaterThanOrEqual(599);
    expect([waits[1]! > 0, waits[1]! <= 60]).toEqual([true, true]);
  });

  it('a file that is fetched again takes the place of the first, as what is said of it does', async () => {
    const documentId = uuidv7();
    for (const content of ['first', 'second']) await services.database.transaction((tx) => keepDocuments(tx, services.tasks.bodies, [{ documentId, mediaType: `text/${content}`, content: Buffer.from(content) }]));
    const { mediaType, content } = (await openDocument(services.database.kysely, services.tasks.bodies, documentId))!;
    expect([mediaType, Buffer.from(content).toString()]).toEqual(['text/second', 'second']);
  });

  it('commands of one order are performed one after the other, and one that is given up lets the next pass', async () => {
    const order: number[] = [];
    let underway = 0;
    const connection = await partner(async ({ input }) => {
      expect(++underway).toBe(1);
      const number = Number((input as { booking: string }).booking);
      await pause(5);
      order.push(number);
      underway--;
      return number === 1 ? refusal('invalid') : done;
    });
    const accepted = await accept(...[0, 1, 2, 3].map((number) => command(connection, { input: { booking: String(number) }, orderKey: 'same' })));
    await ended(accepted[3]!.id, 'DONE');
    expect(order).toEqual([0, 1, 2, 3]);
  });
});
