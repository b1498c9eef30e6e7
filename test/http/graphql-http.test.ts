import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';

describe('the audit of GraphQL over HTTP', () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer('embedded');
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  it('is passed on /graphql', async () => {
    const results = await auditServer({ url: `${server.url}/graphql`, fetchFn: (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${token}` } }) });
    expect(results).toHaveLength(61);
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`)).toEqual([]);
  });
});
