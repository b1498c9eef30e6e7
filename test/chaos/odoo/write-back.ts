import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { acceptCommands, type NewCommand } from '../../../src/events/commands.js';
import { readConfig } from '../../../src/lib/config.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, type Services } from '../../../src/main.js';
import { startGatehouse, type Gatehouse } from '../../odoo/gatehouse.js';
import { journeyLength, signedHeaders, trackerMessage, trackingNumber } from '../../support/easypost-messages.js';
import { progress, type Measurement } from '../../support/measurements.js';
import type { FaultyOdoo } from './faulty-odoo.js';
import { countWritten } from './written.js';

const connection = 'erp';
const carrier = 'carrier';
const carrierSecret = 'secret of the carrier';
/** With twelve scans each a thousand milestones. */
const deliveries = 84;
const labels = 200;
const labelBytes = 30_000;
const kills = 3;
/** Transactions of Odoo that fail at their end, when the row of the inbox is written. */
const rollbacks = 15;

export interface WriteBackStage {
  odoo: FaultyOdoo;
  gatehouse: Gatehouse;
  services: Services;
}

/** Odoo is down while results come in, its transactions fail, and the gateway is killed while it writes them back. */
export async function chaosWriteBack(odoo: FaultyOdoo, databaseUrl: string): Promise<Measurement[]> {
  const gatehouse = await startGatehouse(databaseUrl, 'gatehouse_written', [connection]);
  const services = await openServices(readConfig(gatehouse.env), createLog('warn'), { supervise: false });
  const stage: WriteBackStage = { odoo, gatehouse, services };
  try {
    const pickings = await connect(stage);
    await report(stage);
    await bookLabels(stage, pickings);
    const waiting = await until(stage, 'what is to be written back waits', `count(*) filter (where state in ('QUEUED', 'WAITING', 'CALLING'))::int as value`, (count) => count > deliveries * journeyLength + labels);
    await until(stage, 'it was tried in vain', `coalesce(sum(attempts), 0)::int as value`, (attempts) => attempts > 0);
    await odoo.failTransactions(rollbacks);
    const startMs = Date.now();
    const inFlight = await comesBack(stage);
    await until(stage, 'all is written back', `count(*) filter (where state <> 'DONE')::int as value`, (open) => open === 0, 400_000);
    return await countWritten(stage, { pickings, milestonesEach: journeyLength, labels, waiting, kills, inFlight, seconds: (Date.now() - startMs) / 1000, rollbacks });
  } finally {
    await odoo.close();
    await services.close();
    await gatehouse.remove();
  }
}

/** Gatehouse knows the deliveries, and where Odoo will be; until it is up there is nobody. */
async function connect({ odoo, gatehouse, services }: WriteBackStage): Promise<number[]> {
  await services.connections.add({ id: carrier, connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: carrierSecret } });
  // The partner is found again soon, so that the run does not take longer than its faults.
  const overrides = JSON.stringify({ openSeconds: 1, openMaxSeconds: 3, backoffMaxSeconds: 5, attempts: 50 });
  await gatehouse.rows(`insert into partner_policy (connection, overrides, changed_by, changed_at) values ($1, $2, 'test', now())`, [connection, overrides]);
  const { pickings, settings, apiKey } = await odoo.makeDeliveries(gatehouse, connection, Array.from({ length: deliveries }, (_, serial) => trackingNumber(serial)));
  await services.connections.change(connection, settings, { apiKey });
  return pickings;
}

/** The carrier tells of every parcel, later scans first and each message twice. */
async function report({ odoo, gatehouse }: WriteBackStage): Promise<void> {
  progress(`${odoo.name}: ${deliveries * journeyLength} milestones while Odoo is down`);
  for (const count of [journeyLength, 5, 9, journeyLength]) {
    await Promise.all(Array.from({ length: deliveries }, async (_, serial) => {
      const body = trackerMessage(serial, count);
      const answer = await fetch(gatehouse.ingestUrl(carrier), { method: 'POST', headers: signedHeaders(carrierSecret, body), body });
      if (answer.status !== 202) throw new Error(`A message of the carrier was answered with ${answer.status}.`);
    }));
  }
  await gatehouse.settled();
}

async function bookLabels({ services }: WriteBackStage, pickings: readonly number[]): Promise<void> {
  const commands = Array.from({ length: labels }, (_, index): NewCommand<'odoo.apply'> => {
    const recordId = pickings[index % pickings.length]!;
    const values = { document: uuidv7(), name: `label-${index}.pdf`, format: 'PDF', content: randomBytes(labelBytes).toString('base64') };
    return { kind: 'odoo.apply', connection, company: 'main', lane: 'DISPATCH', requestedBy: 'chaos', idempotencyKey: `label ${index}`, subject: `odoo.delivery:${connection}:${recordId}`, correlationId: uuidv7(), input: { topic: 'label', model: 'stock.picking', recordId, values } };
  });
  await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands));
}

/** Odoo is back, slow at first, and the gateway is killed while calls are under way. */
async function comesBack(stage: WriteBackStage): Promise<number> {
  const { odoo, gatehouse } = stage;
  odoo.slow(400);
  await odoo.up();
  let inFlight = 0;
  for (let kill = 0; kill < kills; kill++) {
    const before = await doneOf(stage);
    // Some were carried out since the last start, and some are under way.
    await until(stage, 'calls are under way', `(count(*) filter (where state = 'CALLING') * (count(*) filter (where state = 'DONE') > ${before})::int)::int as value`, (calling) => calling > 0, 240_000);
    await gatehouse.killProduct();
    const [row] = await gatehouse.rows<{ value: number }>(`select count(*)::int as value from command where state = 'CALLING'`);
    if (row!.value > 0) inFlight++;
    progress(`${odoo.name}: kill ${kill + 1} of ${kills}, ${row!.value} commands were being carried out`);
    await gatehouse.startProduct();
  }
  odoo.slow(0);
  return inFlight;
}

async function doneOf({ gatehouse }: WriteBackStage): Promise<number> {
  const [row] = await gatehouse.rows<{ value: number }>(`select count(*)::int as value from command where state = 'DONE'`);
  return row!.value;
}

async function until({ odoo, gatehouse }: WriteBackStage, what: string, figure: string, isReached: (value: number) => boolean, timeoutMs = 120_000): Promise<number> {
  for (let waited = 0; ; waited += 20) {
    const [row] = await gatehouse.rows<{ value: number }>(`select ${figure} from command where kind = 'odoo.apply'`);
    if (isReached(row!.value)) return row!.value;
    if (waited % 10_000 === 0) progress(`${odoo.name}: until ${what}: ${row!.value}`);
    if (waited > timeoutMs) throw new Error(`It did not come to be within ${timeoutMs / 1000} s that ${what}: ${row!.value}.`);
    await pause(20);
  }
}
