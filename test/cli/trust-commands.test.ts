import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.js';
import { build, gatehouse, type CommandResult } from '../support/command-line.js';
import type { TestServer } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { odooBatch, odooEvent, postOdoo, secrets, send } from '../support/partners.js';
import { startProduct, type Product } from '../support/product.js';
import { eventually, graphqlAnswer } from '../support/requests.js';

let folder: string;
let url: string;
let env: Record<string, string>;
let product: Product | undefined;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = { GATEHOUSE_DATA: folder, PORT: String(port) };
  product = await startProduct(['serve'], { ...env, GATEHOUSE_SANDBOX: 'off' });
});
afterAll(async () => {
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => gatehouse(args, env);

/** What it printed; it ended well. */
async function printed(...args: string[]): Promise<string> {
  const result = await run(...args);
  expect(result, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

function expectFailure(result: CommandResult, message: RegExp): void {
  expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
  expect(result.stderr).not.toMatch(/\n\s+at |node_modules|\.js:\d/);
}

const viewer = async (token: string) => {
  const answer = await graphqlAnswer(url, token, '{ viewer { role scopes } }');
  return answer.data?.['viewer'] ?? answer.errors![0]!.extensions!['code'];
};

describe('help', () => {
  it.each([
    'token create', 'token client', 'token list', 'token revoke', 'token rotate-keys', 'connection add', 'connection set', 'connection rotate', 'connection test', 'approval list', 'approval approve', 'approval refuse',
    'audit export', 'audit checkpoint', 'subject export', 'subject erase', 'keys rotate', 'retention', 'deprecations', 'contract check', 'doctor', 'replay', 'sync',
    'webhook add', 'webhook list', 'webhook show', 'webhook pause', 'webhook resume', 'webhook replay', 'webhook rotate', 'webhook remove', 'webhook test',
  ])('of %s shows how it is used', async (command) => {
    const help = await printed(...command.split(' '), '--help');
    expect(help).toMatch(new RegExp(`^Usage: gatehouse ${command} [^\\n]*\\n\\n[A-Z]`));
    expect(help).toMatch(new RegExp(`\\nExamples?:\\n {2}gatehouse ${command}( |\\n|$)`));
  });
});

describe('tokens', () => {
  let secret: string;
  const fetchToken = async () => (await send(`${url}/token`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'wms', client_secret: secret }) })).body as { access_token?: string; error?: string };

  it('are fetched by a client with the secret that was printed, and are listed', async () => {
    secret = (await printed('token', 'client', 'wms', '--role', 'machine', '--scope', 'shipments:read', '--ttl', '5m')).trim();
    expect(secret).toMatch(/^gs_[\w-]{43}$/);
    expect(await viewer((await fetchToken()).access_token!)).toEqual({ role: 'machine', scopes: ['shipments:read'] });
    const list = await printed('token', 'list');
    expect(list).toMatch(/^[0-9a-f-]{36} {2}machine {2}client:wms {2}until \d{4}-\S+ {2}by wms$/m);
    expect(list).toMatch(/^client wms {2}machine {2}by secret {2}since \d{4}-/m);
    expect(list).not.toContain(secret);
  });

  it('are taken back one by one, or with the client that asked for them, which gets no more', async () => {
    const [one, other] = [(await fetchToken()).access_token!, (await fetchToken()).access_token!];
    const { jti } = JSON.parse(Buffer.from(one.split('.')[1]!, 'base64url').toString()) as { jti: string };
    expect(await printed('token', 'revoke', jti)).toBe(`Revoked: token ${jti}. Open sockets close within a second.\n`);
    expect([await viewer(one), await viewer(other)]).toEqual(['UNAUTHENTICATED', { role: 'machine', scopes: ['shipments:read'] }]);
    await printed('token', 'revoke', '--connection', 'wms');
    expect([await viewer(other), (await fetchToken()).error]).toEqual(['UNAUTHENTICATED', 'invalid_client']);
  });

  it('that were signed by the key before go on when another signs', async () => {
    const before = (await printed('token', 'create', '--role', 'operator', '--ttl', '5m')).trim();
    expect(await printed('token', 'rotate-keys')).toMatch(/^Key \S+ signs from now on\.\nKey \S+ proves its tokens until \d{4}-/);
    expect(await viewer(before)).toMatchObject({ role: 'operator' });
  });

  it.each<[string[], RegExp]>([
    [['token', 'client', 'tms', '--role', 'machine'], /A machine is given what it needs, by name: --scope/],
    [['token', 'client', 'Big Letters', '--role', 'operator'], /small letters, digits and dashes/],
    [['token', 'revoke'], /Say what to revoke/],
    [['token', 'revoke', 'everything'], /is no id of a token\. List them with: gatehouse token list/],
  ])('%j says what is wrong', async (args, message) => expectFailure(await run(...args), message));
});

describe('what is kept', () => {
  it('is shown and set by kind', async () => {
    expect(await printed('retention', '--set', 'raw=60')).toMatch(/^raw +60 days +bodies and headers/m);
    expect(await printed('retention', '--dry-run')).toMatch(/^raw +60 days +0 would go now$/m);
    expectFailure(await run('retention', '--set', 'everything=1'), /--set takes <kind>=<days>.*Kinds: raw, /);
  });

  it('of a person is printed and erased, with the reason in the audit log', async () => {
    await printed('connection', 'add', 'odoo', '--id', 'odoo', '--set', `webhookSecret=${secrets.odoo}`);
    const message = odooBatch(odooEvent('partner', 'res.partner', 7, { name: 'Jo Doe', email: 'jo@example.com' }));
    await eventually(() => postOdoo({ url } as TestServer, message), ({ status }) => status === 202);
    const found = await eventually(() => run('subject', 'export', '--email', 'jo@example.com', '--reason', 'asked for it'), ({ code }) => code === 0);
    expect(found.stdout).toContain('Jo Doe');
    expect(await printed('subject', 'erase', '--party', 'odoo/7', '--reason', 'asked to be forgotten')).toMatch(/^Erased: 1 parties /);
    expectFailure(await run('subject', 'export', '--email', 'jo@example.com', '--reason', 'asked for it'), /Nobody is known by this/);
    const log = await printed('audit', 'export', '--from', '2026-01-01');
    expect(log).toContain('asked to be forgotten');
    expect(log).not.toContain('Jo Doe');
  });

  it('is encrypted under a key that can be exchanged', async () => {
    expect(await printed('keys', 'rotate')).toMatch(/^All keys are wrapped by key \S+\.$/m);
  });
});

describe('the audit log', () => {
  it('has what the command line did, line by line', async () => {
    const rows = (await printed('audit', 'export')).trim().split('\n').map((line) => JSON.parse(line) as { actor: string; action: string });
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['client.added', 'token.revoked', 'signing-key.rotated', 'retention.changed', 'keys.rotated', 'audit.exported']));
    expect(new Set(rows.filter(({ action }) => action === 'client.added').map(({ actor }) => actor))).toEqual(new Set([expect.stringMatching(/^cli:./)]));
  });

  it('is verified by the doctor, also against checkpoints that were kept elsewhere', async () => {
    const file = join(folder, 'kept.json');
    writeFileSync(file, await printed('audit', 'checkpoint'));
    expect((await run('doctor', '--audit', '--checkpoint', file)).stdout).toMatch(/^ok +The audit log is whole up to position \d+/m);
  });
});

