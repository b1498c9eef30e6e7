import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordId } from '../../src/model/record-ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { json, send } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { cancelled, changed } from '../fixtures/ssc/sample.js';

const capability = 'W3kq8ZtTn1capability0123';

describeOnEachDatabase('an address that is itself the proof', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
    await server.connections.add({ id: 'docks', connector: 'ssc', company: 'main', settings: {}, secrets: { webhookSecret: capability } });
    await server.connections.add({ id: 'other', connector: 'opendock', company: 'main', settings: {}, secrets: { webhookSecret: capability } });
  });
  afterAll(() => server?.remove());
  const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}) => send(`${server.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body: Buffer.from(body).toString() });

  it('takes what is sent to it, once, and keeps the proof nowhere', async () => {
    expect(await post(`/ingest/docks/${capability}`, changed)).toMatchObject({ status: 202, body: { duplicate: false } });
    expect(await post(`/ingest/docks/${capability}`, changed)).toMatchObject({ status: 202, body: { duplicate: true } });
    expect((await post(`/ingest/docks/${capability}`, cancelled)).status).toBe(202);
    const row = () => server.database.kysely.selectFrom('appointment').select(['state', 'raw_state']).where('id', '=', recordId('appointment', 'docks', '1234')).executeTakeFirst();
    expect(await eventually(row, (found) => found?.state === 'CANCELLED')).toMatchObject({ raw_state: 'CANCELED' });
    const kept = await server.database.kysely.selectFrom('inbox').select('headers').execute();
    expect(JSON.stringify(kept)).not.toContain(capability);
  });

  it('refuses whoever does not know it, whatever else is sent along', async () => {
    const unlike = [...capability].reverse().join('');
    expect((await post(`/ingest/docks/${unlike}`, changed)).status).toBe(401);
    expect((await post(`/ingest/docks/${unlike}`, changed, { authorization: `Bearer ${capability}` })).status).toBe(401);
    expect((await post('/ingest/docks', changed)).status).toBe(401);
    expect((await post(`/ingest/docks/${capability}/more`, changed)).status).toBe(404);
    expect((await post(`/ingest/nobody/${capability}`, changed)).status).toBe(404);
    expect((await post(`/ingest/docks/${'x'.repeat(500)}`, changed)).status).toBe(404);
    expect((await post('/ingest/docks/%00', changed)).status).toBe(401);
  });

  it('is none of connections that prove themselves otherwise', async () => {
    expect((await post(`/ingest/other/${capability}`, changed)).status).toBe(404);
  });
});
