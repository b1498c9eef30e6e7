import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { addConnections, easypostSignature, expectProblem, expectServing, json, postEasypost, postOdoo, postX12, secrets, send, tracker } from '../support/partners.js';
import { rawRequest } from '../support/raw-http.js';
import { eventually } from '../support/requests.js';

const maxBody = 256 * 1024;

describeOnEachDatabase('a message that is refused', (kind) => {
  let server: TestServer;
  let body: string;

  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_MAX_BODY: String(maxBody) });
    await addConnections(server);
  });
  afterAll(() => server?.remove());
  beforeEach(() => {
    body = JSON.stringify(tracker(`R${uuidv7()}`));
  });

  const stored = async () => (await server.database.kysely.selectFrom('inbox').select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count;

  /** Runs a request that must be refused, and checks that nothing of it was kept and the server goes on. */
  async function refused(request: () => Promise<Parameters<typeof expectProblem>[0]>, status: number, code: string): Promise<void> {
    const before = await stored();
    expectProblem(await request(), status, code);
    expect(await stored()).toBe(before);
    await expectServing(server);
  }

  it('for a wrong signature gets 401, and nothing is kept', () => refused(() => postEasypost(server, body, { 'x-hmac-signature': easypostSignature(body, 'another secret') }), 401, 'SIGNATURE_INVALID'));

  it('for a missing signature gets 401, and nothing is kept', () => refused(() => send(`${server.url}/ingest/easypost`, { method: 'POST', headers: json, body }), 401, 'SIGNATURE_INVALID'));

  it('for a signature of another body gets 401', () => refused(() => postEasypost(server, body, { 'x-hmac-signature': easypostSignature(`${body} `) }), 401, 'SIGNATURE_INVALID'));

  it('for a signature header of one megabyte is answered as a bad request', async () => {
    await refused(() => rawRequest(server.url, `POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-hmac-signature: ${'a'.repeat(1_000_000)}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 431, 'BAD_INPUT');
  });

  it('for a wrong token of a partner gets 401', () => refused(() => postX12(server, 'ISA', { authorization: 'Bearer wrong' }), 401, 'SIGNATURE_INVALID'));

  it('for a wrong webhook signature of Odoo gets 401', () => refused(() => postOdoo(server, {}, { secret: 'whsec_AAAA' }), 401, 'SIGNATURE_INVALID'));

  it('on an unknown connection gets 404', () => refused(() => send(`${server.url}/ingest/nobody`, { method: 'POST', headers: json, body }), 404, 'UNKNOWN_CONNECTION'));

  it.each(['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '%5F%5Fproto%5F%5F', '%00', 'easypost%00', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%5c..%5cwindows', "x'%20or%20'1'='1", '%F0%9F%9A%9A', 'EASYPOST', 'easypost%20', '%EF%BB%BFeasypost', '*'])(
    'on a connection called "%s" gets 404',
    (name) => refused(() => rawRequest(server.url, `POST /ingest/${name} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-hmac-signature: ${easypostSignature('{}')}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 404, 'UNKNOWN_CONNECTION'),
  );

  it.each(['/ingest//easypost', '/ingest/easypost/', '/ingest/a/b'])(
    'to the address %s, where a part of an unknown connection would be, gets 404',
    (path) => refused(() => rawRequest(server.url, `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 404, 'UNKNOWN_CONNECTION'),
  );

  it.each(['/ingest', '/ingest/../healthz/x', '/ingest/../../../../etc/passwd', '/control-room/../../../package.json', '/control-room/..%2f..%2f..%2fpackage.json', '/assets/graphiql/..%2fpackage.json', '/control-room/%2e%2e/package.json'])(
    'to the address %s gets 404 and no file',
    (path) => refused(() => rawRequest(server.url, `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 404, 'NOT_FOUND'),
  );

  it.each(['/control-room/../../../package.json', '/control-room/..%2f..%2f..%2fpackage.json', '/control-room/%2e%2e/%2e%2e/package.json', '/control-room/main.ts', '/assets/graphiql/..%2fpackage.json', '/assets/graphiql/package.json', '/control-room/.git', '/control-room/%00.js'])(
    'that asks for the file %s gets none',
    async (path) => {
      const answer = await rawRequest(server.url, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect([400, 403, 404]).toContain(answer.status);
      expect(answer.text).not.toContain('"dependencies"');
      expect(answer.type).toContain('application/problem+json');
      await expectServing(server);
    },
  );

  it.each(['%', '%zz', '%E0%A4%A', '%ff'])('to an address with the bad escape %s gets a problem, not a stack', (bad) =>
    refused(() => rawRequest(server.url, `POST /ingest/${bad} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 400, 'BAD_INPUT'),
  );

  it('to a name of 10,000 characters gets 404', () => refused(() => send(`${server.url}/ingest/${'a'.repeat(10_000)}`, { method: 'POST', headers: json, body }), 404, 'NOT_FOUND'));

  it('to an address of 100,000 characters is refused before it is read', () =>
    refused(() => rawRequest(server.url, `POST /ingest/${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`), 431, 'BAD_INPUT'));

  it('over the limit gets 413', () => refused(() => postEasypost(server, 'x'.repeat(maxBody + 1)), 413, 'TOO_LARGE'));

  it('that only claims a length over the limit gets 413 without sending it', () =>
    refused(() => rawRequest(server.url, `POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n{`), 413, 'TOO_LARGE'));

  it('over the limit in chunks, without a length, gets 413', () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const head = 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n';
    return refused(() => rawRequest(server.url, [head, ...Array.from({ length: 20 }, () => chunk), '0\r\n\r\n']), 413, 'TOO_LARGE');
  });

  it.each(['text/html', 'application/jsonx', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'nonsense', '__proto__'])('of type %s gets 415', (type) => refused(() => postEasypost(server, body, { 'content-type': type }), 415, 'UNSUPPORTED_TYPE'));

  it('without a content type gets 415', () =>
    refused(() => rawRequest(server.url, `POST /ingest/easypost HTTP/1.1\r\nhost: x\r\nx-hmac-signature: ${easypostSignature('{}')}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`), 415, 'UNSUPPORTED_TYPE'));

  it('by GET gets a problem', async () => {
    const answer = await send(`${server.url}/ingest/easypost`);
    expect([404, 405]).toContain(answer.status);
    expect(answer.type).toContain('application/problem+json');
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header with a NUL', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\nx-a: a\0b\r\ncontent-length: 0\r\n\r\n'],
    ['two different lengths', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    ['a length and chunks at once', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk of no size', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('with %s gets 400 as a problem', (_what, bytes) => refused(() => rawRequest(server.url, bytes), 400, 'BAD_INPUT'));

  it('whose sender hangs up half-way is not kept, and the server goes on', async () => {
    const before = await stored();
    const { hostname, port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(`POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-hmac-signature: ${easypostSignature(body)}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 100)}`, () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
    });
    await new Promise((next) => setTimeout(next, 100));
    expect(await stored()).toBe(before);
    await expectServing(server);
  });

  it.each(['__proto__', 'constructor', 'x-__proto__'])('with a header called %s is judged by its signature alone', async (name) => {
    const head = `POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${name}: {"polluted":true}\r\nx-hmac-signature: ${easypostSignature(body)}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    expect((await rawRequest(server.url, head + body)).status).toBe(202);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await expectServing(server);
  });

  it('with a header that we alone give, as if it answered a command of ours, loses that header', async () => {
    await postEasypost(server, body, { 'x-gatehouse-command': '01a20034-53c3-7006-ad16-3c2c30eb9e38', 'X-Gatehouse-Command': '1' });
    const rows = await server.database.kysely.selectFrom('inbox').select('headers').where('connection', '=', 'easypost').execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.flatMap((row) => Object.keys(row.headers ?? {})).filter((name) => name.startsWith('x-gatehouse-'))).toEqual([]);
  });

  it('for its signature is counted per connection, minute and reason', async () => {
    await server.connections.add({ id: 'counted', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: 'x' } });
    const post = (headers: Record<string, string>) => send(`${server.url}/ingest/counted`, { method: 'POST', headers: { ...json, ...headers }, body });
    for (let i = 0; i < 3; i++) await post({ 'x-hmac-signature': easypostSignature(body, secrets.odoo) });
    for (let i = 0; i < 2; i++) await post({});
    const rows = () => server.database.kysely.selectFrom('rejection').selectAll().where('connection', '=', 'counted').execute();
    const counts = await eventually(rows, (found) => found.reduce((sum, row) => sum + row.count, 0) === 5);
    expect(counts.every((row) => row.minute.endsWith(':00.000Z'))).toBe(true);
    const of = (reason: string) => counts.filter((row) => row.reason === reason).reduce((sum, row) => sum + row.count, 0);
    expect({ wrong: of('wrong'), missing: of('missing') }).toEqual({ wrong: 3, missing: 2 });
  });
});
