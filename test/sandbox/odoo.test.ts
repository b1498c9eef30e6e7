import { afterAll, beforeAll } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { odooLogin, otherLogin } from '../../src/sandbox/index.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/main.js';
import { draftSale } from '../../src/sandbox/odoo/documents.js';
import { Random } from '../../src/sandbox/random.js';
import { odooContract } from './odoo-contract.js';
import { Receiver } from './receiver.js';

for (const odooVersion of ['18.0', '19.0'] as const) {
  const receiver = new Receiver();
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'odoo', parcelSecret: 'parcel', log: createLog('silent'), pace: 20, seed: 3, odooVersion, sales: false });
    const { picking } = draftSale(1001, Date.now(), new Random(3), false);
    sandbox.odoo.write({ model: 'stock.picking', id: 1001, record: picking, atMs: Date.now() });
    await receiver.until('master data', () => receiver.of('sandbox-odoo').length > 0);
  });
  afterAll(async () => {
    await sandbox?.stop();
    await receiver.close();
  });
  odooContract(`the simulated Odoo ${odooVersion}`, odooVersion, () => ({ url: sandbox.odooUrl, ...odooLogin, connection: 'sandbox-odoo', otherApiKey: otherLogin.apiKey, version: odooVersion }));
}
