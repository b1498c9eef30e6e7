import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, exceptionsOf, json, postX12, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

/** What `npm run chaos -- fuzz` found, each by itself. */
describe('a request that once failed', () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer('embedded');
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());
  const post = (path: string, body: object) => send(`${server.url}${path}`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify(body) });

  it.each([
    'subscription($v: Boolean!) { milestones @include(if: $v) { id } }', 'subscription { milestones @skip { id } }', 'subscription($v: Boolean!) { ...F @skip(if: $v) } fragment F on Subscription { milestones { id } }',
    'subscription($v: Boolean!) { ...F } fragment F on Subscription { milestones @include(if: $v) { id } }', 'subscription { ... @include(if: true) { milestones { id } } }',
  ])('by a subscription that depends on a condition is the client’s mistake: %s', async (query) => {
    for (const path of ['/graphql', '/subgraphs/carrier']) {
      const answer = await post(path, { query });
      expect([answer.status, answer.body.errors?.[0].extensions.code], path).toEqual([400, 'BAD_INPUT']);
    }
    const socket = await openAcknowledged(server.url, token);
    const messages = socket.subscribe('1', query);
    await eventually(async () => messages.length, (count) => count > 0);
    expect(messages[0]).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'BAD_INPUT' } }] });
    await socket.close();
  });

  it('by a subscription to a subgraph is the router’s mistake', async () => {
    expect(await post('/subgraphs/carrier', { query: 'subscription { milestones { id } }' })).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'BAD_INPUT' } }] } });
  });

  it('by a message on a socket that only servers send closes it for the client’s mistake', async () => {
    for (const type of ['next', 'error', 'connection_ack']) {
      const socket = await openAcknowledged(server.url, token);
      socket.send({ id: '1', type, payload: type === 'error' ? [{ message: 'x' }] : { data: null } });
      expect((await socket.untilClosed()).code, type).toBe(4400);
    }
  });

  it('by NUL in what cannot be read is kept and excepted, and keeps no other message from being read', async () => {
    const body = 'ISA*00*          *00*     \0    *ZZ*A\0B            *ZZ*C              *260306*1430*U*00401*000000001*0*P*>~GS*QM*A*B*20260306*1430*1\0*X*004010~ST*2\x0014*0001~SE*2*0001~GE*1*1~IEA*1*000000001~';
    const row = await accepted(server, await postX12(server, body), body);
    const raised = await exceptionsOf(server, row.id);
    expect(raised.length).toBeGreaterThan(0);
    expect(JSON.stringify(raised)).not.toContain('\\u0000');
  });

  it('by half of a character in a variable is the client’s mistake, wherever it stands', async () => {
    const query = 'mutation ($input: CheckInInput!) { checkIn(input: $input) { userErrors { code } } }';
    for (const input of [{ truck: 'a\ud800b' }, { references: ['\udc00'] }, { driver: { name: '\ud800' } }]) {
      const answer = await send(`${server.url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables: { input: { idempotencyKey: 'k', facilityId: 'x', ...input } } }) });
      expect(answer.body.errors[0]).toMatchObject({ message: expect.stringContaining('half of a character'), extensions: { code: 'BAD_INPUT' } });
    }
  });
});
