import { createServer, type Server } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { BoundedOutput, tooSlow } from '../../src/gateway/slow-readers.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, postEasypost, tracker } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';

const maxBytes = 256 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes of buffers that something still needs. */
const heldBytes = () => {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
};
const shortly = (ms: number) => new Promise((next) => setTimeout(next, ms));

describe('a socket with a bounded buffer', () => {
  let http: Server;
  let server: WebSocketServer;
  let sender: WebSocket;
  let client: WebSocket;
  let output: BoundedOutput;
  let held: Set<BoundedOutput>;
  beforeEach(async () => {
    http = createServer().listen(0, '127.0.0.1');
    server = new WebSocketServer({ noServer: true });
    held = new Set();
    const connected = new Promise<WebSocket>((resolve) => {
      http.once('upgrade', (request, stream, head) => {
        server.handleUpgrade(request, stream, head, (socket) => {
          output = new BoundedOutput(stream, { name: 'alice', stalled: () => socket.close(tooSlow) }, { maxBytes, held });
          socket.once('close', () => output.end());
          resolve(socket);
        });
      });
    });
    await new Promise((resolve) => http.once('listening', resolve));
    client = new WebSocket(`ws://127.0.0.1:${(http.address() as { port: number }).port}`);
    await new Promise((resolve) => client.once('open', resolve));
    sender = await connected;
  });
  afterEach(() => {
    client.terminate();
    server.close();
    http.close();
  });

  const message = 'x'.repeat(10_000);
  const send = () => {
    sender.send(message);
    return output.room();
  };

  it('holds its sender back while the reader does not read, lets it go on when it does, and loses nothing', async () => {
    let received = 0;
    client.on('message', () => received++);
    client.pause();
    let sent = 0;
    let most = 0;
    const sending = (async () => {
      for (; sent < 3000; sent++) {
        await send();
        most = Math.max(most, sender.bufferedAmount);
      }
    })();
    await eventually(async () => sender.bufferedAmount, (bytes) => bytes > maxBytes);
    const heldAt = sent;
    await shortly(500);
    expect(sent).toBe(heldAt);
    expect([...held].map((each) => each.waiting)).toEqual([{ reader: 'alice', bytes: sender.bufferedAmount, sinceMs: expect.closeTo(Date.now(), -4) }]);
    client.resume();
    await sending;
    expect(held.size).toBe(0);
    await eventually(async () => received, (count) => count === 3000);
    expect(most).toBeLessThanOrEqual(maxBytes);
    expect(sender.readyState).toBe(WebSocket.OPEN);
  });

  it('is closed with 4410 when its reader makes no room for a while; what was sent before still arrives', async () => {
    let received = 0;
    client.on('message', () => received++);
    const closed = new Promise<number>((resolve) => client.once('close', resolve));
    client.pause();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 10_000 && sender.readyState === WebSocket.OPEN; sent++) await send();
    })();
    await eventually(async () => sender.readyState, (state) => state !== WebSocket.OPEN);
    expect(sender.bufferedAmount).toBeLessThan(maxBytes + 2 * message.length);
    client.resume();
    expect(await closed).toBe(tooSlow);
    await sending;
    expect(received).toBe(sent);
  });
});

describeOnEachDatabase('a subscriber that stops reading', (kind) => {
  const [messages, scansOfEach] = [6, 1000];
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_SOCKET_BUFFER: String(maxBytes) });
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  const ship = async (number: string) => {
    const first = Date.parse('2026-03-01T00:00:00Z');
    const scans = Array.from({ length: scansOfEach }, (_, minute) => ({ at: new Date(first + minute * 60_000).toISOString(), code: 'IT', message: 'Left the depot. '.repeat(50) }));
    const body = JSON.stringify(tracker(number, scans));
    await accepted(server, await postEasypost(server, body), body);
  };
  const milestones = `subscription($after: String) { milestones(after: $after) { id cursor source { ${Array.from({ length: 25 }, (_, i) => `t${i}: rawText`).join(' ')} } } }`;
  const allIds = async () => {
    const ids: string[] = [];
    for (let after: string | null = null; ; ) {
      const { events } = await graphql(server.url, token, 'query($after: String) { events(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }', { after });
      ids.push(...events.nodes.map((node: { id: string }) => node.id));
      if (!events.pageInfo.hasNextPage) return ids;
      after = events.pageInfo.endCursor;
    }
  };

  it('is closed with 4410 within bounded memory, and resumes after its last cursor without gap or repeat', async () => {
    await ship('SLOW0');
    const start = (await graphql(server.url, token, '{ events(first: 1) { edges { cursor node { id } } } }')).events.edges[0] as { cursor: string; node: { id: string } };
    const slow = await openAcknowledged(server.url, token);
    const before = slow.subscribe('1', milestones, { after: start.cursor });
    await eventually(async () => before.length, (count) => count > 0);
    slow.socket.pause();
    const used = heldBytes();
    for (let i = 1; i < messages; i++) await ship(`SLOW${i}`);
    await shortly(7_000);
    // What is held stays in every look; what else the process needs for a moment does not.
    const looks: number[] = [];
    for (let look = 0; look < 5; look++) {
      looks.push(heldBytes() - used);
      await shortly(500);
    }
    const grown = Math.min(...looks);
    expect(grown).toBeLessThan(36 * 1024 * 1024); // about 60 MB without a bound; what else the process holds has varied by 20
    slow.socket.resume();
    expect((await slow.untilClosed()).code).toBe(tooSlow);
    const first = dataOf(before, 'milestones') as Array<{ id: string; cursor: string }>;
    expect(first.length).toBeLessThan(messages * scansOfEach);

    const again = await openAcknowledged(server.url, token);
    const after = again.subscribe('1', milestones, { after: first.at(-1)!.cursor });
    const all = await allIds();
    await eventually(async () => after.length, (count) => count >= all.length - 1 - first.length, 240_000);
    await shortly(1_500);
    expect(again.closed).toBeNull(); // a reader that reads is never closed, however much it catches up
    await again.close();
    const second = dataOf(after, 'milestones') as Array<{ id: string }>;
    expect([start.node.id, ...first.map(({ id }) => id), ...second.map(({ id }) => id)]).toEqual(all);
  });
});
