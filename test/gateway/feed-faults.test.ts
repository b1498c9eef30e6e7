import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerFor } from '../../src/auth/reader.js';
import { openLiveFeed } from '../../src/events/live.js';
import { milestonesOf } from '../../src/subgraphs/carrier/feed.js';
import { RecordFeed } from '../../src/subgraphs/shared/feed.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, postEasypost, tracker } from '../support/partners.js';
import { eventually } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

const scanCount = 1150;
const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describeOnEachDatabase('the feed, when something is amiss', (kind) => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const first = Date.parse('2026-03-01T00:00:00Z');
    const body = JSON.stringify(tracker('FAULTS1', Array.from({ length: scanCount }, (_, minute) => ({ at: new Date(first + minute * 60_000).toISOString(), code: 'IT' }))));
    await accepted(server, await postEasypost(server, body), body);
  });
  afterAll(() => server?.remove());

  const ask = async (query: string, variables: object = {}): Promise<any> =>
    (await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) })).json();
  const cursorAt = async (position: (end: number) => number) => {
    const [tag, end] = Buffer.from((await ask('{ latestCursor }')).data.latestCursor, 'base64url').toString().split('.');
    return Buffer.from(`${tag}.${position(Number(end))}.0`).toString('base64url');
  };
  const firstAnswer = async (query: string, variables: Record<string, unknown>) => {
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', query, variables);
    await eventually(async () => received.length, (count) => count > 0);
    await socket.close();
    const message = received[0] as any;
    return message.type === 'error' ? { errors: message.payload } : message.payload;
  };

  it('refuses a cursor beyond the end of the log as CURSOR_EXPIRED, on the query and on the subscription', async () => {
    const after = await cursorAt((end) => end + 1_000_000);
    const refusal = { errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] };
    expect(await ask('query($after: String) { events(first: 1, after: $after) { nodes { id } } }', { after })).toMatchObject(refusal);
    expect(await firstAnswer('subscription($after: String) { milestones(after: $after) { id } }', { after })).toMatchObject(refusal);
  });

  it('takes the cursor of the end', async () => {
    const after = await cursorAt((end) => end);
    expect(await ask('query($after: String) { events(first: 1, after: $after) { nodes { id } } }', { after })).toEqual({ data: { events: { nodes: [] } } });
  });

  it('gives who asks for what is rare the place up to which was looked, so that its cursor does not grow old', async () => {
    const { data } = await ask('{ events(first: 1, topics: [STOCK]) { pageInfo { hasNextPage startCursor endCursor } } latestCursor }');
    expect(data.events.pageInfo).toEqual({ hasNextPage: false, startCursor: null, endCursor: data.latestCursor });
  });

  it('waits with one wake-up at most, however many pages it catches up', async () => {
    const live = await openLiveFeed(server.database, server.bus);
    let waiting = 0;
    let most = 0;
    const counting = Object.assign(Object.create(live) as typeof live, { next: async (signal: AbortSignal) => {
      most = Math.max(most, ++waiting);
      await live.next(signal);
      waiting--;
    } });
    const principal = await server.tokens.authenticate(`Bearer ${token}`);
    const feed = new RecordFeed(readerFor(server.database.kysely, principal), counting, { position: 0, ordinal: 0 }, milestonesOf({}))[Symbol.asyncIterator]();
    for (let i = 0; i < scanCount; i++) expect((await feed.next()).done).toBe(false);
    expect(most).toBe(1);
    await feed.return!();
    await live.close();
  });

  it('is read once for all who are woken together with equal rights, whatever they filter by, and for each of other rights', async () => {
    const live = await openLiveFeed(server.database, server.bus);
    const principal = await server.tokens.authenticate(`Bearer ${token}`);
    const other = await server.tokens.authenticate(`Bearer ${await server.tokens.create({ role: 'partner', carriers: ['FEDEX'], ttl: 600 })}`);
    let reads = 0;
    const counted = (of: typeof principal) => {
      const reader = readerFor(server.database.kysely, of);
      const selectFrom = (from: never) => {
        if (from === 'feed') reads++;
        return reader.db.selectFrom(from);
      };
      return { ...reader, db: { ...reader.db, selectFrom } as typeof reader.db };
    };
    const start = { position: 0, ordinal: 0 };
    const pageOf = async (of: typeof principal, codes: string[] | null) => (await new RecordFeed(counted(of), live, start, milestonesOf({ codes } as never)).read(start, 5)).items.length;
    expect(await Promise.all([pageOf(principal, null), pageOf(principal, ['IN_TRANSIT', 'DELIVERED']), pageOf({ ...principal, subject: 'somebody else' }, ['IN_TRANSIT'])])).toEqual([5, 5, 5]);
    expect(reads).toBe(1);
    await Promise.all([pageOf(principal, null), pageOf(other, null)]);
    expect(reads).toBe(3);
    await pageOf(principal, null);
    expect(reads).toBe(4);
    await live.close();
  });

  it('names each INTERNAL error by a correlation id, on HTTP, on a socket and on every event of a subscription', async () => {
    const after = await cursorAt(() => 0);
    await sql`alter table exception rename to exception_away`.execute(server.database.kysely);
    try {
      const selection = 'shipment { exceptions(first: 1) { nodes { id } } }';
      const query = '{ exceptions(first: 1) { nodes { id } } }';
      const answers = [await ask(query), await firstAnswer(query, {}), await firstAnswer(`subscription($after: String) { milestones(after: $after) { id ${selection} } }`, { after })];
      const ids = answers.map((answer) => {
        expect(answer.errors[0]).toMatchObject({ extensions: { code: 'INTERNAL', retry: 'backoff', correlationId: expect.stringMatching(isUuid) } });
        return answer.errors[0].extensions.correlationId as string;
      });
      expect(new Set(ids).size).toBe(3);
    } finally {
      await sql`alter table exception_away rename to exception`.execute(server.database.kysely);
    }
  });
});
