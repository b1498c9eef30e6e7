import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await testServer('embedded');
  token = await server.tokens.create({ role: 'operator', ttl: 600 });
});
afterAll(() => server?.remove());

async function post(body: object): Promise<{ status: number; body: any }> {
  const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

it('tells tools the whole schema', async () => {
  const { status, body } = await post({ query: getIntrospectionQuery() });
  expect([status, body.errors]).toEqual([200, undefined]);
  const types = Object.keys(buildClientSchema(body.data).getTypeMap());
  expect(types).toEqual(expect.arrayContaining(['Shipment', 'Order', 'Load', 'Visit', 'MilestoneEvent']));
  expect((await post({ query: '{ __type(name: "Shipment") { name fields { name } } }' })).body.data.__type.fields.map((field: { name: string }) => field.name)).toContain('trackingNumbers');
});

it.each([
  [{ query: 'query A { viewer { role } } query B { viewer { role } }' }, 'Must provide operation name'],
  [{ query: 'query A { viewer { role } }', operationName: 'Z' }, 'Unknown operation named'],
])('answers %j with 400 and says what is wrong', async (request, message) => {
  const { status, body } = await post(request);
  expect(status).toBe(400);
  expect(body.errors[0].message).toContain(message);
});

it('refuses to search for a text longer than any name, at once', async () => {
  const { body } = await post({ query: 'query($s: String) { shipments(first: 2, filter: { search: $s }) { nodes { id } } }', variables: { s: 'x'.repeat(200_000) } });
  expect(body.errors[0]).toMatchObject({ message: 'Search for 200 characters at most.', extensions: { code: 'BAD_INPUT' } });
});
