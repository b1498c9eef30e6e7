import { connect } from 'node:net';
import { deflateSync, gzipSync, brotliCompressSync } from 'node:zlib';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeName, isUnfinished, processedName } from '../../src/jobs/tasks/file-names.js';
import { testServer, type TestServer } from '../support/databases.js';
import { addConnections, expectNoLeak, json, postEasypost, send, tracker } from '../support/partners.js';
import { rawRequest } from '../support/raw-http.js';
import { eventually, graphqlAnswer } from '../support/requests.js';

describe('a hostile request', () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer('embedded');
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());

  const authorized = () => ({ ...json, authorization: `Bearer ${token}` });

  describe('for files', () => {
    const prefixes = ['/control-room/', '/assets/graphql-ws/', '/assets/graphiql/', '/assets/react/umd/'];
    const climbs = ['../package.json', '..%2fpackage.json', '%2e%2e/package.json', '%2e%2e%2fpackage.json', '..%5cpackage.json', '....//package.json', '..;/package.json', '%252e%252e%252fpackage.json', '.%00./package.json', 'main.js%00.css', '..%c0%afpackage.json', '%uff0e%uff0e/package.json', '/etc/passwd', '//etc/passwd', 'C:%5cwindows%5cwin.ini', '.git/config', '.env', '%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'x'.repeat(5000)];
    it.each(prefixes)('below %s reaches nothing but what is meant to be had', async (prefix) => {
      for (const climb of climbs) {
        const answer = await rawRequest(server.url, `GET ${prefix}${climb} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        expect([400, 403, 404, 414], `${prefix}${climb}: ${answer.status}`).toContain(answer.status);
        expect(answer.text).not.toMatch(/"dependencies"|root:|\[core\]/);
        expectNoLeak(answer.text);
      }
    });
  });

  describe('that pollutes', () => {
    const poisons = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"a":{"__proto__":{"polluted":1}}}', '{"__proto__.polluted":1}', '{"prototype":{"polluted":1}}'];
    const clean = () => expect(({} as { polluted?: unknown }).polluted).toBeUndefined();

    it.each(poisons)('by %s as body, variables, extensions or webhook changes no prototype', async (poison) => {
      for (const body of [poison, `{"query":"{ viewer { role } }","variables":${poison}}`, `{"query":"{ viewer { role } }","extensions":${poison}}`, `{"query":"query($f: ShipmentFilter) { shipments(first: 1, filter: $f) { nodes { id } } }","variables":{"f":${poison}}}`]) {
        const answer = await send(`${server.url}/graphql`, { method: 'POST', headers: authorized(), body });
        expect(answer.status).toBeLessThan(500);
        clean();
      }
      expect((await postEasypost(server, poison)).status).toBe(202);
      expect((await postEasypost(server, JSON.stringify(tracker('P1')).replace('{', `{"x":${poison},`))).status).toBe(202);
      await eventually(async () => Number((await server.database.kysely.selectFrom('inbox').select((e) => e.fn.countAll().as('count')).where('state', '=', 'RECEIVED').executeTakeFirstOrThrow()).count), (count) => count === 0);
      clean();
    });

    it('by a form or the address changes no prototype', async () => {
      const form = '__proto__[polluted]=1&constructor.prototype.polluted=1&grant_type=refresh_token';
      expect((await send(`${server.url}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form })).status).toBeLessThan(500);
      expect((await send(`${server.url}/graphql?${form}&query=${encodeURIComponent('{ viewer { role } }')}&variables=${encodeURIComponent(poisons[0]!)}`, { headers: { authorization: `Bearer ${token}` } })).status).toBeLessThan(500);
      clean();
    });
  });

  describe('that injects', () => {
    it('lines into a header of the answer adds none', async () => {
      for (const path of ['/%0d%0ax-injected:%201', '/ingest/a%0d%0ax-injected:%201', '/graphql?query=%0d%0ax-injected:%201', '/subgraphs/a%0d%0aset-cookie:%20x=1']) {
        const answer = await rawRequest(server.url, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        expect(answer.headers.get('x-injected')).toBeNull();
        expect(answer.headers.get('set-cookie')).toBeNull();
        expect(answer.status).toBeLessThan(500);
      }
    });

    it.each<[string, string]>([
      ['a bare line feed', 'GET / HTTP/1.1\nhost: x\r\n\r\n'],
      ['a folded header', 'GET / HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n'],
      ['a blank before the colon', 'GET / HTTP/1.1\r\nhost : x\r\n\r\n'],
      ['NUL in a header', 'GET / HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n'],
      ['no host', 'GET / HTTP/1.1\r\n\r\n'],
      ['two lengths', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
      ['a length and chunks (CL.TE)', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nG'],
      ['chunks by another name (TE.TE)', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: xchunked\r\ncontent-length: 4\r\n\r\n5c\r\n'],
      ['a chunk that is no number', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
      ['an extension of a chunk that never ends', `POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n`],
      ['a negative length', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
      ['a length beyond numbers', 'POST /ingest/easypost HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n'],
      ['10,000 headers', `GET / HTTP/1.1\r\nhost: x\r\n${Array.from({ length: 10_000 }, (_, n) => `x${n}: 1\r\n`).join('')}\r\n`],
    ])('with %s is refused and the connection closed: nothing can hide behind it', async (_what, bytes) => {
      const answer = await rawRequest(server.url, [`${bytes}`, 'GET /session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n']);
      expect([400, 404, 411, 413, 415, 431]).toContain(answer.status);
      expect(answer.text).not.toContain('demonstration');
    });

    it('by methods that nobody uses gets nothing of what others sent', async () => {
      for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'DEBUG', 'TRACK', 'get']) {
        const answer = await rawRequest(server.url, `${method} / HTTP/1.1\r\nhost: x\r\nx-secret: echo-me\r\nconnection: close\r\n\r\n`).catch(() => null);
        expect(answer?.text ?? '').not.toContain('echo-me');
        expect(answer === null || answer.status >= 400, method).toBe(true);
      }
    });

    it('by headers of proxies that nobody trusts is taken for nobody else', async () => {
      const answer = await send(`${server.url}/subgraphs/odoo`, { method: 'POST', headers: { ...json, 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' }, body: '{"query":"{ _service { sdl } }"}' });
      expect(answer.status).toBe(404);
      const plain = await send(`${server.url}/healthz`, { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' } });
      expect(plain.headers.get('strict-transport-security')).toBeNull();
      expect((await send(`${server.url}/session`, { headers: { origin: 'https://evil.example' } })).body.token).toBeNull();
    });
  });

  describe('that is compressed', () => {
    const bomb = Buffer.alloc(50 * 1024 * 1024, 0x20);
    it.each<[string, (bytes: Buffer) => Buffer]>([['gzip', (bytes) => gzipSync(bytes)], ['deflate', (bytes) => deflateSync(bytes)], ['br', (bytes) => brotliCompressSync(bytes)], ['GZIP', (bytes) => gzipSync(bytes)], ['gzip, gzip', (bytes) => gzipSync(gzipSync(bytes))]])('by %s is refused on every route and never unpacked', async (encoding, pack) => {
      const body = pack(bomb);
      const before = process.memoryUsage().rss;
      for (const [path, headers] of [['/graphql', authorized()], ['/ingest/easypost', json], ['/token', { 'content-type': 'application/x-www-form-urlencoded' }], ['/subgraphs/odoo', json]] as Array<[string, Record<string, string>]>) {
        const answer = await send(`${server.url}${path}`, { method: 'POST', headers: { ...headers, 'content-encoding': encoding }, body: body as never });
        expect(answer.status, path).toBe(415);
        expect(answer.headers.get('accept-encoding')).toBe('identity');
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(bomb.length);
    });

    it('on a WebSocket is not agreed to', async () => {
      const { port } = new URL(server.url);
      const head = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), 'localhost', () => socket.write('GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n'));
        socket.once('data', (data) => {
          resolve(data.toString());
          socket.destroy();
        });
        socket.once('error', reject);
      });
      expect(head).toContain('101');
      expect(head.toLowerCase()).not.toContain('permessage-deflate');
    });
  });

  it('gets headers that keep browsers from harm, whatever it is answered', async () => {
    const answers = [await send(`${server.url}/`), await send(`${server.url}/graphiql`), await send(`${server.url}/healthz`), await send(`${server.url}/nothing`), await send(`${server.url}/graphql`, { method: 'POST', headers: json, body: '{}' }), await send(`${server.url}/ingest/x`, { method: 'POST' }), await send(`${server.url}/control-room/main.js`)];
    for (const { headers } of answers) {
      expect(Object.fromEntries(['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'permissions-policy'].map((name) => [name, headers.get(name)]))).toEqual({
        'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'permissions-policy': expect.stringContaining('camera=()'),
      });
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    for (const { headers } of answers.slice(0, 2)) {
      const scripts = /script-src ([^;]+)/.exec(headers.get('content-security-policy')!)![1]!;
      expect(scripts).toMatch(/^'self' 'sha256-[\w+/=]+'$/);
    }
    expect((await graphqlAnswer(server.url, token, '{ viewer { role } }')).status).toBe(200);
    expect((await send(`${server.url}/graphql`, { method: 'POST', headers: authorized(), body: '{"query":"{ viewer { role } }"}' })).headers.get('cache-control')).toBe('no-store');
  });
});

describe('behind a proxy that is trusted', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer('embedded', { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1,::1' });
  });
  afterAll(() => server?.remove());

  it('browsers are told to stay with TLS, where the proxy says that it speaks it', async () => {
    expect((await send(`${server.url}/healthz`, { headers: { 'x-forwarded-proto': 'https' } })).headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    expect((await send(`${server.url}/healthz`)).headers.get('strict-transport-security')).toBeNull();
  });
});

describe('the name of a file in a watched folder', () => {
  let server: TestServer;
  let outer: string;
  beforeAll(async () => {
    outer = mkdtempSync(join(tmpdir(), 'gatehouse-folder-'));
    mkdirSync(join(outer, 'in'));
    server = await testServer('embedded');
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(outer, { recursive: true, force: true });
  });

  it.each(['..', '...', '%2e%2e%2fescape', '..\\..\\escape', 'a\nb', '-rf', '$(touch x)', '`id`', 'a;b', '\u202egnp.exe', 'x'.repeat(250)])('is kept as it is, encoded, and leads nowhere: %j', (name) => {
    const bytes = Buffer.from(name);
    expect(encodeName(bytes)).toMatch(/^[A-Za-z0-9\-_.!~*'()%]*$/);
    expect(processedName(bytes, 1).includes('/')).toBe(false);
    expect(processedName(bytes, 1).length).toBeLessThanOrEqual(255);
    expect(processedName(bytes, 1).toString('latin1')).toMatch(/^1-|^\d/);
  });

  it('that is a link is not followed', async () => {
    const secret = join(outer, 'secret.edi');
    writeFileSync(secret, 'ISA*secret');
    symlinkSync(secret, join(outer, 'in', 'link.edi'));
    symlinkSync(outer, join(outer, 'in', 'folder.edi'));
    writeFileSync(join(outer, 'in', 'plain.edi'), 'ISA*plain');
    expect(isUnfinished(Buffer.from('plain.edi'))).toBe(false);
    await server.connections.add({ id: 'files', connector: 'x12', company: 'main', settings: { folder: join(outer, 'in') }, secrets: {} });
    const read = async () => (await server.database.kysely.selectFrom('inbox').select('headers').where('connection', '=', 'files').execute()).map((row) => (row.headers as Record<string, string> | null)?.['x-gatehouse-file']);
    await eventually(read, (names) => names.length > 0);
    expect(await read()).toEqual(['plain.edi']);
    expect((await eventually(async () => readdirSync(join(outer, 'in')), (names) => !names.includes('plain.edi'))).sort()).toEqual(['failed', 'folder.edi', 'link.edi', 'processed']);
  });
});