describe('what needs a second person', () => {
  it('is listed, and what nobody asked for cannot be approved', async () => {
    expect(await printed('approval', 'list')).toBe('Nothing waits for approval.\n');
    expectFailure(await run('approval', 'approve', 'x', '--reason', 'why not'), /This is no id of a request\. List them with: gatehouse approval list/);
    expectFailure(await run('approval', 'refuse', '0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77', '--reason', 'why not'), /There is no such record/);
  });
});

describe('those who depend on us', () => {
  it('are named where they use what is deprecated', async () => {
    expect(await printed('deprecations')).toMatch(/^Nobody has used anything deprecated since \d{4}-\d{2}-\d{2}\.\n$/);
  });

  it('check their contracts: one that holds, one that does not, and a file that is none', async () => {
    const contract = join(packageRoot, 'test', 'contracts', 'easypost', 'delivered.json');
    expect(await printed('contract', 'check', contract)).toMatch(/^holds {3}\S+delivered\.json: /);
    const broken = join(folder, 'broken.json');
    const { expected, ...rest } = (await import(contract, { with: { type: 'json' } })).default as { expected: { facts: unknown[]; anomalies: unknown[] } };
    writeFileSync(broken, JSON.stringify({ ...rest, expected: { ...expected, facts: [] } }));
    expect(await run('contract', 'check', broken)).toMatchObject({ code: 1, stdout: expect.stringMatching(/^BROKEN {2}.*\n {8}facts: 0 expected, /) });
    writeFileSync(broken, '{');
    expectFailure(await run('contract', 'check', broken), /broken\.json is no JSON/);
  });
});
