import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/lib/package-root.js';
import type { SyncFigures, SyncRun } from '../../src/jobs/tasks/sync-run.js';
import { gatehouse as command } from '../support/command-line.js';
import { progress } from '../support/measurements.js';
import { Actions } from './flows/actions.js';
import { invoiceFlows, purchaseFlows, saleFlows, stepFlows } from './flows/steps.js';
import { World } from './flows/world.js';
import { startGatehouse, type Gatehouse } from './gatehouse.js';
import { printed, runSnippet, startOdoo, type Installation } from './installation.js';
import type { StepResult } from './main.js';
import { withDatabase } from './prepared.js';

const connection = 'erp';

/**
 * A real Odoo read by a real Gatehouse: what the outbox told is equal to what is read; what was there
 * before, or changed by raw SQL, is found, and nothing else. Then the contract that holds the
 * simulated Odoo as well.
 */
export function syncStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'sync', async (database) => {
    const keys = printed<{ apiKey: string; otherApiKey: string }>(await runSnippet(odoo, 'sync', database, { days: 5 }), 'KEYS');
    const gatehouse = await startGatehouse(odoo.databaseUrl, `gatehouse_sync_${odoo.series}`, [connection]);
    try {
      const server = await startOdoo(odoo, database, 'sync');
      try {
        const world = new World(odoo, database, server.url, gatehouse);
        const result = await run(world, server.url, keys.apiKey);
        // The contract makes Odoo complain on purpose.
        const complaints = server.complaints();
        const contract = await runContract({ url: server.url, database, login: 'gatehouse', ...keys, connection, version: `${odoo.series}.0` });
        return { failures: [...result.failures, ...complaints, ...contract], told: result.told };
      } finally {
        await server.stop();
      }
    } finally {
      await gatehouse.remove();
    }
  });
}

async function run(world: World, url: string, apiKey: string): Promise<StepResult> {
  const { gatehouse } = world;
  const failures: string[] = [];
  const told: string[] = [];
  await world.rpc.signIn();
  const [company] = await world.rpc.search<{ id: number }>('res.company', [], []);
  await world.rpc.write('res.company', [company!.id], { gatehouse_url: gatehouse.ingestUrl(connection), gatehouse_secret: gatehouse.secret });
  world.connections.set(company!.id, connection);
  const actions = new Actions(world, company!.id);
  for (const flow of [saleFlows, purchaseFlows, invoiceFlows, stepFlows]) {
    progress(`${world.odoo.series} sync: ${flow.name}`);
    await flow(world, actions);
  }
  await command(['connection', 'set', connection, '--set', `url=${url}`, '--set', `database=${world.database}`, '--set', 'login=gatehouse', '--set', `apiKey=${apiKey}`], gatehouse.env);
  const tested = await command(['connection', 'test', connection], gatehouse.env);
  if (!tested.stdout.includes(`${connection} works.`)) failures.push(`connection test: ${tested.stdout}${tested.stderr}`);

  const first = await synchronise(gatehouse, 'what was there before', told);
  for (const [topic, figures] of Object.entries(first.figures)) {
    if (figures.missingThere + figures.unreadable > 0) failures.push(`Of what the outbox told of ${topic} not all is read: ${JSON.stringify(figures)}`);
  }
  failures.push(...(await changedByReading(gatehouse)).map((text) => `What the outbox told is not what is read: ${text}`));
  failures.push(...unlike('again', await synchronise(gatehouse, 'again', told), {}));

  const [changed] = await world.sql<{ id: number }>(`update res_partner set city = 'Changed by SQL' where id = (select max(id) from res_partner where parent_id is null and active) returning id`);
  await world.sql(`update stock_picking set origin = 'Changed by SQL' where id = (select max(p.id) from stock_picking p join stock_picking_type t on t.id = p.picking_type_id where t.code = 'outgoing')`);
  await world.sql(`update sale_order set client_order_ref = 'Changed by SQL' where id = (select min(id) from sale_order)`);
  await world.sql(`insert into res_partner select (jsonb_populate_record(p, jsonb_build_object('id', nextval('res_partner_id_seq'), 'name', 'Made by SQL', 'city', 'Bruges'))).* from res_partner p where p.id = ${changed!.id}`);
  const [quant] = await world.sql<{ id: number }>(`update stock_quant set quantity = quantity + 3 where id = (select max(q.id) from stock_quant q join stock_location l on l.id = q.location_id where l.usage = 'internal') returning id`);
  if (quant === undefined) failures.push('There is no stock to change.');
  failures.push(...unlike('after raw SQL', await synchronise(gatehouse, 'after raw SQL', told), { partner: { repaired: 1, missingHere: 1 }, delivery: { repaired: 1 }, order: { repaired: 1 }, stock: { repaired: 1 } }));
  await world.sql(`delete from res_partner where name = 'Made by SQL'`);
  failures.push(...unlike('after a deletion by SQL', await synchronise(gatehouse, 'after a deletion by SQL', told), { partner: { missingThere: 1 } }));
  failures.push(...unlike('at the end', await synchronise(gatehouse, 'at the end', told), {}));

  const [key] = await gatehouse.rows<{ title: string }>(`select title from exception where kind = 'API_KEY_EXPIRES' and state <> 'RESOLVED'`);
  if (world.odoo.series !== '17' && key === undefined) failures.push('Nobody was warned of the key that ends in five days.');
  return { failures, told };
}

