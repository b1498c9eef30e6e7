import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { latestRuns, sumOf } from '../../src/jobs/tasks/sync-run.js';
import { startSync } from '../../src/jobs/tasks/sync-start.js';
import { createLog } from '../../src/lib/log.js';
import { openServices } from '../../src/main.js';
import { odooLogin } from '../../src/sandbox/index.js';
import { startSandbox } from '../../src/sandbox/main.js';
import { readConfig } from '../../src/lib/config.js';
import { describeOnEachDatabase, freshConfig } from '../support/databases.js';
import { isBalanced, partner, recordedEvents } from '../support/odoo-sync.js';
import { freePort } from '../support/free-port.js';
import { startProduct, type Product } from '../support/product.js';
import { eventually } from '../support/requests.js';

const records = 1_500;
/** Partners, products and stock levels of the simulated Odoo, which its outbox tells of. */
const masterData = 40;

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describeOnEachDatabase('a synchronisation whose process is killed', (kind) => {
  it('goes on where it stood: every record once, every figure right', async () => {
    const port = await freePort();
    const fresh = await freshConfig(kind);
    const env: Record<string, string> = {
      GATEHOUSE_DATA: fresh.config.dataFolder, GATEHOUSE_SANDBOX: 'off', GATEHOUSE_SECRET_KEY: randomBytes(32).toString('base64'), GATEHOUSE_SYNC_HOUR: 'off', GATEHOUSE_LOG: 'warn', PORT: String(port),
      ...(fresh.config.databaseUrl === undefined ? {} : { DATABASE_URL: fresh.config.databaseUrl }),
    };
    const url = `http://127.0.0.1:${port}`;
    const odoo = await startSandbox({ target: url, odooSecret: secret, parcelSecret: secret, log: createLog('silent'), sales: false, odooConnection: 'erp' });
    for (let id = 1_000; id < 1_000 + records; id++) odoo.odoo.writeBehind('res.partner', id, partner(`Partner ${id}`, id));
    const products: Product[] = [];
    try {
      const services = await openServices(readConfig(env), createLog('silent'), { supervise: false });
      await services.connections.add({ id: 'erp', connector: 'odoo', company: 'main', settings: { url: odoo.odooUrl, database: odooLogin.database, login: odooLogin.login }, secrets: { webhookSecret: secret, apiKey: odooLogin.apiKey } });
      await startSync(services.tasks, (await services.connections.find('erp'))!, 'COMMAND', ['partner']);
      const token = await services.tokens.create({ role: 'operator', ttl: 3600 });
      await services.close();

      const metrics = async () => (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
      const metric = (text: string, name: string) => Number(new RegExp(`^${name}(?:\\{connection="erp"\\})? (\\d+)`, 'm').exec(text)?.[1]);
      for (const until of [300, 900]) {
        products.push(await startProduct(['serve'], env));
        await eventually(metrics, (text) => metric(text, 'gatehouse_sync_records_read') >= until);
        await products.at(-1)!.kill();
      }
      products.push(await startProduct(['serve'], env));
      // All that the run found, and the master data that Odoo sends by itself.
      const isAllThere = (text: string) => metric(text, 'gatehouse_sync_running') === 0 && metric(text, 'gatehouse_projected_position') >= records + masterData;
      await eventually(metrics, isAllThere);
      await products.at(-1)!.stop();

      const after = await openServices(readConfig(env), createLog('silent'), { supervise: false });
      try {
        const run = (await latestRuns(after.database, 'erp'))[0]!;
        const parties = await after.database.kysely.selectFrom('party').select('id').where('name', 'like', 'Partner %').execute();
        expect(run).toMatchObject({ state: 'DONE', figures: { partner: { missingHere: records, repaired: 0, missingThere: 0, unreadable: 0 } } });
        const { read, underway } = sumOf(run.figures);
        expect(read + underway).toBe(records + 24);
        expect(isBalanced(run)).toBe(true);
        expect(parties.length).toBe(records);
        // Every record has one event: a page that was read twice gave its second copy to nobody.
        const doubled = await after.database.kysely.selectFrom('event').select('subject').where('subject', 'like', 'party:erp:%').groupBy('subject').having((e) => e.fn.countAll(), '>', 1).execute();
        expect(doubled).toEqual([]);
        expect(await recordedEvents(after.database.kysely)).toBe(records + masterData);
      } finally {
        await after.close();
      }
    } finally {
      for (const product of products) if (!product.ended()) await product.kill();
      await odoo.stop();
      await fresh.remove();
    }
  });
});
