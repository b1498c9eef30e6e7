import pg from 'pg';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { fillTables, type DocumentName } from './graph.js';
import { Fanout, type Memory, type Run } from './processes.js';

const subscribers = 1000;
const rounds = 3;
/** Sockets whose memory is taken, after the first ones, which pay for what is made once. */
const idle = { first: 300, counted: 2000 };

/** What is kept only while a connection begins is gone by then: the timers for that run 5 s. */
const untilIdleMs = 6000;

type Named = Omit<Run, 'databaseUrl' | 'subscribers'> & { name: string; events: number; perSecond: number };

/** Server CPU of a delivery, and memory of an idle subscriber, each beside its peers in the same run. */
export async function measureFanout(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('fanout was skipped: no PostgreSQL is installed');
    return [];
  }
  const cluster = await startCluster(programs, { durable: false });
  const databaseUrl = `${cluster.url}postgres`;
  try {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    await fillTables(pool);
    await pool.end();
    return [...(await deliveries('order', databaseUrl)), ...(await deliveries('memory', databaseUrl)), ...(await memories(databaseUrl))];
  } finally {
    await cluster.stop();
  }
}

async function deliveries(document: DocumentName, databaseUrl: string): Promise<Measurement[]> {
  const what = document === 'order' ? 'with shipment and order' : 'from memory only';
  const bytes = await bytesOf({ kind: 'hub', document, subscribers: 1, databaseUrl });
  const runs: Named[] = [
    { name: 'hub', kind: 'hub', document, events: 40, perSecond: 10 },
    { name: 'hub, 100 groups', kind: 'hub', document, groups: 100, events: 40, perSecond: 10 },
    { name: 'ws', kind: 'ws', document, bytes, events: 40, perSecond: 10 },
    { name: 'graphql-ws', kind: 'graphql-ws', document, events: 4, perSecond: document === 'order' ? 1 : 4 },
  ];
  const figures = await inTurns(runs, databaseUrl);
  for (const [name, microseconds] of figures) progress(`${what}, ${name}: ${microseconds.toFixed(1)} µs`);
  const [ours, grouped, bare, plain] = runs.map(({ name }) => figures.get(name)!) as [number, number, number, number];
  const unit = 'µs of server CPU/delivery';
  return [
    { name: `${subscribers} subscribers ${what}`, value: ours, unit, ratio: ours / bare, against: `a bare ws broadcast of ${bytes} bytes`, aim: '≤ 1.6 × bare ws', ok: ours <= 1.6 * bare },
    { name: `${subscribers} subscribers ${what}`, value: ours, unit, ratio: ours / plain, against: 'graphql-ws, an execution each', aim: '≤ 0.1 × graphql-ws', ok: ours <= 0.1 * plain },
    { name: `${subscribers} subscribers in 100 groups ${what}`, value: grouped, unit, ratio: grouped / bare, against: 'bare ws', aim: null, ok: true },
    { name: `bare ws, ${bytes} bytes`, value: bare, unit, aim: null, ok: true },
    { name: `graphql-ws ${what}`, value: plain, unit, ratio: plain / bare, against: 'bare ws', aim: null, ok: true },
  ];
}

async function bytesOf(run: Run): Promise<number> {
  return using(run, async (fanout) => (await fanout.deliver(3, 10)).bytes);
}

/** One server after the other, `rounds` times, so that what else the machine does falls on all; the middle one of each. */
async function inTurns(runs: readonly Named[], databaseUrl: string): Promise<Map<string, number>> {
  const taken = new Map(runs.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, events, perSecond, ...run } of runs) {
      taken.get(name)!.push(await using({ ...run, subscribers, databaseUrl }, async (fanout) => {
        await fanout.deliver(Math.ceil(events / 4), perSecond);
        return (await fanout.deliver(events, perSecond)).microseconds;
      }));
    }
  }
  return new Map([...taken].map(([name, each]) => [name, each.sort((a, b) => a - b)[Math.floor(rounds / 2)]!]));
}

async function memories(databaseUrl: string): Promise<Measurement[]> {
  const per = new Map<string, Memory>();
  for (const kind of ['hub', 'ws', 'graphql-ws'] as const) {
    per.set(kind, await using({ kind, document: 'order', subscribers: idle.first, databaseUrl }, async (fanout) => {
      const before = await fanout.memory();
      await fanout.connect(idle.counted);
      await new Promise((next) => setTimeout(next, untilIdleMs));
      const after = await fanout.memory();
      return { heap: (after.heap - before.heap) / idle.counted, rss: (after.rss - before.rss) / idle.counted };
    }));
  }
  const [ours, bare, plain] = [per.get('hub')!, per.get('ws')!, per.get('graphql-ws')!];
  const row = (name: string, { heap, rss }: Memory, aim?: number): Measurement[] => [
    { name: `idle ${name}, heap and buffers`, value: heap, unit: 'bytes', ratio: heap / bare.heap, against: 'a bare ws socket', aim: aim === undefined ? null : `≤ ${aim} × bare ws`, ok: aim === undefined || heap <= aim * bare.heap },
    { name: `idle ${name}, resident`, value: rss, unit: 'bytes', ratio: rss / bare.rss, against: 'a bare ws socket', aim: aim === undefined ? null : `≤ ${aim} × bare ws`, ok: aim === undefined || rss <= aim * bare.rss },
  ];
  return [...row('subscriber', ours, 1.5), ...row('bare ws socket', bare), ...row('subscriber of graphql-ws', plain)];
}

async function using<T>(run: Run, use: (fanout: Fanout) => Promise<T>): Promise<T> {
  const fanout = new Fanout(run);
  try {
    await fanout.start();
    return await use(fanout);
  } finally {
    fanout.end();
  }
}
