import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerFor } from '../../src/auth/reader.js';
import { openLiveFeed, type LiveFeed } from '../../src/events/live.js';
import { cutFeed } from '../../src/projections/feed-retention.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { feedPage } from '../support/feed-pages.js';
import { accepted, addConnections, postEasypost, tracker } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

const day = 86_400_000;

describeOnEachDatabase('the oldest part of the feed', (kind) => {
  let server: TestServer;
  let live: LiveFeed & { close(): Promise<void> };
  let token: string;
  const now = Date.now();

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    live = await openLiveFeed(server.database, server.bus);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(async () => {
    await live?.close();
    await server?.remove();
  });

  const ask = async (query: string, variables: object = {}): Promise<any> =>
    (await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) })).json();
  const latestCursor = async (): Promise<string> => (await ask('{ latestCursor }')).data.latestCursor;
  const deliver = async (number: string) => {
    const body = JSON.stringify(tracker(number, [{ code: 'IT' }]));
    await accepted(server, await postEasypost(server, body), body);
  };
  const events = 'query($after: String) { events(first: 100, after: $after) { nodes { shipment { trackingNumbers } } } }';
  const numbers = (answer: any) => answer.data.events.nodes.map((node: any) => node.shipment.trackingNumbers[0]);

  it('is cut off after its days: older cursors are told to begin afresh, on the query, the subscription and an open reader; newer ones go on', async () => {
    const before = await latestCursor();
    await deliver('OLD1');
    await sql`delete from feed_mark`.execute(server.database.kysely);
    const between = await latestCursor();
    await cutFeed(server.database, 30, now); // notes where the feed is today
    await deliver('NEW1');

    await cutFeed(server.database, 30, now + 29 * day);
    await cutFeed(server.database, 30, now + 29 * day);
    expect(numbers(await ask(events, { after: before })), 'within its days it is all there').toEqual(['OLD1', 'NEW1']);

    await cutFeed(server.database, 30, now + 31 * day);
    await eventually(async () => live.start, (start) => start.position > 0);
    const reader = readerFor(server.database.kysely, await server.tokens.authenticate(`Bearer ${token}`));
    await expect(feedPage(reader, live, { position: 0, ordinal: 0 }, 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    const isExpired = (answer: any) => answer.errors?.[0]?.extensions.code === 'CURSOR_EXPIRED';
    expect(await eventually(async () => ask(events, { after: before }), isExpired)).toMatchObject({ errors: [{ message: expect.stringContaining('latestCursor') }] });
    const due = async () => Number((await sql<{ count: number }>`select count(*) from feed where position <= (select position from projection where name = 'feed-removed')`.execute(server.database.kysely)).rows[0]!.count);
    const removable = await due(); // none where the server did it before: each minute it cuts the feed by itself
    expect([await cutFeed(server.database, 30, now + 31 * day), await due()]).toEqual([removable, 0]);

    const socket = await openAcknowledged(server.url, token);
    const refused = socket.subscribe('1', 'subscription($after: String) { milestones(after: $after) { id } }', { after: before });
    await eventually(async () => refused.length, (count) => count > 0);
    expect(refused[0]).toMatchObject({ payload: { errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] } });
    const resumed = socket.subscribe('2', 'subscription($after: String) { milestones(after: $after) { shipment { trackingNumbers } } }', { after: between });
    await eventually(async () => resumed.length, (count) => count > 0);
    expect(resumed[0]!.payload.data.milestones.shipment.trackingNumbers).toEqual(['NEW1']);
    await socket.close();
    expect(numbers(await ask(events)), 'from the oldest that is kept').toEqual(['NEW1']);
  });

  it('is not told again when something new comes for the same shipment', async () => {
    const after = await latestCursor();
    await deliver('OLD1');
    const body = JSON.stringify(tracker('OLD1', [{ code: 'IT' }, { code: 'OD', at: '2026-03-06T10:00:00Z', status: 'out_for_delivery' }]));
    await accepted(server, await postEasypost(server, body), body);
    expect(numbers(await ask(events, { after }))).toEqual(['OLD1']);
  });
});
