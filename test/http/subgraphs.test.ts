import { Trace } from '@apollo/usage-reporting-protobuf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, delivery, expectNoLeak, odooBatch, order, party, partyId, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { graphql } from '../support/requests.js';

const routerToken = 'router-token-of-the-tests-0123456789';
const sdlQuery = '{ _service { sdl } }';

describeOnEachDatabase('POST /subgraphs/<name>', (kind) => {
  let server: TestServer;
  let operator: string;
  let shipment: string;

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_SUBGRAPHS_TOKEN: routerToken });
    await addConnections(server);
    const batch = JSON.stringify(odooBatch(party(7), order(1, { customer: 7 }), delivery(1, { order: 1, customer: 7, tracking: 'SG1' })));
    await accepted(server, await postOdoo(server, batch), batch);
    const body = JSON.stringify(tracker('SG1', [{ at: '2026-03-05T08:00:00Z' }]));
    await accepted(server, await postEasypost(server, body), body);
    operator = await server.tokens.create({ role: 'operator', ttl: 600 });
    shipment = (await graphql(server.url, operator, '{ shipment(trackingNumber: "SG1") { id } }')).shipment.id;
  });
  afterAll(() => server?.remove());

  async function ask(name: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${server.url}/subgraphs/${name}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
    return { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as { data?: any; errors?: any[] } };
  }
  const asRouter = { 'router-authorization': `Bearer ${routerToken}` };
  const forUser = (token: string) => ({ ...asRouter, authorization: `Bearer ${token}` });
  const entity = { query: 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Shipment { id status } } }', variables: {} as object };
  const asked = (id: string) => ({ ...entity, variables: { r: [{ __typename: 'Shipment', id }] } });

  it.each(['odoo', 'carrier', 'tms', 'yard', 'operations'])('gives a router the SDL of %s', async (name) => {
    const answer = await ask(name, { query: sdlQuery }, asRouter);
    expect(answer).toMatchObject({ status: 200, body: { data: { _service: { sdl: expect.stringContaining('@link') } } } });
  });

  it.each<[string, Record<string, string>]>([
    ['nobody says', {}],
    ['a wrong token says', { 'router-authorization': 'Bearer wrong' }],
    ['a user says, however much that one may', { authorization: 'operator' }],
    ['a proxy says', { 'x-forwarded-for': '127.0.0.1' }],
  ])('is not there for whom %s to be a router', async (_what, headers) => {
    const sent = headers.authorization === undefined ? headers : { authorization: `Bearer ${operator}` };
    const answer = await ask('carrier', { query: sdlQuery }, sent);
    expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } });
  });

  it('knows no other names', async () => expect(await ask('nothing', { query: sdlQuery }, asRouter)).toMatchObject({ status: 404 }));

  it('gives entities and root fields as the end user may see them', async () => {
    expect((await ask('carrier', asked(shipment), forUser(operator))).body).toMatchObject({ data: { _entities: [{ id: shipment, status: expect.any(String) }] } });
    const customer = await server.tokens.create({ role: 'customer', parties: [partyId(7)], ttl: 60 });
    const stranger = await server.tokens.create({ role: 'customer', parties: [partyId(8)], ttl: 60 });
    expect((await ask('carrier', asked(shipment), forUser(customer))).body.data._entities).toMatchObject([{ id: shipment }]);
    expect((await ask('carrier', asked(shipment), forUser(stranger))).body.data._entities).toEqual([null]);
    expect((await ask('carrier', { query: '{ shipments(first: 5) { nodes { id } } }' }, forUser(stranger))).body.data.shipments.nodes).toEqual([]);
  });

  it('demands the end user for anything but the SDL, and the scopes of the fields', async () => {
    expect(await ask('carrier', asked(shipment), asRouter)).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } });
    expect(await ask('carrier', { query: `{ _service { sdl } latestCursor }` }, asRouter)).toMatchObject({ status: 401 });
    const narrow = await server.tokens.create({ role: 'operator', scopes: ['orders:read'], ttl: 60 });
    expect((await ask('carrier', { query: '{ latestCursor }' }, forUser(narrow))).body).toMatchObject({ data: { latestCursor: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it('tells a router how long each field took where it asks (federated tracing, ftv1)', async () => {
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Shipment { number: id milestones(first: 1) { nodes { code source { rawCode } } } } } }';
    const headers = forUser(operator);
    const plain = await ask('carrier', { query, variables: asked(shipment).variables }, headers);
    const traced = (await ask('carrier', { query, variables: asked(shipment).variables }, { ...headers, 'apollo-federation-include-trace': 'ftv1' })).body as { data: unknown; extensions: { ftv1: string } };
    expect(plain.body).not.toHaveProperty('extensions');
    expect(traced.data).toEqual(plain.body.data);
    const { root, durationNs } = Trace.toObject(Trace.decode(Buffer.from(traced.extensions.ftv1, 'base64')), { longs: Number }) as Record<string, any>;
    const [entities] = root.child;
    expect(entities).toMatchObject({ responseName: '_entities', type: '[_Entity]!', parentType: 'Query' });
    const [number, milestones] = entities.child[0].child;
    expect(number).toMatchObject({ responseName: 'number', originalFieldName: 'id', type: 'ID!', parentType: 'Shipment' });
    const [code, source] = milestones.child[0].child[0].child;
    expect([code.responseName, source.child[0].responseName]).toEqual(['code', 'rawCode']);
    for (const node of [entities, number, milestones, code, source]) expect([0 <= node.startTime, node.startTime <= node.endTime, node.endTime <= durationNs]).toEqual([true, true, true]);
  });

  it('marks in the trace which field failed, not with what', async () => {
    const narrow = await server.tokens.create({ role: 'operator', scopes: ['orders:read'], ttl: 60 });
    const { body } = await ask('carrier', { query: '{ latestCursor }' }, { ...forUser(narrow), 'apollo-federation-include-trace': 'ftv1' });
    const { root } = Trace.decode(Buffer.from((body as { extensions: { ftv1: string } }).extensions.ftv1, 'base64'));
    expect(root!.child).toMatchObject([{ responseName: 'latestCursor', error: [{ message: '<masked>' }] }]);
  });

  it('has the limits of /graphql, and counts each entity that is asked for', async () => {
    const many = Array.from({ length: 50 }, () => ({ __typename: 'Shipment', id: shipment }));
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Shipment { milestones(first: 100) { nodes { id shipment { milestones(first: 100) { nodes { id } } } } } } } }';
    expect((await ask('carrier', { query, variables: { r: many } }, forUser(operator))).body.errors).toMatchObject([{ extensions: { code: expect.stringMatching(/TOO_COSTLY|BAD_INPUT/) } }]);
    const deep = `{ shipments(first: 1) { ${'nodes { milestones(first: 1) { nodes { shipment { '.repeat(6)} id ${'} } } }'.repeat(6)} } }`;
    expect(await ask('carrier', { query: deep }, forUser(operator))).toMatchObject({ status: 400, body: { errors: expect.arrayContaining([expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_INPUT' }) })]) } });
  });

  it.each([[{}], [{ query: 1 }], [{ query: '{ latestCursor }', variables: [] }], [{ query: '{ latestCursor }', operationName: 1 }], [[]], ['text']])('answers %j with BAD_INPUT', async (body) => {
    const answer = await ask('carrier', body, forUser(operator));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'BAD_INPUT' } }] } });
    expectNoLeak(JSON.stringify(answer.body));
  });
});

describeOnEachDatabase('POST /subgraphs/<name> without a token for routers', (kind) => {
  let servers: TestServer[];
  beforeAll(async () => {
    servers = [await testServer(kind), await testServer(kind, { NODE_ENV: 'production' })];
  });
  afterAll(async () => {
    for (const server of servers ?? []) await server.remove();
  });
  const status = async (server: TestServer, headers: Record<string, string> = {}) => (await fetch(`${server.url}/subgraphs/carrier`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query: sdlQuery }) })).status;

  it('is for this machine alone, not through a proxy, and for nobody in production', async () => {
    expect(await status(servers[0]!)).toBe(200);
    for (const name of ['x-forwarded-for', 'via', 'forwarded', 'x-real-ip']) expect(await status(servers[0]!, { [name]: '127.0.0.1' })).toBe(404);
    expect(await status(servers[1]!)).toBe(404);
  });
});
