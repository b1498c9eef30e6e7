import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptCommands, findCommand, type NewCommand } from '../../src/events/commands.js';
import { kindRules } from '../../src/jobs/tasks/outbound/policy.js';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addPartner, addSource, done, refusal } from '../support/partner-connector.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

describeOnEachDatabase('commands in the graph', (kind) => {
  let server: TestServer;
  let [operator, admin, other] = ['', '', ''];
  const valid = new Set<string>();
  beforeAll(async () => {
    server = await testServer(kind);
    // Takes only what the test has made valid.
    await addPartner(server, 'carrier', async ({ input, id }) => {
      const { booking } = input as { booking: string };
      return valid.has(booking) || valid.has(id) ? done : refusal('invalid', `Jo Doe has no booking ${booking}.`);
    });
    operator = await server.tokens.create({ role: 'operator', ttl: 3600, subject: 'op' });
    admin = await server.tokens.create({ role: 'admin', ttl: 3600, subject: 'ad' });
    other = await server.tokens.create({ role: 'operator', ttl: 3600, subject: 'other', companies: ['elsewhere'] });
  });
  afterAll(() => server.remove());

  async function dead(over: Partial<NewCommand> = {}): Promise<string> {
    const wanted: NewCommand = { kind: 'booking.cancel', input: { booking: 'B1' }, connection: 'carrier', lane: 'DISPATCH', company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), subject: 'shipment:1', correlationId: uuidv7(), ...over };
    const [{ id } = { id: '' }] = await server.database.transaction((tx) => acceptCommands(tx, server.tasks.bodies, [wanted]));
    await state(id, 'DEAD');
    return id;
  }
  const state = (id: string, wanted: string) => eventually(async () => (await findCommand(server.database.kysely, id))?.state, (is) => is === wanted);
  const exceptionOf = async (id: string) => (await server.database.kysely.selectFrom('exception').select(['state', 'resolution']).where('detail', 'like', `%${id}%`).execute())[0];
  const audited = async (action: string, id: string) => (await server.database.kysely.selectFrom('audit').select(['actor', 'payload']).where('action', '=', action).where('target_id', '=', id).execute())[0];

  it('shows a command with its history, what is personal in it under its scope alone, and nothing to other companies', async () => {
    const id = await dead();
    const query = `query ($id: ID!) { command(id: $id) { kind state lane attempts requestedBy error { reason kind message } input history(first: 5) { nodes { number outcome errorKind error raw } } }
      commands(first: 3, filter: { state: [DEAD], connection: ["carrier"] }) { nodes { id } } }`;
    const { command, commands } = await graphql(server.url, operator, query, { id: globalId('Command', id) });
    expect(command).toEqual({
      kind: 'booking.cancel', state: 'DEAD', lane: 'DISPATCH', attempts: 1, requestedBy: 'test', error: { reason: 'REFUSED', kind: 'invalid', message: 'Jo Doe has no booking B1.' }, input: '{"booking":"B1"}',
      history: { nodes: [{ number: 1, outcome: 'FAILED', errorKind: 'invalid', error: 'Jo Doe has no booking B1.', raw: 'raw: Jo Doe has no booking B1.' }] },
    });
    expect(commands.nodes[0].id).toBe(globalId('Command', id));
    expect(await graphql(server.url, other, query, { id: globalId('Command', id) })).toEqual({ command: null, commands: { nodes: [] } });
    const support = await server.tokens.create({ role: 'support', ttl: 3600, subject: 's' });
    const refused = await graphqlAnswer(server.url, support, query, { id: globalId('Command', id) });
    expect(refused.data!.command).toMatchObject({ state: 'DEAD', input: null, error: { reason: 'REFUSED', message: null } });
    const customer = await server.tokens.create({ role: 'customer', ttl: 3600, subject: 'c', parties: [uuidv7()] });
    expect((await graphqlAnswer(server.url, customer, query, { id: globalId('Command', id) })).errors!.map((error) => error.extensions!.code)).toContain('FORBIDDEN');
  });

  const mutate = (token: string, name: string, input: string) => graphql(server.url, token, `mutation { ${name}(input: ${input}) { command { id state replacedBy { id } } userErrors { field code message } } }`).then((data) => data[name]);

  it('a command that was given up is retried as it is, and its exception ends when it succeeds', async () => {
    const id = await dead();
    expect(await exceptionOf(id)).toMatchObject({ state: 'OPEN' });
    expect(await mutate(other, 'retryCommand', `{ id: "${id}" }`)).toEqual({ command: null, userErrors: [expect.objectContaining({ field: 'id', code: 'NOT_FOUND' })] });
    valid.add(id);
    expect((await mutate(operator, 'retryCommand', `{ id: "${id}" }`)).userErrors).toEqual([]);
    await state(id, 'DONE');
    expect(await exceptionOf(id)).toEqual({ state: 'RESOLVED', resolution: 'It succeeded.' });
    expect(await audited('command.retried', id)).toMatchObject({ actor: 'op' });
    expect(await mutate(operator, 'retryCommand', `{ id: "${id}" }`)).toMatchObject({ userErrors: [{ code: 'CONFLICT' }] });
  });

  it('a command that was refused is replayed with another input of the same form, as a command of its own', async () => {
    const id = await dead();
    valid.add('B2');
    const replay = (input: object) => mutate(operator, 'replayCommand', `{ id: "${id}", input: ${JSON.stringify(JSON.stringify(input))} }`);
    expect(await replay({ booking: 7 })).toMatchObject({ userErrors: [{ code: 'BAD_INPUT', field: 'input', message: 'input.booking must be a string, not a number.' }] });
    const { command } = await replay({ booking: 'B2' });
    const old = (await findCommand(server.database.kysely, id))!;
    expect(old).toMatchObject({ state: 'DISCARDED', replaced_by: Buffer.from(command.id, 'base64url').toString().slice('Command:'.length) });
    await state(old.replaced_by!, 'DONE');
    expect(await audited('command.replayed', id)).toMatchObject({ actor: 'op', payload: { replacement: old.replaced_by } });
    expect(await exceptionOf(id)).toMatchObject({ state: 'RESOLVED' });
    // Who asked for it asks again under the same key, and is told of what he asked for.
    expect((await graphql(server.url, operator, `{ command(id: "${id}") { state replacedBy { state } } }`)).command).toEqual({ state: 'DISCARDED', replacedBy: { state: 'DONE' } });
  });

  it('a command that may have taken effect is not altered, only tried again', async () => {
    const id = await dead();
    await server.database.kysely.updateTable('command').set({ memory: Buffer.from('x'), error: JSON.stringify({ reason: 'ATTEMPTS', kind: 'unavailable', message: '' }) }).where('id', '=', id).execute();
    expect(await mutate(operator, 'replayCommand', `{ id: "${id}", input: "{}" }`)).toMatchObject({ command: null, userErrors: [{ code: 'CONFLICT', field: 'id' }] });
  });

  it('a command is discarded with a reason, which is kept', async () => {
    const id = await dead();
    expect(await mutate(operator, 'discardCommand', `{ id: "${id}", reason: " " }`)).toMatchObject({ userErrors: [{ code: 'BAD_INPUT', field: 'reason' }] });
    expect((await mutate(operator, 'discardCommand', `{ id: "${id}", reason: "done by telephone" }`)).command).toMatchObject({ state: 'DISCARDED' });
    expect(await exceptionOf(id)).toEqual({ state: 'RESOLVED', resolution: 'It was discarded: done by telephone' });
    expect(await audited('command.discarded', id)).toEqual({ actor: 'op', payload: { reason: 'done by telephone' } });
  });

  it('commands are redriven by filter, after a look at what they are, and no faster than asked for', async () => {
    const booking = uuidv7();
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await dead({ input: { booking }, subject: 'redriven' }));
    const redrive = (token: string, input: string) => graphql(server.url, token, `mutation { redriveCommands(input: ${input}) { count groups { connection kind reason count } userErrors { code } } }`).then((data) => data.redriveCommands);
    const seen = await redrive(operator, '{ filter: { connection: "carrier", errorKind: "invalid" } }');
    expect(seen.groups).toEqual([{ connection: 'carrier', kind: 'booking.cancel', reason: 'REFUSED', count: seen.count }]);
    expect(seen.count).toBeGreaterThanOrEqual(3);
    expect(await redrive(other, '{ filter: {}, preview: false }')).toEqual({ count: 0, groups: [], userErrors: [] });
    expect(await redrive(operator, '{ filter: { connection: "nobody" }, preview: false }')).toMatchObject({ count: 0 });
    valid.add(booking);
    const result = await redrive(operator, '{ filter: { connection: "carrier" }, preview: false, perMinute: 1 }');
    expect(await audited('command.redriven', 'carrier')).toMatchObject({ payload: { count: result.count } });
    expect(result.count).toBe(seen.count + 1); // with the one whose error was set by hand
    const rows = await server.database.kysely.selectFrom('command').select(['next_at', 'waiting_since']).where('state', 'in', ['WAITING', 'CALLING', 'DONE', 'DEAD']).where('failures', '=', 0).where('attempts', '>', 0).where('finished_at', 'is', null).orderBy('next_at').execute();
    const gaps = rows.slice(1).map((row, index) => Math.round((Date.parse(row.next_at) - Date.parse(rows[index]!.next_at)) / 1000));
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every((gap) => gap === 60)).toBe(true);
    // The last of many is not given up for its age before its turn comes.
    for (const row of rows) expect(Math.abs(Date.parse(row.waiting_since) - Date.parse(row.next_at))).toBeLessThan(1000);
  });

  it('shows how partners do, and changes how they are treated', async () => {
    const query = '{ partners { connection breaker overridden policy { concurrency perMinute fallback } queues { lane waiting calling } dead } }';
    const { partners } = await graphql(server.url, operator, query);
    expect(partners.find((partner: { connection: string }) => partner.connection === 'carrier')).toMatchObject({ breaker: 'CLOSED', overridden: [], policy: { concurrency: 8, perMinute: 600, fallback: null } });
    expect(await graphql(server.url, other, query)).toEqual({ partners: [] });
    const set = (token: string, policy: string) => graphqlAnswer(server.url, token, `mutation { setPartnerPolicy(input: { connection: "carrier", policy: ${policy} }) { partner { overridden policy { concurrency } } userErrors { field code } } }`);
    expect((await set(operator, '{ concurrency: 2 }')).errors![0]!.extensions!.code).toBe('FORBIDDEN');
    expect((await set(admin, '{ concurrency: 2 }')).data!.setPartnerPolicy).toEqual({ partner: { overridden: ['concurrency'], policy: { concurrency: 2 } }, userErrors: [] });
    expect((await set(admin, '{ concurrency: 0 }')).data!.setPartnerPolicy).toMatchObject({ userErrors: [{ field: 'concurrency', code: 'BAD_INPUT' }] });
    expect((await set(admin, '{ fallback: "carrier" }')).data!.setPartnerPolicy).toMatchObject({ userErrors: [{ field: 'fallback', code: 'BAD_INPUT' }] });
    expect((await set(admin, '{ concurrency: null }')).data!.setPartnerPolicy.partner.overridden).toEqual([]);
  });

  it('a source is looked at when somebody asks, who stands in the audit log', async () => {
    await addSource(server, 'source', async () => ({ ok: true, value: { answers: [{ key: 'one', headers: {}, body: Buffer.from('{}') }], cursor: 1, more: false } }));
    const poll = (token: string, connection: string) => graphqlAnswer(server.url, token, `mutation { pollSource(input: { connection: "${connection}" }) { command { id kind } userErrors { field code } } }`).then((answer) => answer.data!.pollSource);
    const { command } = await poll(operator, 'source');
    expect(command).toMatchObject({ kind: 'source.poll' });
    await eventually(() => server.database.kysely.selectFrom('inbox').select('id').where('connection', '=', 'source').execute(), (rows) => rows.length === 1);
    expect(await audited('source.poll-asked', 'source')).toMatchObject({ actor: 'op' });
    expect(await poll(other, 'source')).toEqual({ command: null, userErrors: [{ field: 'connection', code: 'NOT_FOUND' }] });
    expect(await poll(operator, 'carrier')).toEqual({ command: null, userErrors: [{ field: 'connection', code: 'BAD_INPUT' }] });
  });

  it('the graph names every kind of command', async () => {
    const answer = await graphqlAnswer(server.url, admin, '{ __type(name: "Command") { fields { name description } } }');
    const fields = (answer.data as unknown as { __type: { fields: Array<{ name: string; description: string }> } }).__type.fields;
    const described = fields.find(({ name }) => name === 'kind')!.description;
    expect([...described.matchAll(/[a-z]+\.[a-z]+/g)].map(([name]) => name).sort()).toEqual(Object.keys(kindRules).sort());
  });
});
