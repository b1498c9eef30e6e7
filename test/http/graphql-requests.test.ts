import { SignJWT, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/gateway/limits.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, expectNoLeak, expectServing, json, postEasypost, send, tracker } from '../support/partners.js';
import { rawRequest } from '../support/raw-http.js';
import { graphqlAnswer } from '../support/requests.js';

const uuid = '00000000-0000-7000-8000-000000000000';
const cursorOf = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

describeOnEachDatabase('a GraphQL request', (kind) => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_MAX_BODY: String(512 * 1024) });
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const body = JSON.stringify(tracker('G1', [{}, { at: '2026-03-05T11:00:00Z' }]));
    await accepted(server, await postEasypost(server, body), body);
  });
  afterAll(() => server?.remove());

  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) => send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}`, ...headers }, body: body as never });
  const run = (query: string, variables: Record<string, unknown> = {}) => graphqlAnswer(server.url, token, query, variables);

  /** Expects one error of this code and nothing of the inside. */
  async function expectError(query: string, code: string, variables: Record<string, unknown> = {}): Promise<void> {
    const answer = await run(query, variables);
    expect({ status: answer.status, codes: answer.errors?.map((error) => error.extensions?.code), text: JSON.stringify(answer) }).toMatchObject({ status: expect.toSatisfy((status: number) => status < 500), codes: [code] });
    expectNoLeak(JSON.stringify(answer));
  }

  it.each<[string, string | undefined]>([
    ['without a token', undefined],
    ['with an empty token', 'Bearer '],
    ['with a garbage token', 'Bearer garbage.garbage.garbage-garbage'],
    ['with a token of a megabyte of dots', `Bearer ${'.'.repeat(8000)}`],
    ['with another scheme', 'Basic b3BlcmF0b3I6b3BlcmF0b3I='],
    ['with the name of a role', 'Bearer operator-operator-operator'],
  ])('%s gets 401 and UNAUTHENTICATED, even for introspection', async (_what, authorization) => {
    const headers = { ...json, ...(authorization === undefined ? {} : { authorization }) };
    const answer = await send(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ __schema { types { name } } }' }) });
    expect(answer).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(answer.body.data).toBeUndefined();
    expectNoLeak(answer.text);
  });

  it('with an expired token gets 401 and is told so', async () => {
    const expired = await server.tokens.create({ role: 'operator', ttl: -10 });
    const answer = await graphqlAnswer(server.url, expired, '{ viewer { role } }');
    expect(answer).toMatchObject({ status: 401, errors: [{ message: expect.stringContaining('expired'), extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('with a token of another key, of no algorithm, of another audience or altered gets 401', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const foreign = await new SignJWT({ role: 'admin', parties: [] }).setProtectedHeader({ alg: 'ES256', kid: 'x' }).setIssuer('gatehouse').setAudience('gatehouse').setSubject('x').setExpirationTime('1h').sign(privateKey);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
    const widened = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const byPublicKey = Buffer.from(JSON.stringify({ alg: 'HS256' })).toString('base64url');
    for (const bad of [foreign, `${header}.${widened}.${signature}`, `${unsigned}.${payload}.`, `${unsigned}.${payload}.${signature}`, `${byPublicKey}.${payload}.${signature}`, `${header}.${payload}.${signature.slice(0, -4)}AAAA`]) {
      expect((await graphqlAnswer(server.url, bad, '{ viewer { role } }')).status).toBe(401);
    }
  });

  it.each<[string, () => string | Uint8Array]>([
    ['JSON cut off', () => '{"query": "{ viewer'],
    ['no JSON', () => 'hello'],
    ['nothing', () => ''],
    ['an array of nothing', () => '[]'],
    ['null', () => 'null'],
    ['a number', () => '1'],
    ['no query', () => '{}'],
    ['a query that is no text', () => '{"query": {"a": 1}}'],
    ['variables that are no object', () => '{"query": "{ viewer { role } }", "variables": [1]}'],
    ['a prototype in its JSON', () => '{"query": "{ viewer { role } }", "__proto__": {"x": 1}}'],
    ['invalid UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['100,000 levels', () => '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('with a body of %s gets 400 and BAD_INPUT', async (_what, make) => {
    const answer = await post(make());
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
    expectNoLeak(answer.text);
    await expectServing(server);
  });

  it('with variables 20,000 levels deep is answered', async () => {
    const answer = await post(`{"query":"query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }","variables":{"f":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.errors[0].extensions.code).toBe('BAD_INPUT');
    await expectServing(server);
  });

  it('over the limit gets 413 and TOO_LARGE', async () => {
    const answer = await post(JSON.stringify({ query: `{ viewer { role } } # ${'x'.repeat(600_000)}` }));
    expect(answer).toMatchObject({ status: 413, body: { errors: [{ extensions: { code: 'TOO_LARGE' } }] } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])('of type %s, which a page of another site could send, is refused', async (type) => {
    const answer = await post(JSON.stringify({ query: '{ viewer { role } }' }), { 'content-type': type });
    expect([400, 415]).toContain(answer.status);
    expect(answer.body.data).toBeUndefined();
  });

  it('by GET runs a query, never a mutation', async () => {
    const get = (query: string) => send(`${server.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${token}`, 'apollo-require-preflight': '1' } });
    expect((await get('{ viewer { role } }')).body.data).toEqual({ viewer: { role: 'operator' } });
    const mutation = await get('mutation { assignException(input: {id: "x", assignee: "y"}) { userErrors { code } } }');
    expect([400, 405]).toContain(mutation.status);
  });

  it('with a very long address is refused before it is read', async () => {
    const answer = await rawRequest(server.url, `GET /graphql?query=${'a'.repeat(50_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer.status).toBe(431);
    await expectServing(server);
  });

  it.each<[string, () => string]>([
    ['nested too deep', () => `{ orders(first: 1) { nodes ${'{ shipments(first: 1) { nodes { order '.repeat(5)}{ id }${'} } }'.repeat(5)} } }`],
    ['too many tokens', () => `{ viewer { ${'role '.repeat(limits.maxTokens)} } }`],
    ['too many aliases', () => `{ viewer { ${Array.from({ length: limits.maxAliases + 1 }, (_, i) => `a${i}: role`).join(' ')} } }`],
    ['too many root fields', () => `{ ${'viewer { role } '.repeat(limits.maxRootFields + 1)} }`],
    ['an unknown field', () => '{ shipment(id: "x") { secrets } }'],
    ['an unknown argument', () => '{ shipment(sql: "x") { id } }'],
    ['an unknown type', () => 'query($x: Nothing) { viewer { role } }'],
    ['fragments that spread each other', () => '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['a syntax error', () => '{ viewer { role '],
    ['a NUL', () => '{ viewer { role \0 } }'],
    ['an integer beyond Int', () => '{ shipments(first: 2147483648) { nodes { id } } }'],
    ['an integer of 1e400', () => '{ shipments(first: 1e400) { nodes { id } } }'],
  ])('that is or has %s is a BAD_INPUT', async (_what, make) => {
    const answer = await run(make());
    expect(answer.status).toBe(400);
    expect(answer.errors!.length).toBeGreaterThan(0);
    for (const error of answer.errors!) expect(error.extensions?.code).toBe('BAD_INPUT');
    expectNoLeak(JSON.stringify(answer));
  });

  it('at its limits is answered', async () => {
    const aliases = Array.from({ length: limits.maxAliases }, (_, i) => `a${i}: role`).join(' ');
    expect((await run(`{ viewer { ${aliases} } }`)).errors).toBeUndefined();
  });

  const lists = ['shipments', 'orders', 'events', 'exceptions'];
  it.each(lists.flatMap((list) => [0, -1, 101, 2_147_483_647, -2_147_483_648].map((first) => [list, first] as const)))('for %s with first: %i is a BAD_INPUT', (list, first) => expectError(`{ ${list}(first: ${first}) { nodes { id } } }`, 'BAD_INPUT'));
  it.each([0, 101, -1])('for the timeline or the exceptions of a shipment with first: %i is a BAD_INPUT', async (first) => {
    await expectError(`{ shipment(trackingNumber: "G1") { milestones(first: ${first}) { nodes { id } } } }`, 'BAD_INPUT');
    await expectError(`{ shipment(trackingNumber: "G1") { exceptions(first: ${first}) { nodes { id } } } }`, 'BAD_INPUT');
  });

  const badCursors = [
    '', 'x', '%%%', '\0', cursorOf(), cursorOf('x'), cursorOf(1, 2), cursorOf(uuid, uuid, uuid), cursorOf('------------------------------------'), cursorOf('2026-02-30T00:00:00.000Z', uuid), cursorOf('0000-01-01T00:00:00.000Z', uuid), cursorOf('2026-99-99T99:99:99Z', uuid),
    cursorOf('9999999-01-01T00:00:00.000Z', uuid), cursorOf('2026-01-01T00:00:00.000Z', `${uuid}'`), Buffer.from('null').toString('base64url'), Buffer.from('{"length":1}').toString('base64url'), 'a'.repeat(10_000),
  ];
  /** Orders are sorted by their reference, which may be any text. */
  const isForm = (list: string, cursor: string) => list === 'orders' && /^\["[^"]*","[0-9a-f-]{36}"\]$/.test(Buffer.from(cursor, 'base64url').toString()) && cursor !== cursorOf(uuid, uuid, uuid);
  it.each(lists.flatMap((list) => badCursors.filter((cursor) => !isForm(list, cursor)).map((cursor) => [list, JSON.stringify(cursor).slice(0, 60), cursor] as const)))('for %s after %s is a BAD_INPUT', (list, _shown, after) =>
    expectError(`query($after: String) { ${list}(first: 1, after: $after) { nodes { id } } }`, 'BAD_INPUT', { after }));
  it.each(badCursors.map((cursor) => [JSON.stringify(cursor).slice(0, 60), cursor] as const))('for a timeline after %s is a BAD_INPUT', (_shown, after) => expectError('query($after: String) { shipment(trackingNumber: "G1") { milestones(first: 1, after: $after) { nodes { id } } } }', 'BAD_INPUT', { after }));

  it('after a cursor of another log is a CURSOR_EXPIRED', () => expectError('query($after: String) { events(first: 1, after: $after) { nodes { id } } }', 'CURSOR_EXPIRED', { after: Buffer.from('deadbeef.3.0').toString('base64url') }));

  it('after a cursor beyond the end of the log is a CURSOR_EXPIRED: the database is an older one', async () => {
    const { latestCursor } = (await run('{ latestCursor }')).data as { latestCursor: string };
    const [tag] = Buffer.from(latestCursor, 'base64url').toString().split('.');
    const after = Buffer.from(`${tag}.999999999999999.999999999`).toString('base64url');
    await expectError('query($after: String) { events(first: 1, after: $after) { nodes { id } } }', 'CURSOR_EXPIRED', { after });
  });

  const texts = ['\0', 'a\0b', '\ud800', "' or 1=1 --", '%', '_', '\\', '🚚'.repeat(1000), '__proto__', ''];
  it.each(texts.map((text) => [JSON.stringify(text).slice(0, 40), text] as const))('with the text %s in any argument is answered without a fault of ours', async (_shown, text) => {
    const asks: Array<[string, Record<string, unknown>]> = [
      ['query($t: String) { shipment(reference: $t) { id } }', { t: text }],
      ['query($t: String) { shipment(trackingNumber: $t) { id } }', { t: text }],
      ['query($t: ID) { shipment(id: $t) { id } }', { t: text }],
      ['query($t: ID) { order(id: $t) { id } }', { t: text }],
      ['query($t: String) { order(reference: $t) { id } }', { t: text }],
      ['query($t: ID!) { exception(id: $t) { id } }', { t: text }],
      ['query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }', { f: { carrier: text } }],
      ['query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }', { f: { carrier: text, search: text } }],
      ['query($f: OrderFilter) { orders(first: 1, filter: $f) { nodes { id } } }', { f: { reference: text, state: [text] } }],
      ['query($f: ExceptionFilter) { exceptions(first: 1, filter: $f) { nodes { id } } }', { f: { kind: [text] } }],
      ['query($f: MilestoneFilter) { events(first: 1, filter: $f) { nodes { id } } }', { f: { codes: [text] } }],
    ];
    for (const [query, variables] of asks) {
      const answer = await run(query, variables);
      expect(answer.status).toBe(text.isWellFormed() ? 200 : 400);
      for (const error of answer.errors ?? []) expect({ query, code: error.extensions?.code }).toEqual({ query, code: 'BAD_INPUT' });
      expect(JSON.stringify(answer.data ?? null)).not.toContain('"id"');
      expectNoLeak(JSON.stringify(answer));
    }
    if (!text.isWellFormed()) return; // nothing runs with it
    const mutation = await run('mutation($i: AssignExceptionInput!) { assignException(input: $i) { userErrors { code field } } }', { i: { id: text, assignee: text } });
    expect(mutation.data!.assignException.userErrors[0]).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    await expectServing(server);
  });

  it('with empty lists in filters gives nothing and no error', async () => {
    expect((await run('{ shipments(first: 1, filter: {status: []}) { nodes { id } } }')).data).toEqual({ shipments: { nodes: [] } });
    expect((await run('{ orders(first: 1, filter: {state: []}) { nodes { id } } }')).data).toEqual({ orders: { nodes: [] } });
    expect((await run('{ events(first: 1, filter: {codes: []}) { nodes { id } } }')).data).toEqual({ events: { nodes: [] } });
    expect((await run('{ events(first: 1, filter: {classifiers: []}) { nodes { id } } }')).data).toEqual({ events: { nodes: [] } });
    expect((await run('{ exceptions(first: 1, filter: {state: []}) { nodes { id } } }')).data).toEqual({ exceptions: { nodes: [] } });
    expect((await run('{ exceptions(first: 1, filter: {kind: []}) { nodes { id } } }')).data).toEqual({ exceptions: { nodes: [] } });
  });
});
