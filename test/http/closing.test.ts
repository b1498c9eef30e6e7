import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createServer } from '../../src/http/server.js';
import { createLog } from '../../src/lib/log.js';
import { eventually } from '../support/requests.js';

it('a request that comes while the server closes is refused by a problem document; one under way is answered', async () => {
  const app = createServer({ log: createLog('silent'), maxBodyBytes: 1000 });
  let answerSlow = () => {};
  let isUnderWay = false;
  app.get('/slow', () => new Promise((resolve) => {
    isUnderWay = true;
    answerSlow = () => resolve('done');
  }));
  app.get('/fast', async () => 'done');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const ask = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n`);
  ask('/slow');
  await eventually(async () => isUnderWay, (underWay) => underWay);
  const closed = app.close();
  await eventually(async () => app.server.listening, (listening) => !listening);
  ask('/fast');
  answerSlow();
  await Promise.all([closed, ended]);
  const [first, second] = received.split(/(?=HTTP\/1\.1 )/);
  expect(first).toMatch(/^HTTP\/1\.1 200 OK[^]*done$/);
  expect(second).toMatch(/^HTTP\/1\.1 503 /);
  const head = second!.toLowerCase();
  for (const line of ['content-type: application/problem+json', 'retry-after: 1', 'connection: close', 'cache-control: no-store', 'x-content-type-options: nosniff']) expect(head).toContain(`\r\n${line}`);
  expect(JSON.parse(second!.slice(second!.indexOf('\r\n\r\n')))).toMatchObject({ status: 503, code: 'UNAVAILABLE', detail: 'This server is going away. Send the request again.' });
});
