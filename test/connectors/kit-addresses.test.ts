import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { leadsInside, mayCall, outsideUrl } from '../../src/connectors/kit/addresses.js';
import { CarrierApi } from '../../src/connectors/kit/booking/api.js';
import { sendRequest, type HttpRequest } from '../../src/connectors/kit/http.js';
import { connectors } from '../../src/connectors/registry.js';
import { readConfig } from '../../src/lib/config.js';

describe('an address that may be called', () => {
  it.each([
    '1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1',
  ])('is one of the public internet: %s', (address) => expect(mayCall(address, [])).toBe(true));

  it.each([
    ['loopback', '127.0.0.1'], ['loopback', '127.9.9.9'], ['loopback', '::1'], ['unspecified', '0.0.0.0'], ['unspecified', '::'],
    ['private', '10.0.0.1'], ['private', '172.16.0.1'], ['private', '172.31.255.255'], ['private', '192.168.1.1'], ['unique local', 'fc00::1'], ['unique local', 'fd12:3456::1'],
    ['link-local', '169.254.1.1'], ['link-local', 'fe80::1'], ['metadata of clouds', '169.254.169.254'], ['metadata of Amazon', 'fd00:ec2::254'], ['metadata of Alibaba', '100.100.100.200'], ['metadata of Oracle', '192.0.0.192'], ['host agent of Azure', '168.63.129.16'],
    ['carrier-grade NAT', '100.64.0.1'], ['benchmarks', '198.18.0.1'], ['documentation', '203.0.113.5'], ['documentation', '2001:db8::1'], ['multicast', '224.0.0.1'], ['multicast', 'ff02::1'], ['broadcast', '255.255.255.255'], ['reserved', '240.0.0.1'],
    ['loopback written as IPv6', '::ffff:127.0.0.1'], ['metadata written as IPv6', '::ffff:a9fe:a9fe'], ['IPv4-compatible', '::7f00:1'], ['IPv4-translated', '::ffff:0:7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'], ['local NAT64', '64:ff9b:1::a00:1'], ['6to4', '2002:7f00:1::'], ['Teredo', '2001::1'], ['site-local', 'fec0::1'], ['unassigned', '4000::1'],
  ])('is none of %s: %s', (_kind, address) => expect(mayCall(address, [])).toBe(false));

  it('is any in the networks that are allowed, and no other', () => {
    const allowed = ['10.20.0.0/16', '::1', '127.0.0.1'];
    expect(['10.20.30.40', '::1', '127.0.0.1', '::ffff:10.20.0.1'].map((address) => mayCall(address, allowed))).toEqual([true, true, true, true]);
    expect(['10.21.0.1', '::2', '127.0.0.2', '169.254.169.254'].map((address) => mayCall(address, allowed))).toEqual([false, false, false, false]);
  });

  it.each([
    ['file:///etc/passwd'], ['gopher://127.0.0.1:25/x'], ['ftp://example.com/'], ['data:text/plain,x'], ['javascript:1'], ['//example.com'], ['example.com'], [''], ['http://'], ['http://exam\r\nple.com/'], [' http://example.com/'],
    ['http://user:word@example.com/'], ['http://user@example.com/'], ['https://:word@example.com/'],
  ])('is none of another kind, or with a user: %s', (text) => expect(() => outsideUrl(text)).toThrow());
});

