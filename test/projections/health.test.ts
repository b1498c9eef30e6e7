import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, postEasypost, settled, tracker } from '../support/partners.js';

describeOnEachDatabase('how a connection does', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
  });
  afterAll(() => server?.remove());
  const health = () => server.database.kysely.selectFrom('connection_health').select(['connection', 'company', 'quarantined_at']).orderBy('connection').execute();

  it('is told from the first message of it that cannot be read, of that connection alone', async () => {
    const readable = JSON.stringify(tracker('HEALTH1'));
    await accepted(server, await postEasypost(server, readable), readable);
    expect(await health()).toEqual([]);
    await settled(server, (await postEasypost(server, '{}')).body.id as string);
    const [first] = await health();
    expect(first).toEqual({ connection: 'easypost', company: 'main', quarantined_at: expect.stringMatching(/^\d{4}-/) });
    await settled(server, (await postEasypost(server, '{"other": 1}')).body.id as string);
    const rows = await health();
    expect(rows).toHaveLength(1);
    expect(rows[0]!.quarantined_at! > first!.quarantined_at!).toBe(true);
  });
});
