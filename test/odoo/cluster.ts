import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { postgresPrograms } from '../support/postgres-cluster.js';
import { freePort } from '../support/free-port.js';
import { progress } from '../support/measurements.js';

/** Where the databases of Odoo are made. */
export interface DatabaseServer {
  /** Connection string without a database name at its end. */
  url: string;
  stop(): Promise<void>;
}

/**
 * The PostgreSQL of ODOO_DATABASE_URL, or one of our own in `folder`, which stays there: the
 * initialised base databases are found again by the next run.
 * @throws where neither is there
 */
export async function openDatabaseServer(folder: string): Promise<DatabaseServer> {
  const given = process.env['ODOO_DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given.replace(/\/[^/]*$/, '/'), stop: async () => {} };
  const programs = postgresPrograms();
  if (programs === null) throw new Error('No PostgreSQL is installed here (Debian: apt-get install postgresql), and ODOO_DATABASE_URL names none.');
  return startKept(programs, folder);
}

async function startKept(programs: string, folder: string): Promise<DatabaseServer> {
  const data = join(folder, 'data');
  const user = owner();
  const run = { ...user, cwd: folder, stdio: 'pipe' as const };
  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
    progress(`makes a PostgreSQL cluster in ${data}`);
    execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'gatehouse', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], run);
  }
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'max_connections=100', 'log_min_messages=fatal', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  server.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const url = `postgres://gatehouse@127.0.0.1:${port}/`;
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const end = new Promise((resolve) => server.once('exit', resolve));
    // fsync is off: only an orderly end leaves the kept databases whole.
    server.kill('SIGINT');
    await end;
  };
  for (let attempt = 0; ; attempt++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL in ${folder} does not start (is another run using it?):\n${words}`);
    try {
      await statement(url, 'select 1');
      return { url, stop };
    } catch (error) {
      if (attempt === 300) throw error;
      await pause(100);
    }
  }
}

/** PostgreSQL refuses to run as root: there it runs as the package's own user. */
function owner(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Runs one statement in a database of the server, by default the administrative one. */
export async function statement<Row extends object>(url: string, text: string, database = 'postgres', values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: `${url}${database}` });
  client.on('error', () => {}); // a server that is still starting cuts the connection
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Makes `name` anew, empty or as a copy of `template`. */
export async function createDatabase(url: string, name: string, template?: string): Promise<void> {
  await dropDatabase(url, name);
  await statement(url, `create database "${name}"${template === undefined ? '' : ` template "${template}"`}`);
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await statement(url, `drop database if exists "${name}" with (force)`);
}