describe('a request to an address that somebody set', () => {
  let server: Server;
  let port: number;
  const asked: string[] = [];
  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      if (request.url === '/compressed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)));
      else if (request.url === '/drip') setInterval(() => response.write('x'), 20).unref();
      else if (request.url === '/cut') response.writeHead(200, { 'content-length': '1000' }).end('x', () => response.destroy());
      else response.end('secret');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const ask = (url: string, change: Partial<HttpRequest> = {}) => sendRequest({ method: 'GET', url, timeoutMs: 2000, maxBytes: 10_000, secrets: [], allowedNetworks: [], ...change });
  const refused = { ok: false, error: { kind: 'invalid', message: expect.stringContaining('not the public internet') } };

  it.each([
    ['as it is', '127.0.0.1'], ['short', '127.1'], ['as a number', '2130706433'], ['in octal', '0177.0.0.1'], ['in hexadecimal', '0x7f.0.0.1'], ['as IPv6', '[::1]'], ['mapped into IPv6', '[::ffff:127.0.0.1]'],
    ['as nothing', '0.0.0.0'], ['with a full stop', '127.0.0.1.'], ['in full width', '１２７.０.０.１'], ['by name', 'localhost'], ['by a name with a full stop', 'localhost.'],
  ])('does not reach this machine, written %s', async (_how, host) => {
    expect(await ask(`http://${host}:${port}/`)).toMatchObject({ ok: false, error: { kind: expect.stringMatching(/^(invalid|unavailable)$/) } });
    expect(asked).toEqual([]);
  });

  it('goes to no name of which any address is refused, and says nothing of the addresses', async () => {
    const outcome = await ask(`http://both.example:${port}/`, { resolve: async () => [{ address: '1.1.1.1', family: 4 }, { address: '127.0.0.1', family: 4 }] });
    expect(outcome).toMatchObject(refused);
    expect(JSON.stringify(outcome)).not.toMatch(/127\.0|1\.1\.1/);
    expect(asked).toEqual([]);
  });

  it('connects to the very address that was checked: a name that leads elsewhere a moment later is not asked again', async () => {
    let lookups = 0;
    const rebinding = async () => [{ address: ++lookups === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
    expect(await ask(`http://rebinding.example:${port}/`, { resolve: rebinding, allowedNetworks: ['127.0.0.1'] })).toMatchObject({ ok: true, value: { text: 'secret' } });
    expect([lookups, asked]).toEqual([1, [`rebinding.example:${port} /`]]);
    // The second answer is the one that is refused, and it is refused with the next request.
    expect(await ask(`http://rebinding.example:${port}/`, { resolve: rebinding, allowedNetworks: ['127.0.0.1'] })).toMatchObject(refused);
    expect(asked.length).toBe(1);
  });

  it('ends in time though the name is never resolved, and though the answer drips', async () => {
    const unanswered = { ok: false, error: { kind: 'unavailable', message: 'No answer within 0.2 s.' } };
    expect(await ask('http://slow.example/', { resolve: () => new Promise(() => {}), timeoutMs: 200 })).toMatchObject(unanswered);
    expect(await ask(`http://127.0.0.1:${port}/drip`, { allowedNetworks: ['127.0.0.1'], timeoutMs: 200 })).toMatchObject(unanswered);
  });

  it('holds no more of an answer than it may, compressed or not, and takes no half of one', async () => {
    expect(await ask(`http://127.0.0.1:${port}/compressed`, { allowedNetworks: ['127.0.0.1'] })).toMatchObject({ ok: false, error: { kind: 'unparseable', message: expect.stringContaining('compressed') } });
    expect(await ask(`http://127.0.0.1:${port}/cut`, { allowedNetworks: ['127.0.0.1'] })).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });

  it('carries no header that was made of two', async () => {
    const outcome = await ask(`http://127.0.0.1:${port}/`, { allowedNetworks: ['127.0.0.1'], headers: { 'x-name': 'a\r\nx-injected: b' } });
    expect(outcome).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });

  it('leaves no connection open', async () => {
    await ask(`http://127.0.0.1:${port}/`, { allowedNetworks: ['127.0.0.1'] });
    await new Promise<void>((resolve, reject) => connect(port, '127.0.0.1').once('connect', resolve).once('error', reject).unref().on('connect', function close(this: Socket) { this.destroy(); }));
    const open = await new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
    expect(open).toBeLessThanOrEqual(1);
  });
});

describe('a file of a carrier', () => {
  const opened = (url: string, allowedNetworks: readonly string[]) => {
    const api = CarrierApi.open({ connection: 'c', settings: { url }, secrets: { apiKey: ['key'] }, allowedNetworks }, 2_000, { base: url, headers: () => ({}), faultOf: () => null });
    if (!api.ok) throw new Error(api.error.message);
    return api.value;
  };
  let files: Server;
  let inside: string;
  beforeEach(async () => {
    files = createServer((_request, response) => response.end('%PDF-'));
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    inside = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  });
  afterEach(() => void files.close());

  it('may stand in a network of ours only where the connection itself calls into one', async () => {
    const networks = ['127.0.0.0/8'];
    expect(await opened(`${inside}/api`, networks).file(`${inside}/label.pdf`)).toMatchObject({ ok: true });
    // What a carrier outside answers must not lead us to what stands inside.
    expect(await opened('https://93.184.216.34', networks).file(`${inside}/label.pdf`)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('not the public internet') } });
    expect(await opened(`${inside}/api`, []).file(`${inside}/label.pdf`)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });

  it('is judged by what the name of the connection’s host leads to', async () => {
    const leads = (address: string) => leadsInside(new URL('https://carrier.example.com'), async () => [{ address, family: 4 }]);
    expect([await leads('10.1.2.3'), await leads('1.1.1.1')]).toEqual([true, false]);
    expect(await leadsInside(new URL('https://carrier.example.com'), () => Promise.reject(new Error('no such name')))).toBe(false);
  });
});

describe('the settings of connectors', () => {
  const addresses = [...connectors.values()].flatMap((connector) => Object.entries((connector.settings as z.ZodObject).shape).flatMap(([name, field]) => {
    const schema = z.toJSONSchema(field as z.ZodType, { io: 'input', unrepresentable: 'any' });
    const isAddress = JSON.stringify(schema).includes('"format":"uri"') || /url|address|endpoint|host/i.test(name);
    // A transport is several settings in one; that over HTTP has an address.
    const valueOf = (text: string): unknown => (name === 'transport' ? { kind: 'http', url: text } : text);
    return isAddress ? [[connector.id, name, (text: string) => (field as z.ZodType).safeParse(valueOf(text)).success] as const] : [];
  }));

  it('have an address to look at', () => expect(addresses.length).toBeGreaterThan(0));
  it.each(addresses)('of %s take as %s an address of http or https without user, and nothing else', (_connector, _name, takes) => {
    expect(['https://partner.example.com/base', 'http://10.0.0.7:8069'].map(takes)).toEqual([true, true]);
    for (const text of ['file:///etc/passwd', 'http://user:word@example.com', 'http://user@example.com/', 'redis://127.0.0.1:6379/', 'example.com', `https://example.com/${'a'.repeat(3000)}`]) expect(takes(text), text).toBe(false);
  });
});

describe('the networks into which connections may call', () => {
  const networks = (env: Record<string, string>) => readConfig(env).allowedNetworks;
  const loopback = ['127.0.0.0/8', '::1'];

  it('are this machine with the sandbox on, and where nobody from outside can reach the server outside production', () => {
    expect([networks({}), networks({ GATEHOUSE_SANDBOX: 'off' }), networks({ HOST: '0.0.0.0' })]).toEqual([loopback, loopback, loopback]);
  });
  it('are none in production, and none of a server that others reach', () => {
    expect([networks({ NODE_ENV: 'production' }), networks({ HOST: '0.0.0.0', GATEHOUSE_SANDBOX: 'off' })]).toEqual([[], []]);
  });
  it('are those that the operator names', () => {
    expect(networks({ NODE_ENV: 'production', GATEHOUSE_ALLOWED_NETWORKS: '10.20.0.0/16, fd00::/8' })).toEqual(['10.20.0.0/16', 'fd00::/8']);
    expect(() => networks({ GATEHOUSE_ALLOWED_NETWORKS: 'internal' })).toThrow('GATEHOUSE_ALLOWED_NETWORKS');
  });
});
