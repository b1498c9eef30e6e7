import { randomBytes } from 'node:crypto';
import type { Config } from '../lib/config.js';
import type { Log } from '../lib/log.js';
import { isDemonstration, openServices, startServer, startWork, type Services } from '../main.js';
import { runHere } from './run-data-command.js';
import { removeServerAddress, writeServerAddress } from './server-file.js';
import { startSandboxFor } from './sandbox.js';

/**
 * The server; with it the workers and the sandbox unless told otherwise. Runs until a signal ends it.
 */
export async function serve(config: Config, log: Log, options: { work: boolean }): Promise<void> {
  const services = await openServices(config, log, { supervise: options.work });
  try {
    await serveWith(services, options);
  } finally {
    await services.close();
  }
}

async function serveWith(services: Services, options: { work: boolean }): Promise<void> {
  const { config, database } = services;
  const embedded = database.kind === 'embedded';
  const secret = randomBytes(32).toString('base64url');
  const server = await startServer(services, embedded ? { secret, run: (command, given, by) => runHere(services, command, given, by) } : undefined);
  try {
    if (embedded) writeServerAddress(config.dataFolder, { pid: process.pid, url: server.url, secret });
    const workers = options.work ? await startWork(services) : null;
    const sandbox = config.sandbox ? await startSandboxFor(services, server.url).catch((error: unknown) => tellWithoutSandbox(services, error)) : null;
    announce(config, services, server.url, options.work);
    // Elsewhere it ends the process, as a terminal that is closed expects.
    if (config.remoteSubgraphs !== undefined) process.on('SIGHUP', () => void server.reload());
    await untilSignal();
    console.log('Stopping: requests and jobs under way are finished first.');
    await sandbox?.stop();
    await server.close();
    await workers?.stop();
  } finally {
    if (embedded) removeServerAddress(config.dataFolder);
  }
}

/** Who serves goes on serving where the simulated world does not start. */
function tellWithoutSandbox({ log }: Services, error: unknown): null {
  log.error({ err: error }, 'the sandbox could not be started');
  console.error('The sandbox could not be started, so nothing moves by itself. Start again, or set GATEHOUSE_SANDBOX=off.');
  return null;
}

/** Workers alone, against a database that other processes serve. */
export async function work(config: Config, log: Log): Promise<void> {
  const services = await openServices(config, log, { supervise: true });
  try {
    const workers = await startWork(services);
    console.log('Gatehouse works: it decodes messages and projects events. Stop with Ctrl+C.');
    await untilSignal();
    await workers.stop();
  } finally {
    await services.close();
  }
}

function announce(config: Config, services: Services, url: string, works: boolean): void {
  const where = services.database.kind === 'embedded' ? `embedded database in ${config.dataFolder}` : 'PostgreSQL';
  console.log(`Gatehouse is ready at ${url} (${where}).`);
  if (isDemonstration(config)) console.log('The sandbox is on: simulated shipments move, and the pages sign in by themselves.');
  else console.log('The pages ask for a token: npm run --silent gatehouse -- token create --role operator');
  if (!works) console.log('This process only serves. Start workers with: npm run --silent gatehouse -- work');
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
