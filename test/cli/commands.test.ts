import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, gatehouse, type CommandResult } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { easypostSignature, json, send, tracker } from '../support/partners.js';
import { startProduct, type Product } from '../support/product.js';
import { eventually, graphql } from '../support/requests.js';

const jwt = /^[\w-]+\.[\w-]+\.[\w-]+\n$/;
const secret = 'a secret of tests';

/** What a command that reads or changes data refuses. */
const badOptions: Array<[string[], RegExp]> = [
  [['token', 'create', '--role', 'king'], /--role takes one of: customer, partner, operator, odoo, admin/],
  [['token', 'create', '--role', 'customer'], /needs --party/],
  [['token', 'create', '--role', 'customer', '--party', 'somebody'], /"somebody" is no party/],
  [['token', 'create', '--role', 'partner'], /needs --carrier/],
  [['token', 'create', '--role', 'operator', '--scope', 'everything'], /There is no scope everything/],
  [['token', 'create', '--role', 'operator', '--ttl', 'soon'], /--ttl takes a time such as 30m/],
  [['token', 'create', '--role', 'operator', '--ttl', '400d'], /--ttl takes a time/],
  [['connection', 'add', 'fax', '--id', 'x'], /There is no connector fax. Connectors: odoo, easypost, .*x12/],
  [['connection', 'add', 'easypost', '--id', 'Big Letters', '--set', 'webhookSecret=long enough'], /small letters, digits and dashes/],
  [['connection', 'add', 'easypost', '--id', 'x', '--set', 'webhookSecret'], /--set takes key=value/],
  [['connection', 'add', 'easypost', '--id', 'x'], /webhookSecret/],
  [['connection', 'add', 'x12', '--id', 'x', '--set', 'zone=Mars'], /zone: must be an IANA zone/],
  [['connection', 'add', 'easypost', '--id', 'x', '--set', 'webhookSecret=long enough', '--set', 'zone=UTC'], /zone: there is no such setting. Settings: webhookSecret, .*messagesPerMinute/],
  [['connection', 'rotate', 'nobody'], /There is no connection nobody/],
  [['connection', 'rotate', 'ep', '--set', 'webhookSecret=short'], /a secret has 6 characters at least/],
  [['connection', 'rotate', 'ep', '--set', 'zone=UTC'], /rotate changes webhookSecret only/],
  [['replay', 'nobody'], /There is no connection nobody/],
  [['replay', 'ep', '--from', 'yesterday'], /--from takes a time such as/],
];

/** It failed with a message for people: exit status 1, nothing on standard output, no stack. */
function expectFailure(result: CommandResult, message: RegExp): void {
  expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
  expect(result.stderr).not.toMatch(/\n\s+at |node_modules|\.js:\d/);
}

