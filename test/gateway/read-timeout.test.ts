import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';
import { addConnections, expectServing } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

describe.skipIf(inject('postgresUrl') === null)('a read that takes too long (PostgreSQL; skipped where none is installed)', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer('postgres', { GATEHOUSE_READ_TIMEOUT: '300' });
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  it('is ended and answered with READ_TIMEOUT; messages go on being taken and written', async () => {
    const token = await server.tokens.create({ role: 'operator', ttl: 60 });
    const held = await server.database.kysely.transaction().execute(async (tx) => {
      await sql`lock table sales_order in access exclusive mode`.execute(tx);
      const started = Date.now();
      const answer = await graphqlAnswer(server.url, token, '{ orders(first: 1) { nodes { id } } viewer { role } }');
      await sql`select pg_sleep(0.5)`.execute(tx); // longer than a read may take
      await expectServing(server);
      return { answer, ms: Date.now() - started };
    });
    expect(held.answer).toMatchObject({ status: 200, data: { orders: null, viewer: { role: 'operator' } }, errors: [{ path: ['orders'], message: expect.stringContaining('smaller pages'), extensions: { code: 'READ_TIMEOUT', retry: 'backoff' } }] });
    expect(held.ms).toBeLessThan(5000);
  });

  it('cannot write, whatever it is', async () => {
    await expect(sql`delete from shipment`.execute(server.database.reads)).rejects.toMatchObject({ code: '25006' });
  });
});
