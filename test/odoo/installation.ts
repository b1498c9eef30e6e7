import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../../src/lib/package-root.js';
import { freePort } from '../support/free-port.js';
import { progress } from '../support/measurements.js';
import { complaintsOf } from './log.js';

export const allSeries = ['17', '18', '19'] as const;
export type Series = (typeof allSeries)[number];

/** One Odoo, on one database server. Its programs are run as their users run them. */
export interface Installation {
  series: Series;
  bin: string;
  /** Connection string without a database name at its end. */
  databaseUrl: string;
  /** Holds filestores, sessions and logs. */
  folder: string;
}

/** Path of odoo-bin by series, for those that ODOO_<series>_BIN points to. @throws where it points to nothing */
export function installedSeries(): Map<Series, string> {
  const found = new Map<Series, string>();
  for (const series of allSeries) {
    const bin = process.env[`ODOO_${series}_BIN`];
    if (bin === undefined || bin === '') continue;
    if (!existsSync(bin)) throw new Error(`ODOO_${series}_BIN is ${bin}, which does not exist.`);
    found.set(series, bin);
  }
  return found;
}

export interface RunOptions {
  /** Text for standard input. */
  input?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  /** The caller judges the output itself, whatever the exit status. */
  anyStatus?: boolean;
  /** With its HTTP server, where it otherwise runs without. */
  http?: boolean;
}

export interface Finished {
  output: string;
  /** Lines of level WARNING and above that are not known to be Odoo's own, each with what follows it. */
  complaints: string[];
  logFile: string;
}

const python = process.env['ODOO_PYTHON'] ?? 'python3';

function argumentsFor(odoo: Installation, database: string): string[] {
  const { hostname, port, username, password } = new URL(odoo.databaseUrl);
  const own = join(dirname(odoo.bin), 'addons');
  return [
    `--addons-path=${[...(existsSync(own) ? [own] : []), join(packageRoot, 'dist', 'odoo_addon', `${odoo.series}.0`)].join(',')}`,
    `--db_host=${hostname}`, `--db_port=${port || '5432'}`, `--db_user=${decodeURIComponent(username)}`,
    ...(password === '' ? [] : [`--db_password=${decodeURIComponent(password)}`]),
    '-d', database, `--data-dir=${join(odoo.folder, 'data')}`,
  ];
}

const running = new Set<ChildProcess>();

/** Ends every Odoo of this run at once, for a run that is interrupted. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

function start(odoo: Installation, args: readonly string[], options: RunOptions, onText: (text: string) => void): ChildProcess {
  const child = spawn(python, [odoo.bin, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  child.stdout!.on('data', (chunk: Buffer) => onText(chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => onText(chunk.toString()));
  child.stdin!.on('error', () => {}); // it may end without having read
  child.stdin!.end(options.input ?? '');
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/**
 * Runs odoo-bin to its end; every quarter of a minute it says how long it has been running.
 * @param what one word for the log's name and for people
 * @throws where it ends with another status than 0, or not in time
 */
export async function runOdoo(odoo: Installation, what: string, database: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const logFile = logOf(odoo, what);
  const log = createWriteStream(logFile);
  let output = '';
  const subcommand = args[0] === 'shell' ? ['shell'] : [];
  const rest = args[0] === 'shell' ? args.slice(1) : args;
  const child = start(odoo, [...subcommand, ...argumentsFor(odoo, database), ...(options.http === true ? [] : ['--no-http']), '--max-cron-threads=0', ...rest], options, (text) => {
    output += text;
    log.write(text);
  });
  const startMs = Date.now();
  const ticker = setInterval(() => progress(`${odoo.series} ${what}: ${Math.round((Date.now() - startMs) / 1000)} s, ${lastLine(output)}`), 15_000);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 15 * 60_000);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
  }).finally(() => {
    clearInterval(ticker);
    clearTimeout(timer);
    log.end();
  });
  if (status !== 0 && options.anyStatus !== true) throw new Error(`odoo-bin ${what} of ${odoo.series} ended with ${status} (log: ${logFile}):\n${output.slice(-3000)}`);
  return { output, complaints: complaintsOf(output), logFile };
}

/** Runs a snippet of test/odoo/python in `odoo-bin shell`; its variables are set before it. */
export async function runSnippet(odoo: Installation, name: string, database: string, variables: Readonly<Record<string, unknown>> = {}, options: RunOptions = {}): Promise<Finished> {
  const code = readFileSync(join(packageRoot, 'test', 'odoo', 'python', `${name}.py`), 'utf8');
  const set = `import json\nargs = json.loads(${JSON.stringify(JSON.stringify(variables))})\n`;
  const finished = await runOdoo(odoo, name, database, ['shell', '--log-level=warn'], { ...options, input: `${set}${code}\nprint("SNIPPET ENDED")\n` });
  if (!finished.output.includes('SNIPPET ENDED')) throw new Error(`${name}.py on ${odoo.series} did not run to its end (log: ${finished.logFile}):\n${finished.output.slice(-3000)}`);
  return finished;
}

/** Value of the line `<name> <json>` that a snippet printed. */
export function printed<T>(finished: Finished, name: string): T {
  const line = finished.output.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`The snippet printed no ${name} (log: ${finished.logFile}):\n${finished.output.slice(-2000)}`);
  return JSON.parse(line.slice(name.length + 1)) as T;
}

/** A running Odoo with one cron thread, on loopback. */
export interface OdooServer {
  url: string;
  pid: number;
  complaints(): string[];
  logFile: string;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOdoo(odoo: Installation, database: string, what: string, args: readonly string[] = []): Promise<OdooServer> {
  const port = await freePort();
  const logFile = logOf(odoo, what);
  const log = createWriteStream(logFile);
  let output = '';
  const child = start(odoo, [...argumentsFor(odoo, database), `--http-port=${port}`, '--http-interface=127.0.0.1', `--db-filter=^${database}$`, '--workers=0', '--max-cron-threads=1', '--log-level=info', ...args], {}, (text) => {
    output = (output + text).slice(-2_000_000);
    log.write(text);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = (signal: NodeJS.Signals) => async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    log.end();
  };
  const server: OdooServer = { url: `http://127.0.0.1:${port}`, pid: child.pid!, logFile, complaints: () => complaintsOf(output), kill: end('SIGKILL'), stop: end('SIGTERM') };
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`Odoo ${odoo.series} ended while it started (log: ${logFile}):\n${output.slice(-3000)}`);
    const answer = await fetch(`${server.url}/web/health`).catch(() => null);
    if (answer?.ok === true) return server;
    await pause(200);
  }
  await server.kill();
  throw new Error(`Odoo ${odoo.series} does not answer (log: ${logFile}):\n${output.slice(-3000)}`);
}

function logOf(odoo: Installation, what: string): string {
  const folder = join(odoo.folder, 'log');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${odoo.series}-${what}.log`);
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.replace(/^\S+ \S+ \d+ /, '').slice(0, 120) ?? '';
}
