import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../../src/lib/log.js';
import { readConfig } from '../../../src/lib/config.js';
import { openServices } from '../../../src/main.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { connectionId, install } from '../ingest/installation.js';
import { inShape } from '../ingest/shapes.js';
import type { LatencyOptions, LatencyOutcome } from './client.js';

const rates = [100, 500];
const seconds = 8;
const rounds = 3;
const aim = 5;

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** From the POST of a carrier message to the frame at the subscriber, against the least that can be done, in turns. */
export async function measureLatency(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('latency was skipped: no PostgreSQL is installed');
    return [];
  }
  const cluster = await startCluster(programs, { durable: true });
  try {
    const installation = await install(cluster.url);
    try {
      const token = await operatorToken(installation.env);
      return await inShape(installation, 'together', () => withFloor(installation.databaseUrl, async (floorPort) => {
        const product = { port: installation.port, path: `/ingest/${connectionId}`, secret: installation.secret, token };
        const floor = { port: floorPort, path: '/', secret: installation.secret };
        return compare(product, floor);
      }));
    } finally {
      await installation.remove();
    }
  } finally {
    await cluster.stop();
  }
}

type Server = Pick<LatencyOptions, 'port' | 'path' | 'secret' | 'token'>;

async function compare(product: Server, floor: Server): Promise<Measurement[]> {
  let firstSerial = 0;
  const run = async (server: Server, perSecond: number, messages: number) => {
    const outcome = await runClient({ ...server, perSecond, messages, firstSerial });
    firstSerial += messages;
    if (outcome.arrived < messages) throw new Error(`${messages - outcome.arrived} of ${messages} messages did not arrive; ${outcome.refused} were refused.`);
    return outcome;
  };
  for (const server of [product, floor]) await run(server, 200, 1000);
  const results: Measurement[] = [];
  for (const perSecond of rates) {
    const taken: Array<[LatencyOutcome, LatencyOutcome]> = [];
    for (let round = 0; round < rounds; round++) taken.push([await run(product, perSecond, perSecond * seconds), await run(floor, perSecond, perSecond * seconds)]);
    for (const quantile of ['p50', 'p99'] as const) {
      const [ours, least] = [0, 1].map((side) => middle(taken.map((round) => round[side]![quantile]))) as [number, number];
      const name = `${perSecond} messages/s, ${quantile === 'p50' ? 'median' : '99th percentile'}`;
      progress(`${name}: ${ours.toFixed(1)} ms, floor ${least.toFixed(1)} ms`);
      results.push(
        { name: `POST to frame at ${name}`, value: ours, unit: 'ms', ratio: ours / least, against: 'INSERT, NOTIFY and bare ws', aim: `≤ ${aim} × the floor`, ok: ours <= aim * least },
        { name: `floor at ${name}`, value: least, unit: 'ms', aim: null, ok: true },
      );
    }
  }
  return results;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function runClient(options: LatencyOptions): Promise<LatencyOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(at('client.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.once('message', (outcome) => resolve(outcome as LatencyOutcome));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The client ended with status ${code} before it was done.`)));
    child.send(options);
  });
}

async function withFloor<T>(databaseUrl: string, use: (port: number) => Promise<T>): Promise<T> {
  const server = fork(at('floor-server.js'), { env: { ...process.env, DATABASE_URL: databaseUrl }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.once('message', (message) => resolve(message as number));
      server.once('exit', () => reject(new Error('The floor did not start.')));
    });
    return await use(port);
  } finally {
    server.kill();
  }
}

async function operatorToken(env: Record<string, string>): Promise<string> {
  const services = await openServices(readConfig(env), createLog('warn'), { supervise: false });
  try {
    return await services.tokens.create({ role: 'operator', ttl: 3600 });
  } finally {
    await services.close();
  }
}