let folder: string;
let port: number;
let env: Record<string, string>;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  port = await freePort();
  env = { GATEHOUSE_DATA: folder, PORT: String(port) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line without a database', () => {
  it.each([[['--help']], [['token', '--help']], [['token', 'create', '--help']], [['connection', '--help']], [['connection', 'add', '--help']], [['serve', '--help']], [['replay', '--help']]])('%j explains itself', async (args) => {
    const result = await gatehouse(args, env);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('Usage: gatehouse');
  });

  it('lists every command of the contract', async () => {
    const { stdout } = await gatehouse(['--help'], env);
    for (const command of ['serve', 'work', 'migrate', 'doctor', 'token', 'connection', 'replay']) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  it.each<[string[], RegExp]>([
    [['nonsense'], /unknown command 'nonsense'/],
    [['token', 'create'], /required option '--role <role>'/],
    [['token', 'create', '--role'], /--role <role>' argument missing/],
    [['token', 'create', '--role', 'operator', '--colour', 'red'], /unknown option '--colour'/],
    [['connection', 'add', '--id', 'x'], /missing required argument 'connector'/],
    [['connection', 'add', 'odoo'], /required option '--id <id>'/],
    [['connection', 'rotate'], /missing required argument 'id'/],
    [['replay'], /missing required argument 'connection'/],
    [['serve', 'now'], /too many arguments/],
  ])('%j says what is wrong and ends with 1', async (args, message) => expectFailure(await gatehouse(args, env), message));

  it.each<[string, Record<string, string>, RegExp]>([
    ['a port that is none', { PORT: 'http' }, /PORT: /],
    ['a port out of range', { PORT: '70000' }, /PORT: /],
    ['an address of another database', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL: must start with postgres:\/\//],
    ['a sandbox that is neither on nor off', { GATEHOUSE_SANDBOX: 'maybe' }, /GATEHOUSE_SANDBOX: /],
    ['a zone that is none', { GATEHOUSE_ZONE: 'Mars/Olympus' }, /GATEHOUSE_ZONE: must be an IANA zone/],
    ['an issuer without keys', { GATEHOUSE_ISSUER: 'https://id.example' }, /GATEHOUSE_ISSUER_JWKS: /],
    ['two things wrong', { PORT: 'x', GATEHOUSE_LOG: 'loud' }, /PORT: [\s\S]*GATEHOUSE_LOG: /],
    ['a secret key that is too short', { GATEHOUSE_SECRET_KEY: 'c2hvcnQ=' }, /GATEHOUSE_SECRET_KEY|32 bytes/],
  ])('names the variable where the configuration has %s', async (_what, wrong, message) => expectFailure(await gatehouse(['doctor'], { ...env, GATEHOUSE_DATA: join(folder, 'never'), ...wrong }), message));

  it('says that PostgreSQL does not answer where it does not', async () => {
    const unreachable = await gatehouse(['token', 'create', '--role', 'operator'], { ...env, DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/x` });
    expectFailure(unreachable, /PostgreSQL at DATABASE_URL cannot be used: .*ECONNREFUSED/);
  });
});

describe('the command line, on its own and through a running server', () => {
  let product: Product | null = null;
  afterAll(() => product?.stop());
  const start = async () => {
    product = await startProduct(['serve'], { ...env, GATEHOUSE_SANDBOX: 'off' });
  };
  const url = () => `http://127.0.0.1:${port}`;

  /** Everything that must be the same with and without a server. */
  function sameEitherWay(how: string, faults: typeof badOptions): void {
    it(`prints a token and nothing else ${how}`, async () => {
      const result = await gatehouse(['token', 'create', '--role', 'operator', '--ttl', '30m'], env);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toMatch(jwt);
      const claims = JSON.parse(Buffer.from(result.stdout.split('.')[1]!, 'base64url').toString()) as { role: string; exp: number; iat: number };
      expect(claims.role).toBe('operator');
      expect(claims.exp - claims.iat).toBe(1800);
    });

    it.each(faults)(`%j says what is wrong ${how}`, async (args, message) => expectFailure(await gatehouse(args, env), message));
  }

  it('adds the first connection on its own', async () => {
    expect(await gatehouse(['connection', 'list'], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('No connections yet') });
    const added = await gatehouse(['connection', 'add', 'easypost', '--id', 'ep', '--set', `webhookSecret=${secret}`], env);
    expect(added).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Messages go to POST /ingest/ep') });
    expect(added.stdout).not.toContain(secret);
    expectFailure(await gatehouse(['connection', 'add', 'easypost', '--id', 'ep', '--set', 'webhookSecret=long enough'], env), /There is a connection ep already/);
  });

  // Each of these opens the embedded database for itself, which takes seconds: a few stand for all.
  sameEitherWay('by itself', badOptions.filter((_row, index) => index % 6 === 0));

  it('runs by itself where a server ended without tidying up and its process id is another\'s now', async () => {
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ pid: process.pid, url: `http://127.0.0.1:${await freePort()}`, secret: 'x' }));
    const result = await gatehouse(['connection', 'list'], env);
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('ep') });
    rmSync(join(folder, 'server.json'));
  });

  it('starts a server', async () => {
    await start();
    expect((await send(`${url()}/readyz`)).status).toBe(200);
  });

  sameEitherWay('through the server', badOptions);

  it('makes tokens that the running server takes', async () => {
    const { stdout } = await gatehouse(['token', 'create', '--role', 'customer', '--party', 'odoo/7', '--ttl', '1h', '--scope', 'shipments:read'], env);
    expect(await graphql(url(), stdout.trim(), '{ viewer { role scopes } }')).toEqual({ viewer: { role: 'customer', scopes: ['shipments:read'] } });
  });

  it('lists, adds and rotates connections of the running server, which takes both secrets at once', async () => {
    const list = await gatehouse(['connection', 'list'], env);
    expect(list.stdout).toMatch(/^ep\s+easypost\s+main\s+1 secret\s+since \d{4}-/);
    expect(await gatehouse(['connection', 'add', 'x12', '--id', 'partner', '--set', 'zone=Europe/Berlin'], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('no webhookSecret yet') });
    const rotated = await gatehouse(['connection', 'rotate', 'ep'], env);
    const fresh = /New secret \(shown once\): (whsec_\S+)/.exec(rotated.stdout)![1]!;
    const post = (by: string) => {
      const body = JSON.stringify(tracker(`CLI${Math.random()}`));
      return send(`${url()}/ingest/ep`, { method: 'POST', headers: { ...json, 'x-hmac-signature': easypostSignature(body, by) }, body });
    };
    await eventually(async () => (await post(fresh)).status, (status) => status === 202, 15_000); // connections are kept for a second
    expect((await post(secret)).status).toBe(202);
    expect((await post('another')).status).toBe(401);
  });

  it('replays messages through the running server and says what came of it', async () => {
    const result = await gatehouse(['replay', 'ep', '--from', '2020-01-01'], env);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/[1-9]\d* messages replayed: 0 events appended, 0 retracted, 0 cannot be read\.\n$/);
  });

  it('doctor says what is well and what is not', async () => {
    const result = await gatehouse(['doctor'], env);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/ok\s+Embedded database/);
    expect(result.stdout).toMatch(/WRONG\s+Connection partner has no webhookSecret/);
    expect(result.stderr).toMatch(/1 thing to mend, see above\.\n$/);
  });

  it('keeps the server\'s address and key to the owner of the folder, and the way in to who has the key', async () => {
    const address = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { secret: string };
    const control = (headers: Record<string, string>) => send(`${url()}/control`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ command: 'token create', options: { role: 'admin' }, by: 'anna' }) });
    expect(await control({})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await control({ 'x-gatehouse-control': 'x' })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const given = await fetch(`${url()}/control`, { method: 'POST', headers: { ...json, 'x-gatehouse-control': address.secret }, body: JSON.stringify({ command: 'token create', options: { role: 'admin' }, by: 'anna' }) });
    expect((await given.text()).split('\n')).toMatchObject([expect.stringContaining('"line"'), '{"done":true}', '']);
    expect(statSync(join(folder, 'server.json')).mode & 0o077).toBe(0);
  });

  it('refuses a second server on the same data folder, and names the process that has it', async () => {
    const result = await gatehouse(['serve'], { ...env, PORT: String(await freePort()) });
    expectFailure(result, new RegExp(`in use by process ${product!.pid}`));
    expectFailure(await gatehouse(['migrate'], env), /in use by process/);
    expectFailure(await gatehouse(['work'], env), /in use by process|DATABASE_URL/);
  });

  it('says that the port is in use, and gives up the data folder that it had taken', async () => {
    const other = join(folder, 'other');
    expectFailure(await gatehouse(['serve'], { ...env, GATEHOUSE_DATA: other }), /port is in use/);
    expect(readdirSync(other).sort()).toEqual(['database', 'secret.key']);
  });

  it('stops at SIGTERM, and the next command runs by itself', async () => {
    await product!.stop();
    product = null;
    const result = await gatehouse(['connection', 'list'], env);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/ep .*\n?.*partner/) });
    expect(await gatehouse(['migrate'], env)).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
  });

  it('runs by itself after a server was killed', async () => {
    await start();
    await product!.kill();
    product = null;
    expect(await gatehouse(['token', 'create', '--role', 'operator'], env)).toMatchObject({ code: 0, stdout: expect.stringMatching(jwt) });
  });
});
