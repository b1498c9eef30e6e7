import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer } from '../../src/http/server.js';
import { createLog } from '../../src/lib/log.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addConnections, expectProblem, expectServing } from '../support/partners.js';
import { rawRequest } from '../support/raw-http.js';
import { eventually } from '../support/requests.js';

it('ends requests that do not arrive whole within 30 s, however they dawdle', async () => {
  const app: FastifyInstance = createServer({ log: createLog('silent'), maxBodyBytes: 1024 * 1024 });
  app.post('/', async () => ({}));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
  const manners: Array<[start: string, drop: string]> = [
    ['', ''],
    ['POST / HTTP/1.1\r\n', ''],
    ['POST / HTTP/1.1\r\n', 'x-a: b\r\n'],
    [`${head}content-length: 100000\r\n\r\n{`, ''],
    [`${head}content-length: 100000\r\n\r\n{`, ' '],
    [`${head}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ];
  const dropping: NodeJS.Timeout[] = [];
  const sockets: Socket[] = Array.from({ length: 102 }, (_, i) => manners[i % manners.length]!).map(([start, drop]) => {
    // Never closes its half by itself.
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => {});
    socket.on('connect', () => socket.write(start));
    dropping.push(setInterval(() => socket.write(drop), 500));
    return socket;
  });
  const open = () => new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  await eventually(open, (count) => count === 102);
  const { headersTimeout, requestTimeout, connectionsCheckingInterval } = app.server as typeof app.server & { connectionsCheckingInterval: number };
  expect([headersTimeout, requestTimeout, connectionsCheckingInterval]).toEqual([10_000, 25_000, 2_000]);
  await eventually(open, (count) => count === 0, 55_000); // Node by itself takes a minute at least
  for (const timer of dropping) clearInterval(timer);
  for (const socket of sockets) socket.destroy();
  await app.close();
});

describeOnEachDatabase('a message whose head says enough', (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  it.each([
    ['an unknown connection', '/ingest/nobody', 'application/json', 404, 'UNKNOWN_CONNECTION'],
    ['a wrong type', '/ingest/easypost', 'text/html', 415, 'UNSUPPORTED_TYPE'],
  ])('is refused for %s before its body has come', async (_what, path, type, status, code) => {
    const half = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 1000000\r\nconnection: close\r\n\r\n{`;
    const started = Date.now();
    expectProblem(await rawRequest(server.url, half), status, code);
    expect(Date.now() - started).toBeLessThan(15_000); // waiting for the body would take 25 s
    await expectServing(server);
  });
});
