import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parcelApiKey } from '../../../../src/sandbox/parcel/server.js';
import { gatehouse as command } from '../../../support/command-line.js';
import { progress } from '../../../support/measurements.js';
import { startParcelSandbox, type ParcelSandbox } from '../../../support/parcel-sandbox.js';
import { startGatehouse } from '../../gatehouse.js';
import { printed, runSnippet, startOdoo, type Installation } from '../../installation.js';
import type { StepResult } from '../../main.js';
import { withDatabase } from '../../prepared.js';
import { World } from '../world.js';
import { Desk, webhookSecret } from './desk.js';
import { screens } from './screens.js';
import { abroad, cancelling, journey, outage, partial, refusal, returning } from './stories.js';

/**
 * A real Odoo, a real Gatehouse and a simulated carrier over HTTP: from the rate on the order to the billing of the
 * delivery, by the buttons that people press in Odoo.
 */
export function deliveryStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'delivery', async (database) => {
    const { apiKey } = printed<{ apiKey: string }>(await runSnippet(odoo, 'sync', database, { days: 60 }), 'KEYS');
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-odoo-identity-'));
    const carrier = await startParcelSandbox();
    try {
      const server = await startOdoo(odoo, database, 'delivery');
      try {
        const identity = join(folder, 'identity.json');
        writeFileSync(identity, JSON.stringify({ odooUsers: [{ connection: 'erp', ttl: 120, rules: [{ when: { groups: 'stock.group_stock_manager' }, grant: { role: 'operator', companies: ['main'] } }] }] }));
        const gatehouse = await startGatehouse(odoo.databaseUrl, `gatehouse_delivery_${odoo.series}`, ['erp'], { GATEHOUSE_IDENTITY: identity, GATEHOUSE_FRAME_ORIGINS: server.url });
        try {
          const world = new World(odoo, database, server.url, gatehouse);
          const desk = await prepared(world, carrier, server.url, apiKey);
          await tell(desk);
          return { failures: [...desk.failures, ...unexpected(server.complaints()), ...said(desk.failures, gatehouse.output())], told: [`${desk.checks} checks, ${carrier.bought().length} parcels at the carrier (log: ${server.logFile})`, ...desk.told] };
        } finally {
          await gatehouse.remove();
        }
      } finally {
        await server.stop();
      }
    } finally {
      await carrier.stop();
      rmSync(folder, { recursive: true });
    }
  });
}

/** Odoo runs a transaction anew that met another one, and says so as an error; the outage is made on purpose. */
function unexpected(complaints: readonly string[]): string[] {
  return complaints.filter((text) => !/could not serialize access|Gatehouse is not running there/.test(text));
}

/** What Gatehouse said, where something is wrong. */
function said(failures: readonly string[], output: string): string[] {
  return failures.length === 0 || output === '' ? [] : [`Gatehouse said: ${output.slice(-4000)}`];
}

/** Connects all three with one another, as CONFIGURE.md says. */
async function prepared(world: World, carrier: ParcelSandbox, url: string, apiKey: string): Promise<Desk> {
  const { gatehouse, rpc } = world;
  const run = async (...args: string[]) => {
    const result = await command(args, gatehouse.env);
    if (result.code !== 0) throw new Error(`gatehouse ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout.trim();
  };
  await run('connection', 'set', 'erp', '--set', `url=${url}`, '--set', `database=${world.database}`, '--set', 'login=gatehouse', '--set', `apiKey=${apiKey}`);
  await run('connection', 'add', 'easypost', '--id', 'parcel', '--set', `webhookSecret=${webhookSecret}`, '--set', `apiKey=${parcelApiKey}`, '--set', `url=${carrier.url}`);
  const clientSecret = await run('token', 'client', 'rates', '--role', 'odoo');
  await rpc.signIn();
  const [company] = await rpc.search<{ id: number; partner_id: [number, string] }>('res.company', [], ['partner_id']);
  await rpc.write('res.company', [company!.id], {
    gatehouse_url: gatehouse.ingestUrl('erp'), gatehouse_secret: gatehouse.secret, gatehouse_client_id: 'rates', gatehouse_client_secret: clientSecret, gatehouse_billing: 'pod', gatehouse_note_codes: 'DELIVERED',
  });
  world.connections.set(company!.id, 'erp');
  const desk = new Desk(world, carrier, company!.id, url);
  await desk.furnish(company!.partner_id[0]);
  return desk;
}

async function tell(desk: Desk): Promise<void> {
  for (const story of [journey, partial, returning, cancelling, refusal, abroad, outage, screens]) {
    progress(`${desk.world.odoo.series} delivery: ${story.name}`);
    try {
      await story(desk);
    } catch (error) {
      desk.failures.push(`${story.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
