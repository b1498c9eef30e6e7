import { gatehouse as command } from '../../../support/command-line.js';
import { progress } from '../../../support/measurements.js';
import { facilityPlan } from '../../../support/yard/facility-plan.js';
import { startGatehouse } from '../../gatehouse.js';
import { printed, runSnippet, startOdoo, type Installation } from '../../installation.js';
import type { StepResult } from '../../main.js';
import { withDatabase } from '../../prepared.js';
import { World } from '../world.js';
import { schedulerToken, YardDesk } from './desk.js';
import { arriving, byHand, calledOff, dispatching, planning, receiving, reviewing, shortage } from './stories.js';

/**
 * A real Odoo and a real Gatehouse that runs the docks of its warehouse, and an outside scheduler of docks over HTTP: from the
 * appointment to the transfer that is validated, by what people do at the gate.
 */
export function yardStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'yard', async (database) => {
    const { apiKey } = printed<{ apiKey: string }>(await runSnippet(odoo, 'sync', database, { days: 60 }), 'KEYS');
    const server = await startOdoo(odoo, database, 'yard');
    try {
      const gatehouse = await startGatehouse(odoo.databaseUrl, `gatehouse_yard_${odoo.series}`, ['erp']);
      try {
        const desk = await prepared(new World(odoo, database, server.url, gatehouse), server.url, apiKey);
        await tell(desk);
        return { failures: [...desk.failures, ...unexpected(server.complaints()), ...said(desk.failures, gatehouse.output())], told: [`${desk.checks} checks (log: ${server.logFile})`] };
      } finally {
        await gatehouse.remove();
      }
    } finally {
      await server.stop();
    }
  });
}

/** Odoo runs a transaction anew that met another one, and says so as an error. */
function unexpected(complaints: readonly string[]): string[] {
  return complaints.filter((text) => !/could not serialize access/.test(text));
}

/** What Gatehouse said, where something is wrong. */
function said(failures: readonly string[], output: string): string[] {
  return failures.length === 0 || output === '' ? [] : [`Gatehouse said: ${output.slice(-4000)}`];
}

/** Connects both with one another, as CONFIGURE.md says, and makes the warehouse a facility that is run here. */
async function prepared(world: World, url: string, apiKey: string): Promise<YardDesk> {
  const { gatehouse, rpc } = world;
  const run = async (...args: string[]) => {
    const result = await command(args, gatehouse.env);
    if (result.code !== 0) throw new Error(`gatehouse ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  };
  await run('connection', 'set', 'erp', '--set', `url=${url}`, '--set', `database=${world.database}`, '--set', 'login=gatehouse', '--set', `apiKey=${apiKey}`, '--set', 'validateAt=confirmation', '--set', 'shortageMinutes=0');
  await run('connection', 'add', 'opendock', '--id', 'dock', '--set', `webhookSecret=${schedulerToken}`);
  await rpc.signIn();
  const [company] = await rpc.search<{ id: number }>('res.company', [], []);
  await rpc.write('res.company', [company!.id], { gatehouse_url: gatehouse.ingestUrl('erp'), gatehouse_secret: gatehouse.secret });
  world.connections.set(company!.id, 'erp');
  const desk = new YardDesk(world, company!.id);
  const [warehouse] = await rpc.search<{ id: number; code: string }>('stock.warehouse', [['company_id', '=', company!.id]], ['code']);
  const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }));
  const { facility } = await desk.done<{ facility: { id: string } }>('saveFacilityPlan', 'SaveFacilityPlanInput', { code: warehouse!.code, plan: facilityPlan({ zone: 'UTC', hours }) }, 'facility { id }');
  desk.facility = facility.id;
  desk.vendor = await desk.actions.partner({ name: 'Vendor of Crates', city: 'Ghent' });
  desk.customer = await desk.actions.partner({ name: 'Quay Traders', city: 'Antwerp' });
  return desk;
}

async function tell(desk: YardDesk): Promise<void> {
  for (const story of [planning, byHand, calledOff, arriving, receiving, shortage, reviewing, dispatching]) {
    progress(`${desk.world.odoo.series} yard: ${story.name}`);
    try {
      await story(desk);
    } catch (error) {
      desk.failures.push(`${story.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
