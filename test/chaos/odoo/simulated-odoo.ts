import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../../src/lib/log.js';
import { odooLogin } from '../../../src/sandbox/index.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/main.js';
import { draftSale } from '../../../src/sandbox/odoo/documents.js';
import { Random } from '../../../src/sandbox/random.js';
import type { FaultyOdoo } from './faulty-odoo.js';
import { startForwarder } from './forwarder.js';

/** The simulated Odoo, where none is installed. */
export async function simulatedOdoo(): Promise<FaultyOdoo> {
  const forwarder = await startForwarder();
  let sandbox: Sandbox | null = null;
  let rollbacks = 0;
  return {
    name: 'simulated Odoo',
    async makeDeliveries(gatehouse, connection, numbers) {
      const target = new URL(gatehouse.ingestUrl(connection)).origin;
      sandbox = await startSandbox({ target, odooSecret: gatehouse.secret, parcelSecret: 'unused', log: createLog('silent'), pace: 20, seed: 5, sales: false, odooConnection: connection });
      const pickings = numbers.map((number, index) => {
        const id = 1000 + index;
        const { picking } = draftSale(id, Date.now(), new Random(id), false);
        sandbox!.odoo.write({ model: 'stock.picking', id, record: { ...picking, carrier_id: { id: 1, name: 'FedEx Ground' }, carrier_tracking_ref: number }, atMs: Date.now() });
        return id;
      });
      await gatehouse.knows(connection, pickings);
      while (pickings.some((id) => sandbox!.odoo.isOpen('stock.picking', id))) await pause(50);
      return { pickings, settings: { url: `http://127.0.0.1:${forwarder.port}`, database: odooLogin.database, login: odooLogin.login }, apiKey: odooLogin.apiKey };
    },
    up: () => Promise.resolve(void (forwarder.target = Number(new URL(sandbox!.odooUrl).port))),
    failTransactions: (count) => Promise.resolve(void (rollbacks = sandbox!.faults.odooRollbacks = count)),
    slow: (ms) => void (forwarder.delayMs = ms),
    async count(pickings, milestonesEach) {
      const results = pickings.map((id) => sandbox!.written.results.get(id)!);
      const standing = results.map((each) => [...each.milestones].filter(([, { retracted }]) => !retracted).map(([uid]) => uid));
      const documents = results.flatMap((each) => [...each.documents.keys()]);
      return {
        milestones: standing.flat().length, distinctMilestones: new Set(standing.flat()).size, unlike: standing.filter((uids) => uids.length !== milestonesEach).length,
        delivered: results.filter((each) => each.status === 'DELIVERED' && each.deliveredAt !== null && each.eta === null).length,
        files: documents.length, distinctFiles: new Set(documents).size, messages: results.reduce((sum, each) => sum + each.messages, 0),
        inbox: sandbox!.written.inbox.size, failed: rollbacks - sandbox!.faults.odooRollbacks,
      };
    },
    async close() {
      await sandbox?.stop();
      await forwarder.close();
    },
  };
}
