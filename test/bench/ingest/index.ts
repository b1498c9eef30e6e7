import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { progress, type Measurement } from '../../support/measurements.js';
import { journeyLength, trackerMessage } from '../../support/easypost-messages.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { install, type Installation } from './installation.js';
import type { LoadOutcome } from './load.js';
import { insertsPerSecond } from './pgbench.js';
import { runLoad } from './run-load.js';
import { caughtUpWithinMs, inShape, loadOf, warmUp, type Shape } from './shapes.js';
import { highestSustainedRate } from './sustained.js';

const parcels = 2000;

/** Acknowledged, durable messages a second over HTTP on PostgreSQL, and whether the pipeline keeps up with them. */
export async function measureIngest(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('This benchmark needs PostgreSQL, and none is installed here. (Debian: apt-get install postgresql)');
  const cluster = await startCluster(programs, { durable: true });
  try {
    const unstored = await inInstallation(cluster.url, measureUnstored);
    progress(`the same route without storing: ${Math.round(unstored.accepted / unstored.seconds)}/s`);
    const single = await inInstallation(cluster.url, ({ databaseUrl }) => insertsPerSecond(programs, databaseUrl, trackerMessage(0, 6)));
    progress(single === null ? 'pgbench is not installed: its row is left out' : `pgbench: ${Math.round(single)}/s`);
    const apart = await inInstallation(cluster.url, (installation) => measureProduct(installation, 'apart'));
    const together = await inInstallation(cluster.url, (installation) => measureProduct(installation, 'together'));
    const sustained = await inInstallation(cluster.url, (installation) => inShape(installation, 'apart', () => highestSustainedRate(installation, apart.rate)));
    const limit = unstored.accepted / unstored.seconds;
    return [
      { name: 'acknowledged, serve and work apart', value: apart.rate, unit: 'messages/s', ratio: apart.rate / limit, against: 'the same route without storing', aim: '≥ 0.4 × the same route without storing', ok: apart.rate >= 0.4 * limit },
      ...(single === null ? [] : [{ name: 'acknowledged, serve and work apart', value: apart.rate, unit: 'messages/s', ratio: apart.rate / single, against: 'pgbench inserting single rows', aim: '> pgbench inserting single rows', ok: apart.rate > single }]),
      { name: 'caught up after the last message, apart', value: apart.caughtUpMs, unit: 'ms', aim: `≤ ${caughtUpWithinMs} ms`, ok: apart.caughtUpMs <= caughtUpWithinMs },
      { name: 'highest rate that is caught up in time, apart', value: sustained.rate, unit: 'messages/s', ratio: sustained.rate / apart.rate, against: 'what is acknowledged at most', aim: null, ok: true },
      { name: 'caught up after that rate, apart', value: sustained.caughtUpMs, unit: 'ms', aim: null, ok: true },
      { name: 'acknowledged, one process', value: together.rate, unit: 'messages/s', ratio: together.rate / limit, against: 'the same route without storing', aim: null, ok: true },
      { name: 'caught up after the last message, one process', value: together.caughtUpMs, unit: 'ms', aim: null, ok: true },
      { name: 'time to 202, median, apart', value: apart.outcome.p50, unit: 'ms', aim: null, ok: true },
      { name: 'time to 202, 99th percentile, apart', value: apart.outcome.p99, unit: 'ms', aim: null, ok: true },
      { name: 'decoded and projected while catching up, apart', value: apart.drainRate, unit: 'messages/s', aim: null, ok: true },
      { name: 'the same route without storing', value: limit, unit: 'messages/s', aim: null, ok: true },
      ...(single === null ? [] : [{ name: 'pgbench inserting single rows, 8 clients', value: single, unit: 'rows/s', aim: null, ok: true }]),
      { name: 'request', value: apart.outcome.meanBytes, unit: 'bytes', aim: null, ok: true },
    ];
  } finally {
    await cluster.stop();
  }
}

async function inInstallation<T>(clusterUrl: string, use: (installation: Installation) => Promise<T>): Promise<T> {
  const installation = await install(clusterUrl);
  try {
    return await use(installation);
  } finally {
    await installation.remove();
  }
}

interface ProductOutcome {
  outcome: LoadOutcome;
  rate: number;
  caughtUpMs: number;
  drainRate: number;
}

async function measureProduct(installation: Installation, shape: Shape): Promise<ProductOutcome> {
  return inShape(installation, shape, async () => {
    await warmUp(installation);
    const messages = parcels * journeyLength;
    const outcome = await runLoad(loadOf(installation, { firstSerial: 10_000_000, messages, rate: null }));
    const waiting = await installation.count(`select count(*) from inbox where state = 'RECEIVED'`);
    const caughtUpMs = await installation.untilCaughtUp();
    await checkAllStored(installation, outcome);
    const rate = outcome.accepted / outcome.seconds;
    progress(`${shape}: ${Math.round(rate)}/s acknowledged, ${waiting} waited at the end, caught up after ${Math.round(caughtUpMs)} ms`);
    return { outcome, rate, caughtUpMs, drainRate: waiting / (caughtUpMs / 1000) };
  });
}

async function checkAllStored(installation: Installation, outcome: LoadOutcome): Promise<void> {
  if (outcome.refused > 0) throw new Error(`${outcome.refused} messages were refused under load.`);
  const stored = await installation.count('select count(*) from inbox');
  if (stored < outcome.accepted) throw new Error(`${outcome.accepted} messages were acknowledged and ${stored} are stored.`);
  const quarantined = await installation.count(`select count(*) from inbox where state = 'QUARANTINED'`);
  if (quarantined > 0) throw new Error(`${quarantined} messages could not be decoded.`);
}

async function measureUnstored(installation: Installation): Promise<LoadOutcome> {
  const server = fork(fileURLToPath(new URL('unstored-server.js', import.meta.url)), { env: { ...process.env, ...installation.env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await new Promise((resolve, reject) => {
      server.once('message', resolve);
      server.once('exit', () => reject(new Error('The server without storage did not start.')));
    });
    await runLoad(loadOf(installation, { firstSerial: 0, messages: 250 * journeyLength, rate: null }));
    return await runLoad(loadOf(installation, { firstSerial: 10_000_000, messages: 2 * parcels * journeyLength, rate: null }));
  } finally {
    server.disconnect();
  }
}