/** Fields that the outbox had told otherwise than they were read. */
async function changedByReading(gatehouse: Gatehouse): Promise<string[]> {
  const found = await gatehouse.rows<{ subject: string; read: Record<string, unknown>; told: Record<string, unknown> | null }>(`
    select e.subject, e.payload->'data' as read,
      (select p.payload->'data' from event p where p.subject = e.subject and p.position < e.position order by (p.payload->>'recordVersion')::bigint desc limit 1) as told
    from event e join inbox i on i.id = e.causation_id where i.dedupe_key like 'sync:%' and e.payload ? 'recordVersion'`);
  return found.flatMap(({ subject, read, told }) => (told === null ? [] : Object.keys({ ...told, ...read }).filter((field) => JSON.stringify(told[field]) !== JSON.stringify(read[field]))
    .map((field) => `${subject} ${field}: ${JSON.stringify(told[field])} was told, ${JSON.stringify(read[field])} is read`)));
}

/** Runs `gatehouse sync --watch` and gives the run. */
async function synchronise(gatehouse: Gatehouse, name: string, told: string[]): Promise<SyncRun> {
  const result = await command(['sync', connection, '--watch'], gatehouse.env, 180_000);
  await gatehouse.settled();
  const [run] = await gatehouse.rows<SyncRun>('select * from sync_run order by started_at desc limit 1');
  if (run?.state !== 'DONE') throw new Error(`The synchronisation "${name}" did not succeed: ${result.stdout}${result.stderr}`);
  told.push(`${name}: ${JSON.stringify(differences(run))} of ${Object.values(run.figures).reduce((sum, each) => sum + each.read, 0)} records`);
  return run;
}

function differences(run: SyncRun): Record<string, Partial<SyncFigures>> {
  const entries = Object.entries(run.figures).map(([topic, figures]) => [topic, Object.fromEntries(Object.entries(figures).filter(([name, count]) => count > 0 && !['read', 'equal', 'ignored'].includes(name)))] as const);
  return Object.fromEntries(entries.filter(([, found]) => Object.keys(found).length > 0));
}

function unlike(name: string, run: SyncRun, expected: Record<string, Partial<SyncFigures>>): string[] {
  const sorted = (value: Record<string, Partial<SyncFigures>>) => JSON.stringify(Object.entries(value).map(([topic, figures]) => [topic, Object.entries(figures).sort()]).sort());
  const found = differences(run);
  return sorted(found) === sorted(expected) ? [] : [`The synchronisation "${name}" found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}.`];
}

/** Runs the contract of the simulated Odoo against this one. Not waited for in a blocking way: what Odoo logs must be read meanwhile. */
async function runContract(odoo: object): Promise<string[]> {
  const args = [join(packageRoot, 'node_modules', 'vitest', 'vitest.mjs'), 'run', 'test/sandbox/odoo-real.test.ts'];
  const child = spawn(process.execPath, args, { cwd: packageRoot, env: { ...process.env, GATEHOUSE_ODOO_UNDER_TEST: JSON.stringify(odoo) }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return status === 0 ? [] : [`The contract does not hold:\n${output.slice(-4000)}`];
}
