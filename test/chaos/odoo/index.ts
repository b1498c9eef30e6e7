import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { testFolder, withInstallations } from '../../odoo/session.js';
import { printed, runSnippet, startOdoo, type Installation, type OdooServer } from '../../odoo/installation.js';
import { startGatehouse, type Gatehouse } from '../../odoo/gatehouse.js';
import { openDatabaseServer, statement } from '../../odoo/cluster.js';
import { withDatabase } from '../../odoo/prepared.js';
import { OdooRpc } from '../../odoo/rpc.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { compare } from './compare.js';
import { startSlowProxy, type SlowProxy } from './slow-proxy.js';
import { realOdoo } from './real-odoo.js';
import { simulatedOdoo } from './simulated-odoo.js';
import { chaosWriteBack } from './write-back.js';

const outageChanges = 1000;
const killChanges = 400;
const kills = 4;
const workerChanges = 400;
const partners = 50;
const connection = 'erp';

/**
 * A real Odoo that tells a real Gatehouse, while one is down or the other is killed: what arrived is
 * compared with what was committed. Then the other way: what Gatehouse writes back.
 */
export async function chaosOdoo(): Promise<Measurement[]> {
  const results: Measurement[] = [];
  await withInstallations([], false, async (odoo) => {
    results.push(...(await withDatabase(odoo, 'chaos', (database) => onOdoo(odoo, database))));
    results.push(...(await withDatabase(odoo, 'written', async (database) => chaosWriteBack(await realOdoo(odoo, database), odoo.databaseUrl))));
  });
  if (results.length === 0) results.push(...(await onSimulated()));
  return results;
}

/** Without an Odoo at hand what is written back is counted in the simulated one. */
async function onSimulated(): Promise<Measurement[]> {
  const server = await openDatabaseServer(join(testFolder(), 'postgres'));
  try {
    return await chaosWriteBack(await simulatedOdoo(), server.url);
  } finally {
    await server.stop();
  }
}

/** What the faults act on. */
interface Stage {
  odoo: Installation;
  database: string;
  gatehouse: Gatehouse;
  proxy: SlowProxy;
  sql<Row extends object>(text: string): Promise<Row[]>;
}

async function onOdoo(odoo: Installation, database: string): Promise<Measurement[]> {
  const gatehouse = await startGatehouse(odoo.databaseUrl, `gatehouse_chaos_${odoo.series}`, [connection]);
  const proxy = await startSlowProxy(Number(new URL(gatehouse.ingestUrl(connection)).port));
  const stage: Stage = { odoo, database, gatehouse, proxy, sql: (text) => statement(odoo.databaseUrl, text, database) };
  try {
    await connect(stage);
    const outage = await gatehouseDown(stage);
    const killed = await workerKilled(stage);
    const workers = await twoWorkers(stage);
    await gatehouse.settled();
    const name = (text: string) => `Odoo ${odoo.series}: ${text}`;
    const told = (text: string, value: number, unit: string): Measurement => ({ name: name(text), value, unit, aim: null, ok: true });
    return [
      told('changes while Gatehouse was down', outageChanges, 'changes'), told('refused attempts to send', outage.attempts, 'events'), told('all sent after Gatehouse was back', outage.seconds, 's'),
      told('worker killed with -9', killed.kills, 'times'), told('of these in the middle of a batch', killed.inBatch, 'times'), told('of these after Gatehouse took it and before Odoo knew', killed.unanswered, 'times'),
      told('workers at once', workers.length, 'workers'), ...workers.map((sent, index) => told(`sent by worker ${index + 1} of two`, sent, 'events')),
      told('transactions rolled back', killed.rolledBack + outage.rolledBack, 'transactions'),
      ...(await compare(stage, connection, name)),
    ];
  } finally {
    await proxy.close();
    await gatehouse.remove();
  }
}

async function connect({ odoo, database, gatehouse, proxy }: Stage): Promise<void> {
  const server = await startOdoo(odoo, database, 'chaos-connect');
  try {
    const rpc = new OdooRpc(server.url, database);
    await rpc.signIn();
    const [company] = await rpc.search<{ id: number }>('res.company', [], []);
    await rpc.write('res.company', [company!.id], { gatehouse_url: `http://127.0.0.1:${proxy.port}/ingest/${connection}`, gatehouse_secret: gatehouse.secret });
    // Small, so that a kill meets many batches.
    await rpc.call('ir.config_parameter', 'set_param', ['gatehouse.batch_size', '20']);
  } finally {
    await server.stop();
  }
}

