import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Services } from '../../../src/main.js';
import { drawDay } from '../../../src/sandbox/yard/day.js';
import { gridMinutes } from '../../../src/sandbox/yard/site.js';
import { hourMs, minuteMs } from '../../../src/sandbox/yard/types.js';
import { freePort } from '../../support/free-port.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms } from '../../support/postgres-cluster.js';
import { startProduct, type Product } from '../../support/product.js';
import { openChaosDatabase } from '../target.js';
import { compareDay } from './compare.js';
import { openStage } from './stage.js';

const hours = 10;
/** In which the day is played: ten for 60 times speed. */
const minutes = Number(process.env['CHAOS_MINUTES'] ?? 10);
const seed = Number(process.env['CHAOS_SEED'] ?? 20_261_122);
const size = { docks: 40, trailers: 120, carriers: 8, appointments: Number(process.env['CHAOS_APPOINTMENTS'] ?? 300) };
const settleTimeoutMs = 600_000;

interface Target {
  services: Services;
  urls: string[];
  /** SIGKILL to the worker, which is started again. */
  killWorker(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A day at a busy site is played at 60 times speed to two servers and a worker, which is killed while it works: what the board, Odoo
 * and the event log show at its end is compared with what was played, and the detention bill with one that is worked out here.
 */
export async function chaosYard(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('No PostgreSQL is installed here: nothing was tried. (Debian: apt-get install postgresql)');
    return [];
  }
  const target = await startTarget(programs);
  try {
    return await run(target);
  } finally {
    await target.remove();
  }
}

async function startTarget(programs: string): Promise<Target> {
  const { env, services, remove } = await openChaosDatabase(programs, { GATEHOUSE_SYNC_HOUR: 'off' });
  const ports = [await freePort(), await freePort()];
  const servers: Product[] = [];
  for (const port of ports) servers.push(await startProduct(['serve', '--no-work'], { ...env, PORT: String(port) }));
  let worker = await startProduct(['work'], env);
  return {
    services, urls: ports.map((port) => `http://127.0.0.1:${port}`),
    async killWorker() {
      await worker.kill();
      worker = await startProduct(['work'], env);
    },
    async remove() {
      await Promise.all([...servers, worker].map((product) => product.kill()));
      await remove();
    },
  };
}

async function run(target: Target): Promise<Measurement[]> {
  const gridMs = gridMinutes * minuteMs;
  // The day ends when it has been played, and not before: nothing is told that is still to come.
  const startMs = Math.floor((Date.now() + minutes * minuteMs - hours * hourMs) / gridMs) * gridMs;
  const day = drawDay({ ...size, seed, hours, startMs });
  const stage = await openStage(target.services, target.urls, day, seed);
  try {
    progress('the site is there; what was before the day is told');
    await stage.player.prepare();
    await settled(stage.services, stage.backlog);
    progress(`${stage.player.counts.requests} requests; the day begins`);
    const startedMs = Date.now();
    const kills = killWorker(target);
    const watch = setInterval(() => progress(`${stage.player.counts.steps} steps${stage.player.surprises.slice(-1).map((text) => `, ${stage.player.surprises.length} surprises, the last: ${text}`).join('')}`), 30_000);
    await stage.player.play((hours * 60) / minutes);
    clearInterval(watch);
    const killed = await kills;
    const playedSeconds = (Date.now() - startedMs) / 1000;
    progress(`the day is over after ${playedSeconds.toFixed(0)} s`);
    await settled(stage.services, stage.backlog);
    const settledSeconds = (Date.now() - startedMs) / 1000 - playedSeconds;
    return await compareDay(stage, [
      { name: 'played in', value: playedSeconds, unit: 's' }, { name: 'speed', value: (hours * 3_600) / playedSeconds, unit: 'times' }, { name: 'settled after', value: settledSeconds, unit: 's' }, { name: 'worker killed with -9', value: killed, unit: 'times' },
    ]);
  } finally {
    await stage.close();
  }
}

async function killWorker(target: Target): Promise<number> {
  for (const share of [1 / 3, 1 / 3]) {
    await pause(minutes * minuteMs * share);
    await target.killWorker();
    progress('the worker was killed and started again');
  }
  return 2;
}

/** Until every message was delivered, read and projected, and Odoo was told of all. */
export async function settled({ database }: Pick<Services, 'database'>, backlog: () => number): Promise<void> {
  const endMs = Date.now() + settleTimeoutMs;
  for (let quiet = 0; quiet < 3; await pause(1_000)) {
    const { rows: [row] } = await sql<{ inbox: number; behind: number; commands: number }>`
      select (select count(*)::int from inbox where state = 'RECEIVED') as inbox, (select count(*)::int from command where state in ('QUEUED', 'WAITING', 'CALLING')) as commands,
        ((select position from log_head) - coalesce((select position from projection where name = 'main'), 0)
          + (select count(*) from pgboss.job where name = 'follow-up' and state in ('created', 'retry', 'active')))::int as behind`.execute(database.kysely);
    quiet = backlog() === 0 && row!.inbox === 0 && row!.behind === 0 && row!.commands === 0 ? quiet + 1 : 0;
    if (Date.now() > endMs) throw new Error(`It did not settle: ${JSON.stringify(row)}`);
  }
}
