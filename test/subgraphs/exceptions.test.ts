import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, partyId, postEasypost, unprojected } from '../support/partners.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

type Step = { name: 'assignException' | 'resolveException' | 'reopenException'; input: Record<string, unknown> };

describeOnEachDatabase('an exception', (kind) => {
  let server: TestServer;
  let token: string;
  let id: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600, subject: 'operator:jo' });
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    const body = JSON.stringify({ unreadable: uuidv7() });
    const { id: rawId } = await accepted(server, await postEasypost(server, body), body);
    const found = (await graphql(server.url, token, '{ exceptions(first: 1, filter: {kind: ["QUARANTINED"]}) { nodes { id rawId state } } }')).exceptions.nodes;
    expect(found).toMatchObject([{ rawId, state: 'OPEN' }]);
    id = found[0].id;
  });

  const fields = 'exception { id state assignee resolution resolvedAt } userErrors { field code message }';
  const mutation = ({ name }: Step) => `mutation($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;
  const run = async (step: Step, by = token) => (await graphql(server.url, by, mutation(step), { input: step.input }))[step.name];
  const assign = (assignee: string, of = id) => run({ name: 'assignException', input: { id: of, assignee } });
  const resolve = (resolution: string, of = id) => run({ name: 'resolveException', input: { id: of, resolution } });
  const reopen = (reason: string, of = id) => run({ name: 'reopenException', input: { id: of, reason } });

  it('is assigned, resolved and reopened, and every step stands in the log with who took it', async () => {
    expect(await assign(' jo ')).toMatchObject({ exception: { id, state: 'ASSIGNED', assignee: 'jo' }, userErrors: [] });
    expect(await assign('kim')).toMatchObject({ exception: { state: 'ASSIGNED', assignee: 'kim' } });
    expect(await resolve('The sender mended it.')).toMatchObject({ exception: { state: 'RESOLVED', resolution: 'The sender mended it.', resolvedAt: expect.any(String) } });
    expect(await reopen('It came again.')).toMatchObject({ exception: { state: 'OPEN', resolution: null, resolvedAt: null } });
    await eventually(() => unprojected(server), (count) => count === 0);
    expect((await graphql(server.url, token, 'query($id: ID!) { exception(id: $id) { state } }', { id })).exception).toEqual({ state: 'OPEN' });
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1]!;
    const events = await server.database.kysely.selectFrom('event').select(['type', 'subject_version', 'payload']).where('subject', '=', `exception:${uuid}`).orderBy('position').execute();
    expect(events.map((event) => [event.type, event.subject_version])).toEqual([['exception.raised', null], ['exception.assigned', 1], ['exception.assigned', 2], ['exception.resolved', 3], ['exception.reopened', 4]]);
    expect(events.slice(1).every((event) => (event.payload as { by?: string }).by === 'operator:jo')).toBe(true);
  });

  it('that is resolved is not resolved or assigned again, and that is open not reopened', async () => {
    expect(await reopen('why not')).toMatchObject({ exception: null, userErrors: [{ code: 'CONFLICT', field: 'id' }] });
    await resolve('done');
    for (const again of [await resolve('done twice'), await assign('jo')]) expect(again).toMatchObject({ exception: null, userErrors: [{ code: 'CONFLICT', field: 'id' }] });
  });

  it('is shown as it is after each of several mutations of one request, in lists that were read before, too', async () => {
    const [shipment, first, second] = [uuidv7(), uuidv7(), uuidv7()];
    await sql`insert into shipment (id, company, status, provisional, created_at, updated_at) values (${shipment}, 'main', 'UNKNOWN', true, now(), now())`.execute(server.database.kysely);
    for (const each of [first, second]) {
      await sql`insert into exception (id, subject, company, class, kind, severity, state, title, detail, shipment_id, opened_at, version) values (${each}, ${`exception:${each}`}, 'main', 'DATA', 'TEST', 'LOW', 'OPEN', 't', 'd', ${shipment}, now(), 0)`.execute(server.database.kysely);
    }
    const resolved = (each: string) => `resolveException(input: {id: "${globalId('Exception', each)}", resolution: "done"}) { exception { shipment { exceptions(first: 5) { nodes { state } } } } }`;
    const answer = await graphql(server.url, token, `mutation { a: ${resolved(first)} b: ${resolved(second)} }`);
    const states = (name: string) => answer[name].exception.shipment.exceptions.nodes.map((node: { state: string }) => node.state).sort();
    expect([states('a'), states('b')]).toEqual([['OPEN', 'RESOLVED'], ['RESOLVED', 'RESOLVED']]);
  });

  it('that ten people resolve at once is resolved by one of them', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => resolve(`by number ${index}`)));
    expect(answers.filter((answer) => answer.userErrors.length === 0)).toHaveLength(1);
    expect(answers.filter((answer) => answer.userErrors[0]?.code === 'CONFLICT')).toHaveLength(9);
  });

  it('that ten people assign at once ends with the last of them, each step once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => assign(`number ${index}`)));
    expect(answers.every((answer) => answer.userErrors.length === 0)).toBe(true);
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1]!;
    const steps = await server.database.kysely.selectFrom('event').select('subject_version').where('subject', '=', `exception:${uuid}`).where('subject_version', 'is not', null).orderBy('subject_version').execute();
    expect(steps.map((step) => step.subject_version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it.each<[string, () => string]>([
    ['nothing', () => 'nothing'],
    ['nobody has', () => globalId('Exception', uuidv7())],
    ['of a shipment', () => globalId('Shipment', uuidv7())],
  ])('under an id that is %s is a NOT_FOUND of the caller', async (_what, of) => {
    for (const answer of [await assign('jo', of()), await resolve('x', of()), await reopen('x', of())]) expect(answer).toMatchObject({ exception: null, userErrors: [{ code: 'NOT_FOUND', field: 'id' }] });
  });

  it.each<[string, string]>([['', 'empty'], ['  \n ', 'blank'], ['\0', 'only a NUL'], ['x'.repeat(2001), 'too long']])('with a text that is %j (%s) is a BAD_INPUT of the caller, and nothing changes', async (text) => {
    for (const answer of [await assign(text), await resolve(text)]) expect(answer).toMatchObject({ exception: null, userErrors: [{ code: 'BAD_INPUT', field: expect.stringMatching(/assignee|resolution/) }] });
    expect((await graphql(server.url, token, 'query($id: ID!) { exception(id: $id) { state assignee } }', { id })).exception).toEqual({ state: 'OPEN', assignee: null });
  });

  it('is not changed by who lacks the scope, and shown to no outsider', async () => {
    const customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 60 });
    const partner = await server.tokens.create({ role: 'partner', carriers: ['FEDEX'], ttl: 60 });
    const reader = await server.tokens.create({ role: 'operator', scopes: ['exceptions:read'], ttl: 60 });
    const odoo = await server.tokens.create({ role: 'odoo', ttl: 60 });
    for (const by of [customer, partner, reader, odoo]) {
      for (const step of [{ name: 'assignException', input: { id, assignee: 'me' } }, { name: 'resolveException', input: { id, resolution: 'x' } }, { name: 'reopenException', input: { id, reason: 'x' } }] as Step[]) {
        const answer = await graphqlAnswer(server.url, by, mutation(step), { input: step.input });
        expect(answer.data).toEqual({ [step.name]: null });
        expect(answer.errors).toMatchObject([{ path: [step.name], extensions: { code: 'FORBIDDEN' } }]);
      }
    }
    for (const by of [customer, partner]) {
      const answer = await graphqlAnswer(server.url, by, 'query($id: ID!) { exception(id: $id) { id } }', { id });
      expect(answer).toMatchObject({ data: { exception: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
    expect((await graphql(server.url, reader, 'query($id: ID!) { exception(id: $id) { state } }', { id })).exception).toEqual({ state: 'OPEN' });
  });

  it('of another company is not found by an operator of one company', async () => {
    const other = await server.tokens.create({ role: 'operator', companies: ['elsewhere'], ttl: 60 });
    expect(await run({ name: 'resolveException', input: { id, resolution: 'x' } }, other)).toMatchObject({ exception: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });
});
