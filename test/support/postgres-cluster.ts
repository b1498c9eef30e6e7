import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.js';

/** A PostgreSQL of its own, on loopback, in a temporary folder. */
export interface Cluster {
  /** Connection string without a database name at its end. */
  url: string;
  folder: string;
  /** SIGKILL to the postmaster, as a power cut of the server process would be. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Folder of the newest PostgreSQL's programs from Debian's packages, or on the PATH; null where there is none. */
export function postgresPrograms(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) if (existsSync(join(debian, version, 'bin', 'initdb'))) return join(debian, version, 'bin');
  return null;
}

/** PostgreSQL refuses to run as root: there it runs as the package's own user. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * @param options.durable true: fsync on, as in production; false: faster, for tests that do not cut the power
 */
export async function startCluster(programs: string, options: { durable: boolean }): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  const user = unprivileged();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
  execFileSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), '-U', 'gatehouse', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], { ...user, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'max_connections=200', 'log_min_messages=fatal', ...(options.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'])];
  const url = `postgres://gatehouse@127.0.0.1:${port}/`;
  let server: ChildProcess | null = null;

  const ended = (child: ChildProcess) => new Promise<void>((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve())));
  const cluster: Cluster = {
    url,
    folder,
    async start() {
      // One that was killed may leave backends that hold its memory for a while: until they end, the next ends at once.
      for (let attempt = 1; ; attempt++) {
        const child = spawn(join(programs, 'postgres'), ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])], { ...user, cwd: folder, stdio: 'ignore' });
        server = child;
        if (await untilAnswers(`${url}postgres`, child)) return;
        if (attempt === maxStarts) throw new Error(`PostgreSQL in ${folder} ended ${maxStarts} times before it answered.`);
        await new Promise((next) => setTimeout(next, betweenStartsMs));
      }
    },
    async kill() {
      const child = server!;
      // Its backends notice the dead postmaster and end; the next start recovers from the write-ahead log.
      child.kill('SIGKILL');
      await ended(child);
      await new Promise((next) => setTimeout(next, 200));
    },
    async stop() {
      if (server !== null) {
        server.kill('SIGINT');
        await ended(server);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.start();
  return cluster;
}

/**
 * One statement on the cluster itself: `create database`, `drop database`.
 *
 * @param clusterUrl connection string without a database name at its end
 */
export async function administer(clusterUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${clusterUrl}postgres` });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const maxStarts = 100;
const betweenStartsMs = 500;

/** @returns false where the server has ended instead */
async function untilAnswers(connectionString: string, server: ChildProcess): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    if (server.exitCode !== null || server.signalCode !== null) return false;
    const client = new pg.Client({ connectionString });
    client.on('error', () => {}); // a server that is still starting cuts the connection
    try {
      await client.connect();
      await client.query('select 1');
      await client.end();
      return true;
    } catch (error) {
      if (attempt === 300) throw error;
      await new Promise((next) => setTimeout(next, 100));
    }
  }
}
