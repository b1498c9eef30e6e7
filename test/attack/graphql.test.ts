import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/gateway/limits.js';
import { testServer, type TestServer } from '../support/databases.js';
import { expectNoLeak, json, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { openAcknowledged, openSocket } from '../support/sockets.js';

/** What graphql-cop and graphql-armor look for, each on every way in. */
const overloads: Array<[string, () => string]> = [
  ['aliases of one field', () => `{ ${Array.from({ length: limits.maxAliases + 1 }, (_, n) => `a${n}: latestCursor`).join(' ')} }`],
  ['aliases within a fragment', () => `{ viewer { ...F } } fragment F on Viewer { ${Array.from({ length: limits.maxAliases + 1 }, (_, n) => `a${n}: role`).join(' ')} }`],
  ['directives on a field', () => `{ viewer { role ${'@include(if: true) '.repeat(limits.maxDirectives + 1)} } }`],
  ['directives on many fields', () => `{ viewer { ${'role @skip(if: false) '.repeat(limits.maxDirectives + 1)} } }`],
  ['unknown directives', () => `{ viewer { role ${'@aa '.repeat(limits.maxDirectives + 1)} } }`],
  ['a field again and again', () => `{ viewer { ${'role '.repeat(limits.maxTokens)} } }`],
  ['fields of one name', () => `{ viewer { ${'role '.repeat(limits.maxSameFields + 1)} } }`],
  ['fields of one name through parents of one name', () => `{ ${'viewer { role role role role role role } '.repeat(18)} }`],
  ['fields of one name through fragments', () => `{ viewer { ...A ...B } } fragment A on Viewer { ${'role '.repeat(60)} } fragment B on Viewer { ${'role '.repeat(60)} }`],
  ['fields in fragments that spread one another again and again', () => `{ orders(first: 1) { nodes { ...F0 } } } ${Array.from({ length: 11 }, (_, n) => `fragment F${n} on Order { ${Array.from({ length: 4 }, (__, m) => `a${m}: shipments(first: 1) { nodes { order { ${n < 10 ? `...F${n + 1}` : 'id'} } } }`).join(' ')} }`).join(' ')}`],
  ['root fields', () => `{ ${'latestCursor '.repeat(limits.maxRootFields + 1)} }`],
  ['root fields in fragments that are spread often', () => `{ ${'...F '.repeat(limits.maxRootFields + 1)} } fragment F on Query { latestCursor }`],
  ['root fields in fragments of fragments', () => `{ ...A ...A ...A } fragment A on Query { ...B ...B ...B } fragment B on Query { ...C ...C ...C } fragment C on Query { latestCursor }`],
  ['levels', () => `{ orders(first: 1) { nodes ${'{ shipments(first: 1) { nodes { order '.repeat(5)}{ id }${'} } }'.repeat(5)} } }`],
  ['levels in fragments', () => `{ orders(first: 1) { nodes { ...A } } } ${['A', 'B', 'C', 'D', 'E'].map((name, n, all) => `fragment ${name} on Order { shipments(first: 1) { nodes { order { ${n < 4 ? `...${all[n + 1]}` : 'id'} } } } }`).join(' ')}`],
  ['circular introspection', () => `{ __schema { types { fields { type { ${'fields { type { '.repeat(10)} name ${'} }'.repeat(10)} } } } } }`],
  ['fragments that spread each other', () => '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['fragments that spread themselves below their fields', () => '{ ...A } fragment A on Query { orders(first: 1) { nodes { ...B } } } fragment B on Order { party { ...C } } fragment C on Party { commercialEntity { ...C } }'],
  ['tokens', () => `{ viewer { role } } ${'# \n'.repeat(10)} query B { ${'latestCursor,'.repeat(limits.maxTokens)} }`],
  ['cost in full lists of full lists', () => '{ orders(first: 100) { nodes { shipments(first: 100) { nodes { milestones(first: 100) { nodes { id } } } } } } }'],
  ['a list of more than may be asked for', () => '{ shipments(first: 1000000) { nodes { id } } }'],
  ['characters', () => `{ viewer { role } } # ${'x'.repeat(limits.maxRequestBytes)}`],
];

describe.each(['development', 'staging', 'production'])('an attack by GraphQL, in %s', (environment) => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer('embedded', { NODE_ENV: environment });
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  const post = (body: string, headers: Record<string, string> = {}) => send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, accept: 'application/graphql-response+json', authorization: `Bearer ${token}`, ...headers }, body });
  const ask = (query: string, variables: object = {}) => post(JSON.stringify({ query, variables }));
  const refused = (answer: { body: any; text: string }, codes: string[] = ['BAD_INPUT', 'TOO_COSTLY', 'TOO_LARGE']) => {
    expect(answer.body.data ?? null).toBeNull();
    expect(codes).toContain(answer.body.errors[0].extensions.code);
    expectNoLeak(answer.text);
  };

  it.each(overloads)('with too many %s is refused over HTTP', async (_what, query) => {
    const answer = await ask(query());
    expect(answer.status).toSatisfy((status: number) => status === 400 || status === 413 || status === 200);
    refused(answer);
  });

  it('with any of these is refused over a WebSocket alike', async () => {
    for (const [what, query] of overloads) {
      const socket = await openAcknowledged(server.url, token);
      const messages = socket.subscribe('1', query());
      await eventually(async () => [messages.length, socket.closed?.code], ([count, code]) => count! > 0 || code !== undefined);
      const errors = messages[0]?.type === 'error' ? messages[0].payload : messages[0]?.payload?.errors;
      expect(socket.closed?.code === 1009 || ['BAD_INPUT', 'TOO_COSTLY'].includes(errors?.[0].extensions.code), what).toBe(true);
      expectNoLeak(JSON.stringify(messages));
      await (socket.closed === null ? socket.close() : undefined);
    }
  });

  it('with too many values in variables is refused, however they are nested', async () => {
    const query = 'query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }';
    const over = Array.from({ length: limits.maxVariableValues + 1 }, () => 'x');
    for (const variables of [{ f: { search: 'x' }, more: over }, { f: { statuses: over } }, { f: { a: { b: over.map((value) => [value]) } } }]) refused(await ask(query, variables));
  });

  it('of several operations in one request is refused', async () => {
    for (const batch of [Array.from({ length: 10 }, () => ({ query: '{ latestCursor }' })), [{ query: '{ latestCursor }' }], []]) {
      const answer = await post(JSON.stringify(batch));
      expect(answer.status).toBe(400);
      refused(answer);
    }
  });

  it('through a form or a page of another site is refused: a mutation in the address, a body of a type that needs no preflight', async () => {
    const mutation = 'mutation { assignException(input: {id: "x", assignee: "y"}) { userErrors { code } } }';
    const get = await send(`${server.url}/graphql?query=${encodeURIComponent(mutation)}`, { headers: { authorization: `Bearer ${token}` } });
    expect([400, 405]).toContain(get.status);
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/graphql']) {
      const answer = await post(type.includes('form') ? `query=${encodeURIComponent('{ viewer { role } }')}` : '{"query":"{ viewer { role } }"}', { 'content-type': type });
      expect(answer.status, type).toBeGreaterThanOrEqual(400);
      expect(answer.body?.data, type).toBeUndefined();
    }
    // A browser sends no Authorization that a page of another site did not set, and that needs a preflight, which is not answered.
    const preflight = await send(`${server.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const crossed = await post('{"query":"{ viewer { role } }"}', { origin: 'https://evil.example' });
    expect([crossed.headers.get('access-control-allow-origin'), crossed.headers.get('access-control-allow-credentials')]).toEqual([null, null]);
  });

  it(environment === 'development' ? 'may look at the schema' : 'may not look at the schema, by HTTP or WebSocket', async () => {
    for (const query of [getIntrospectionQuery(), '{ __type(name: "Query") { fields { name } } }']) {
      const answer = await ask(query);
      if (environment === 'development') expect(answer.body.errors).toBeUndefined();
      else refused(answer);
      const socket = await openAcknowledged(server.url, token);
      const messages = socket.subscribe('1', query);
      await eventually(async () => messages.length, (count) => count > 0);
      expect(messages[0]!.type).toBe(environment === 'development' ? 'next' : 'error');
      await socket.close();
    }
    expect((await ask('{ _service { sdl } }')).body.data).toBeUndefined();
  });

  it('is not told which names were meant', async () => {
    for (const query of ['{ shipmen(id: "x") { id } }', '{ shipments(firs: 1) { nodes { id } } }', '{ viewer { rol } }', 'query($x: Shipmen) { viewer { role } }', '{ shipments(first: 1, filter: {status: IN_TRANSI}) { nodes { id } } }', '{ viewer { role @includ(if: true) } }']) {
      const answer = await ask(query);
      refused(answer);
      expect(answer.text).not.toMatch(/did you mean/i);
    }
    const byVariable = await ask('query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }', { f: { statu: 'x' } });
    refused(byVariable);
    expect(byVariable.text).not.toMatch(/did you mean/i);
  });

  it('gets no trace, no stack and no version of what runs here', async () => {
    const answers = [
      await post('{"query":"{ viewer { role } }"}', { 'apollo-federation-include-trace': 'ftv1', 'x-apollo-tracing': '1', 'apollo-query-plan-experimental': '1' }),
      await post('{"query":"{ viewer { rol'), await post('{"query":"query { , }"}'), await post('{"query":"abcd"}'), await post('{"query":"{ viewer { role } }","extensions":{"tracing":true}}'),
    ];
    for (const { text, headers } of answers) {
      expect(text).not.toMatch(/ftv1|tracing|stacktrace|exception|apollo|fastify|graphql-js/i);
      expectNoLeak(text);
      expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
    }
  });

  it('cannot have a document remembered for others by its hash', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    expect((await post(JSON.stringify({ query: '{ viewer { role } }', extensions }))).body.data?.viewer).toBeUndefined();
    expect((await post(JSON.stringify({ extensions }))).body.data).toBeUndefined();
  });

  it('finds no page of a GraphQL server at the endpoint', async () => {
    const answer = await send(`${server.url}/graphql`, { headers: { accept: 'text/html', authorization: `Bearer ${token}` } });
    expect(answer.type).not.toContain('html');
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('cannot take a socket from a page of another site', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', `${server.url}.evil.example`]) await expect(openSocket(server.url, { headers: { origin } }), origin).rejects.toThrow('403');
  });
});

describe('pages of origins that are named', () => {
  const origin = 'https://portal.example.com';
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer('embedded', { GATEHOUSE_ALLOWED_ORIGINS: `${origin}, http://localhost:3000` });
  });
  afterAll(() => server?.remove());
  const preflight = (from: string) => send(`${server.url}/graphql`, { method: 'OPTIONS', headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' } });

  it('may call, may read when to come back, and open sockets', async () => {
    const token = await server.tokens.create({ role: 'operator', ttl: 60 });
    const asked = await preflight(origin);
    expect([asked.status, asked.headers.get('access-control-allow-origin'), asked.headers.get('access-control-allow-headers')]).toEqual([204, origin, expect.stringContaining('authorization')]);
    const answer = await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, origin, authorization: `Bearer ${token}` }, body: '{"query":"{ viewer { role } }"}' });
    expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-expose-headers'), answer.headers.get('vary')]).toEqual([200, origin, expect.stringContaining('retry-after'), expect.stringMatching(/origin/i)]);
    // A refusal can be read, too, or nobody knew why.
    expect((await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, origin }, body: '{}' })).headers.get('access-control-allow-origin')).toBe(origin);
    await (await openSocket(server.url, { headers: { origin } })).close();
  });

  it('are those alone, to the letter, and for /graphql alone', async () => {
    for (const other of ['https://evil.example', 'http://portal.example.com', `${origin}.evil.example`, `${origin}:444`, 'https://PORTAL.example.com', 'null', '*']) expect((await preflight(other)).headers.get('access-control-allow-origin'), other).toBeNull();
    for (const path of ['/', '/metrics', '/session', '/ingest/x', '/token', '/subgraphs/odoo']) expect((await send(`${server.url}${path}`, { headers: { origin } })).headers.get('access-control-allow-origin'), path).toBeNull();
  });
});