/** Odoo's cron goes on trying while Gatehouse is down, and sends everything once it is back. */
async function gatehouseDown(stage: Stage) {
  await stage.gatehouse.stopProduct();
  const server = await startOdoo(stage.odoo, stage.database, 'chaos-outage');
  try {
    const { rolledBack } = await change(stage, outageChanges, 'Down');
    for (let waited = 0; waited < 30_000 && (await attempts(stage)) === 0; waited += 500) await pause(500);
    const refused = await attempts(stage);
    await stage.gatehouse.startProduct();
    const startMs = Date.now();
    await allSent(stage, 'after the outage');
    return { rolledBack, attempts: refused, seconds: (Date.now() - startMs) / 1000 };
  } finally {
    await server.stop();
  }
}

async function attempts(stage: Stage): Promise<number> {
  const [row] = await stage.sql<{ attempts: string }>('select coalesce(sum(attempts), 0) as attempts from gatehouse_outbox');
  return Number(row!.attempts);
}

/** Odoo is killed while its cron delivers, and started again: by turns as soon as it holds a batch, and when Gatehouse took the batch but the answer is on its way. */
async function workerKilled(stage: Stage) {
  const { rolledBack } = await change(stage, killChanges, 'Killed');
  let inBatch = 0, unanswered = 0;
  for (let kill = 0; kill < kills; kill++) {
    const waitForAnswer = kill % 2 === 1;
    stage.proxy.delayMs = waitForAnswer ? 3000 : 0;
    const server = await startOdoo(stage.odoo, stage.database, `chaos-kill-${kill + 1}`);
    await wake(stage);
    await untilSending(stage, () => !waitForAnswer || stage.proxy.held > 0);
    if (stage.proxy.held > 0) unanswered++;
    await server.kill();
    const [row] = await stage.sql<{ held: string; open: string }>(`select count(*) filter (where state = 'sending' and ${leased}) as held, count(*) filter (where state <> 'sent') as open from gatehouse_outbox`);
    if (row!.held !== '0') inBatch++;
    progress(`${stage.odoo.series}: kill ${kill + 1} of ${kills}, ${row!.held} events were being sent, ${row!.open} are open`);
    // The lease of the dead worker ends after five minutes; here it is made to end now.
    await stage.sql(`update gatehouse_outbox set lease_until = (now() at time zone 'UTC') - interval '1 second' where state = 'sending'`);
  }
  stage.proxy.delayMs = 0;
  const server: OdooServer = await startOdoo(stage.odoo, stage.database, 'chaos-after-kills');
  try {
    await wake(stage);
    await allSent(stage, 'after the kills');
  } finally {
    await server.stop();
  }
  return { rolledBack, kills, inBatch, unanswered };
}

const leased = `lease_until > (now() at time zone 'UTC')`;

/** As the next change by anybody would: Odoo's cron looks only every minute by itself. */
async function wake({ odoo, database }: Stage): Promise<void> {
  await statement(odoo.databaseUrl, `select pg_notify('cron_trigger', $1)`, 'postgres', [database]);
}

/** Until a worker that lives holds a batch. */
async function untilSending(stage: Stage, also: () => boolean): Promise<void> {
  for (let waited = 0; waited < 90_000; waited += 2) {
    const [row] = await stage.sql<{ held: boolean }>(`select exists(select from gatehouse_outbox where state = 'sending' and ${leased}) as held`);
    if (row!.held && also()) return;
    if (waited % 5000 === 4998) await wake(stage);
    await pause(2);
  }
  throw new Error('Odoo does not begin to send within 90 seconds.');
}

/** Two processes deliver at once, without Odoo's own guard that one cron runs once. */
async function twoWorkers(stage: Stage): Promise<number[]> {
  await change(stage, workerChanges, 'Two');
  // Late enough for both to have started.
  const startAt = Date.now() + 15_000;
  const runs = await Promise.all([1, 2].map(() => runSnippet(stage.odoo, 'deliver', stage.database, { seconds: 120, startAt })));
  await allSent(stage, 'by two workers');
  return runs.map((run) => printed<number>(run, 'SENT'));
}

async function change(stage: Stage, count: number, word: string): Promise<{ rolledBack: number }> {
  progress(`${stage.odoo.series}: ${count} changes (${word})`);
  return printed(await runSnippet(stage.odoo, 'changes', stage.database, { count, partners, word }), 'CHANGES');
}

async function allSent(stage: Stage, when: string): Promise<void> {
  for (let waited = 0; waited < 300_000; waited += 250) {
    const [row] = await stage.sql<{ open: string; dead: string }>(`select count(*) filter (where state in ('pending', 'sending')) as open, count(*) filter (where state = 'dead') as dead from gatehouse_outbox`);
    if (row!.dead !== '0') throw new Error(`${row!.dead} events are dead ${when}.`);
    if (row!.open === '0') return;
    if (waited % 10_000 === 0) progress(`${stage.odoo.series}: ${row!.open} events are still open ${when}`);
    await pause(250);
  }
  throw new Error(`Not everything is sent ${when} within five minutes.`);
}
