import { progress } from '../../support/measurements.js';
import { startGatehouse } from '../gatehouse.js';
import { startOdoo, type Installation } from '../installation.js';
import type { StepResult } from '../main.js';
import { withDatabase } from '../prepared.js';
import { Actions } from './actions.js';
import { invoiceFlows, masterDataFlows, packedFlows, purchaseFlows, saleFlows, secondCompanyFlows, stepFlows } from './steps.js';
import { World } from './world.js';

/**
 * A real Odoo that tells a real Gatehouse by its own cron, used as its users do; after each step both
 * are compared field by field.
 */
export function flowsStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'flows', async (database) => {
    const gatehouse = await startGatehouse(odoo.databaseUrl, `gatehouse_flows_${odoo.series}`, ['erp', 'erp2']);
    try {
      const server = await startOdoo(odoo, database, 'flows');
      try {
        const world = new World(odoo, database, server.url, gatehouse);
        const failures = await run(world).then(() => [], (error: unknown) => [error instanceof Error ? error.message : String(error)]);
        const told = [`${world.steps} steps, ${world.comparisons} fields compared, ${world.transitions} transitions followed, ${world.failures.length} differences (log: ${server.logFile})`];
        return { failures: [...world.failures, ...failures, ...server.complaints()], told };
      } finally {
        await server.stop();
      }
    } finally {
      await gatehouse.remove();
    }
  });
}

async function run(world: World): Promise<void> {
  await world.rpc.signIn();
  const [company] = await world.rpc.search<{ id: number }>('res.company', [], []);
  await world.rpc.write('res.company', [company!.id], { gatehouse_url: world.gatehouse.ingestUrl('erp'), gatehouse_secret: world.gatehouse.secret });
  world.connections.set(company!.id, 'erp');
  const actions = new Actions(world, company!.id);
  for (const flow of [saleFlows, packedFlows, purchaseFlows, invoiceFlows, stepFlows, masterDataFlows, secondCompanyFlows]) {
    progress(`${world.odoo.series} flows: ${flow.name}`);
    await flow(world, actions);
  }
}
