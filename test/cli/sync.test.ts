import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { odooLogin, otherLogin } from '../../src/sandbox/index.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/main.js';
import { build, gatehouse } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { startProduct, type Product } from '../support/product.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let folder: string;
let env: Record<string, string>;
let product: Product;
let odoo: Sandbox;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-sync-'));
  const port = await freePort();
  env = { GATEHOUSE_DATA: folder, PORT: String(port), GATEHOUSE_SANDBOX: 'off', GATEHOUSE_SYNC_HOUR: 'off', GATEHOUSE_LOG: 'error' };
  product = await startProduct(['serve'], env);
  // Nobody takes what it sends: the run finds it all.
  odoo = await startSandbox({ target: 'http://127.0.0.1:9', odooSecret: secret, parcelSecret: secret, log: createLog('silent'), sales: false, odooConnection: 'erp', odooVersion: '19.0' });
  for (let id = 1; id <= 5; id++) odoo.odoo.writeBehind('product.product', 500 + id, { name: `Crate ${id}`, default_code: `C${id}`, barcode: '', weight: 1, weight_uom_name: 'kg', active: true });
});
afterAll(async () => {
  await odoo?.stop();
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => gatehouse(args, env, 60_000);

it('leads from a connection that only receives to one that is synchronised, with words for every step', async () => {
  expect((await run('connection', 'add', 'odoo', '--id', 'erp', '--set', `webhookSecret=${secret}`)).code).toBe(0);
  expect(await run('sync', 'erp')).toMatchObject({ code: 1, stderr: expect.stringContaining('Set url, database, apiKey to synchronise. For example: gatehouse connection set erp --set url=') });
  expect((await run('doctor')).stdout).toContain('Connection erp only receives: what is lost on the way is not found.');

  const set = await run('connection', 'set', 'erp', '--set', `url=${odoo.odooUrl}`, '--set', `database=${odooLogin.database}`, '--set', `apiKey=${otherLogin.apiKey}`);
  expect(set).toMatchObject({ code: 0, stdout: 'Connection erp changed: url, database, apiKey.\nTry it with: gatehouse connection test erp\n' });
  expect(await run('connection', 'test', 'erp')).toMatchObject({ code: 1, stderr: expect.stringContaining('erp does not work (auth): Odoo: Only members of the group Gatehouse: Synchronisation may read for Gatehouse.') });

  await run('connection', 'set', 'erp', '--set', `apiKey=${odooLogin.apiKey}`);
  const tested = await run('connection', 'test', 'erp');
  expect(tested).toMatchObject({ code: 0, stderr: '' });
  expect(tested.stdout).toMatch(/^Odoo 19.0, database sandbox, by JSON-2.\nSends for company 1: 24 partner, 13 product, .*\nThe key has no known end.\nerp works.\n$/);

  const synchronised = await run('sync', 'erp', '--watch', '--topic', 'product');
  expect(synchronised).toMatchObject({ code: 0, stderr: '' });
  expect(synchronised.stdout).toMatch(/erp +DONE +since .* 5 of about 13 records\n +topic +read +equal +repaired +missing here.*\n +product +5 +0 +0 +5 +0 +8 +0 +0\n$/);
  expect((await run('sync', '--status')).stdout).toMatch(/^erp +DONE/);
  expect((await run('doctor')).stdout).toMatch(/ok +erp was synchronised on .*: 5 differences mended/);
});

it.each([
  [['sync', 'nobody'], 'There is no connection nobody.'],
  [['sync'], 'Name a connection, or ask for --status.'],
  [['sync', 'erp', '--topic', 'weather'], 'There is no topic weather. Topics: partner, product, order, delivery, receipt, invoice, stock.'],
  [['connection', 'test', 'nobody'], 'There is no connection nobody.'],
  [['connection', 'set', 'erp', '--set', 'url=ftp://x'], 'url: must be an address of http or https'],
  [['connection', 'set', 'erp', '--set', 'colour=red'], 'colour: there is no such setting.'],
  [['connection', 'set', 'erp', '--set', 'webhookSecret=another'], 'Change it with: gatehouse connection rotate erp'],
])('refuses %j and says why', async (args, words) => {
  expect(await run(...args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) });
});

it('takes a setting away again', async () => {
  expect((await run('connection', 'set', 'erp', '--set', 'database=')).code).toBe(0);
  expect(await run('connection', 'test', 'erp')).toMatchObject({ code: 1, stderr: expect.stringContaining('Set database to synchronise.') });
});
