import { fork, type ChildProcess } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readConfig } from '../../../src/lib/config.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices } from '../../../src/main.js';
import { odooLogin } from '../../../src/sandbox/index.js';
import { parcelApiKey } from '../../../src/sandbox/parcel/server.js';
import { Random } from '../../../src/sandbox/random.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { inShape } from '../ingest/shapes.js';
import { install, type Installation } from '../ingest/installation.js';
import { arrivals } from './arrivals.js';
import type { CarrierTimes, ToCarrier } from './carrier.js';
import type { Rushed, ToOdoo } from './odoo.js';
import { passages, stageNames, type Passage } from './stages.js';

/** 500 deliveries in 10 minutes; shorter windows keep the rate. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 600);
const deliveries = Math.max(10, Math.round((500 / 600) * seconds));
const warmUp = 10;
const patienceMs = 120_000;
const odooAnswerMs = Number(process.env['BENCH_ODOO_MS'] ?? 50);
const aim = 1.5;

const odooConnection = 'erp';
const carrierConnection = 'parcel';

/** From Odoo's validation to the label in Odoo, against what the carrier itself took to answer, under a rush before the cut-off. */
export async function measureLabels(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('labels was skipped: no PostgreSQL is installed');
    return [];
  }
  const cluster = await startCluster(programs, { durable: true });
  const [carrier, odoo] = [startChild('carrier.js'), startChild('odoo.js')];
  try {
    const installation = await install(cluster.url, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    try {
      await connect(installation, carrier, odoo);
      return await inShape(installation, 'together', () => rush(installation, carrier, odoo));
    } finally {
      await installation.remove();
    }
  } finally {
    for (const child of [carrier, odoo]) child.disconnect();
    await cluster.stop();
  }
}

async function connect(installation: Installation, carrier: ChildProcess, odoo: ChildProcess): Promise<void> {
  const parcel = await next<{ url: string }>(carrier);
  const secret = `whsec_${Buffer.from(installation.secret).toString('base64')}`;
  const { url } = await ask<{ url: string }>(odoo, { ask: 'start', options: { target: `http://127.0.0.1:${installation.port}`, connection: odooConnection, secret, answerMs: odooAnswerMs } });
  const services = await openServices(readConfig(installation.env), createLog('warn'), { supervise: false });
  try {
    const { apiKey, ...login } = odooLogin;
    await services.connections.add({ id: odooConnection, connector: 'odoo', company: 'main', settings: { url, ...login }, secrets: { webhookSecret: secret, apiKey } });
    await services.connections.add({ id: carrierConnection, connector: 'easypost', company: 'main', settings: { url: parcel.url }, secrets: { webhookSecret: 'unused', apiKey: parcelApiKey } });
  } finally {
    await services.close();
  }
}

async function rush(installation: Installation, carrier: ChildProcess, odoo: ChildProcess): Promise<Measurement[]> {
  const client = new pg.Client({ connectionString: installation.databaseUrl });
  await client.connect();
  const projected: Array<[position: number, atMs: number]> = [];
  client.on('notification', ({ payload }) => projected.push([Number(payload), Date.now()]));
  await client.query('listen gatehouse_feed');
  try {
    const ids = Array.from({ length: warmUp + deliveries }, (_, index) => 1000 + index);
    await ask(odoo, { ask: 'make', ids });
    await installation.untilCaughtUp();
    await ask(odoo, { ask: 'rush', validations: ids.slice(0, warmUp).map((id, index) => ({ id, atMs: index * 300 })), patienceMs });
    progress(`${deliveries} deliveries within ${seconds} s, closer together towards the end; load ${loadavg()[0]!.toFixed(1)}`);
    const times = arrivals(deliveries, seconds * 1000, new Random(11));
    const rushed = await ask<Rushed>(odoo, { ask: 'rush', validations: ids.slice(warmUp).map((id, index) => ({ id, atMs: times[index]! })), patienceMs });
    progress(`the last label stands; load ${loadavg()[0]!.toFixed(1)}`);
    const all = await passages(client, odooConnection, rushed, await ask<CarrierTimes>(carrier, { ask: 'times' }), (position) => projected.find(([upTo]) => upTo >= position)?.[1] ?? Number.NaN);
    return results(all, Object.values(rushed).filter(({ labelled }) => labelled === null).length);
  } finally {
    await client.end();
  }
}

function results(all: readonly Passage[], missing: number): Measurement[] {
  const told = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const compared = (name: string, share: number): Measurement => {
    const [ours, theirs] = [at(all.map((each) => each.totalMs), share), at(all.map((each) => each.carrierMs), share)];
    return { name: `validated to label in Odoo, ${name}`, value: ours, unit: 'ms', ratio: ours / theirs, against: `the carrier’s own answers (${theirs.toFixed(0)} ms)`, aim: `≤ ${aim}`, ok: ours <= aim * theirs };
  };
  return [
    told('deliveries', all.length, 'deliveries'),
    { name: 'without a label in the end', value: missing, unit: 'deliveries', aim: '0', ok: missing === 0 },
    compared('median', 0.5),
    compared('99th percentile', 0.99),
    told('the same over the carrier’s answers for the same booking, median', at(all.map((each) => each.totalMs / each.carrierMs), 0.5), '×'),
    ...stageNames.flatMap((stage) => [told(`${stage}, median`, at(all.map((each) => each.stages[stage]), 0.5), 'ms'), told(`${stage}, 99th percentile`, at(all.map((each) => each.stages[stage]), 0.99), 'ms')]),
    told('calls at the carrier for a booking', at(all.map((each) => each.carrierCalls), 0.5), 'calls'),
    told('bookings that needed more than one attempt', all.filter(({ attempts }) => attempts > 1).length, 'bookings'),
  ];
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function startChild(file: string): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function next<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('A process of the benchmark ended.'));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
  });
}

function ask<Answer>(child: ChildProcess, question: ToOdoo | ToCarrier): Promise<Answer> {
  const answer = next<Answer>(child);
  child.send(question);
  return answer;
}
