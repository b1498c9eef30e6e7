import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/gateway/limits.js';
import { readConfig } from '../../src/lib/config.js';
import { createLog } from '../../src/lib/log.js';
import { openServices } from '../../src/main.js';
import { freePort } from '../support/free-port.js';
import { json, send } from '../support/partners.js';
import { startProduct, type Product } from '../support/product.js';
import { eventually } from '../support/requests.js';
import { openSocket } from '../support/sockets.js';

/** Sockets that the server takes in this test. */
const maxSockets = 400;
/** What the heap of the server may hold: a process that keeps more than that dies of it. */
const heapMegabytes = 256;
/** What a flood may cost in memory, bytes: that heap, and what lies beside it. */
const bound = 400 * 1024 * 1024;
const hasProc = process.platform === 'linux';

describe.skipIf(!hasProc)(`a flood${hasProc ? '' : ' (skipped: only Linux tells the memory of a process)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-flood-'));
  let product: Product;
  let url: string;
  let port: number;
  let token: string;
  let before: number;

  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const env = { GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_LOG: 'silent', PORT: String(port), GATEHOUSE_MAX_SOCKETS: String(maxSockets) };
    const services = await openServices(readConfig(env), createLog('silent'), { supervise: false });
    token = await services.tokens.create({ role: 'operator', ttl: 3600 });
    await services.connections.add({ id: 'easypost', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: 'a secret of theirs' } });
    await services.close();
    product = await startProduct(['serve'], env, [`--max-old-space-size=${heapMegabytes}`]);
    // What it needs anyway is there before anything is measured.
    for (let n = 0; n < 50; n++) await send(`${url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: '{"query":"{ shipments(first: 5) { nodes { id } } }"}' });
    before = residentBytes();
  });
  afterAll(async () => {
    await product?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const residentBytes = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${product.pid}/status`, 'utf8'))![1]) * 1024;
  const openTcp = (bytes: string | Buffer, options: { keep?: boolean } = {}) =>
    new Promise<Socket & { text: string; isClosed: boolean }>((resolve) => {
      const socket = Object.assign(connect({ host: '127.0.0.1', port }), { text: '', isClosed: false });
      socket.on('data', (data) => (socket.text += data.toString().slice(0, 2000)));
      socket.on('error', () => {});
      socket.on('close', () => (socket.isClosed = true));
      socket.on('connect', () => {
        socket.write(bytes);
        if (options.keep === true) resolve(socket);
      });
      socket.on('close', () => resolve(socket));
    });
  const stillServes = async () => {
    expect(await eventually(async () => send(`${url}/readyz`).then(({ status }) => status, () => 0), (status) => status === 200)).toBe(200);
    expect(product.ended()).toBe(false);
    expect(residentBytes() - before).toBeLessThan(bound);
  };

  it('of sockets that say nothing is bounded in number, and others are served once they are gone', async () => {
    const sockets = await Promise.all(Array.from({ length: 3 * maxSockets }, () => openTcp('', { keep: true })));
    await eventually(async () => sockets.filter(({ isClosed }) => !isClosed).length, (open) => open <= maxSockets);
    expect(residentBytes() - before).toBeLessThan(bound);
    for (const socket of sockets) socket.destroy();
    await stillServes();
  });

  it('of requests whose heads never end keeps nobody else from being served', async () => {
    const slow = await Promise.all(Array.from({ length: maxSockets / 2 }, (_, n) => openTcp(`POST /graphql HTTP/1.1\r\nhost: x\r\nx-${n}: `, { keep: true })));
    for (let drip = 0; drip < 5; drip++) {
      for (const socket of slow) socket.write('a'.repeat(200));
      await stillServes();
    }
    for (const socket of slow) socket.destroy();
    await stillServes();
  });

  it('of large bodies from strangers is refused before they are read', async () => {
    const megabytes = Buffer.alloc(4 * 1024 * 1024, 0x20);
    for (const path of ['/graphql', '/ingest/nobody', '/subgraphs/nothing', '/nothing']) {
      const answers = await Promise.all(Array.from({ length: 60 }, () => openTcp(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${megabytes.length}\r\nconnection: close\r\n\r\n`), megabytes.subarray(0, 100_000)]))));
      for (const { text } of answers) expect(text.slice(0, 12), path).toMatch(/^HTTP\/1\.1 4\d\d/);
    }
    await stillServes();
  });

  it('of large bodies with a token, or to a connection without a signature, is refused within bounds', async () => {
    const body = `{"query":"{ viewer { role } }","variables":{"x":"${'x'.repeat(limits.maxRequestBytes)}"}}`;
    const large = await Promise.all(Array.from({ length: 100 }, () => send(`${url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body })));
    expect(new Set(large.map(({ status }) => status))).toEqual(new Set([413]));
    const unsigned = await Promise.all(Array.from({ length: 60 }, () => send(`${url}/ingest/easypost`, { method: 'POST', headers: { ...json, 'x-hmac-signature': 'hmac-sha256-hex=00' }, body: '{"a":"' + 'x'.repeat(3_000_000) + '"}' })));
    for (const { status } of unsigned) expect([401, 429]).toContain(status);
    await stillServes();
  });

  it('of documents that differ every time fills no memory', async () => {
    const fields = Array.from({ length: 25 }, (_, n) => `a${n}: role`).join(' ');
    const fill = async (from: number) => {
      for (let n = 0; n < 1200; n += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, m) => send(`${url}/graphql`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify({ query: `query Q${from + n + m} { viewer { ${fields} ${'role '.repeat(75)} } }` }) })));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      }
    };
    await fill(0);
    await fill(2000);
    await stillServes();
  });

  it('of WebSockets that never say who they are ends by itself, and one that says too much is closed', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(url)));
    await eventually(async () => sockets.filter(({ closed }) => closed === null).length, (open) => open === 0, 30_000);
    expect(new Set(sockets.map(({ closed }) => closed!.code))).toEqual(new Set([4408]));
    const loud = await openSocket(url);
    loud.socket.send('x'.repeat(limits.maxRequestBytes + 1));
    expect((await loud.untilClosed()).code).toBe(1009);
    await stillServes();
  });
});
