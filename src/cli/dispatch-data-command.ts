import { userInfo } from 'node:os';
import { isRunning, LockedError } from '../db/lock-file.js';
import type { Config } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import type { Log } from '../lib/log.js';
import type { Services } from '../main.js';
import { readServerAddress, type ServerAddress } from './server-file.js';

/**
 * Runs a command where the data is: in the server that owns the embedded database, else here.
 * Prints each line as it comes.
 */
export async function runDataCommand(config: Config, log: Log, name: string, options: Record<string, unknown>): Promise<void> {
  if (config.databaseUrl === undefined) {
    const server = readServerAddress(config.dataFolder);
    if (server !== null && isRunning(server.pid) && (await runThere(server, name, options))) return;
  }
  // Only now: what stands on the database takes a second to load, and most commands need none of it.
  const [services, { runHere }] = [await open(config, log), await import('./run-data-command.js')];
  try {
    for await (const line of runHere(services, name, options, userInfo().username)) console.log(line);
  } finally {
    await services.close();
  }
}

async function open(config: Config, log: Log): Promise<Services> {
  const { openServices } = await import('../main.js');
  try {
    return await openServices(config, log, { supervise: false });
  } catch (error) {
    if (error instanceof LockedError) throw new GatehouseError('UNAVAILABLE', `${error.message} (It may still be starting: try again in a moment.)`);
    throw error;
  }
}

/** @returns false where no server is at that address: it ended without tidying up, and its process id is another's now */
async function runThere(server: ServerAddress, command: string, options: Record<string, unknown>): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`${server.url}/control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gatehouse-control': server.secret },
      body: JSON.stringify({ command, options, by: userInfo().username }),
    });
  } catch (error) {
    if (isRefused((error as Error).cause)) return false;
    throw new GatehouseError('UNAVAILABLE', `The server at ${server.url} did not answer. Restart it and try again.`, { cause: error });
  }
  if (!response.ok || response.body === null) throw new GatehouseError('UNAVAILABLE', `The server at ${server.url} did not take the command (HTTP ${response.status}). Restart it and try again.`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) print(JSON.parse(line) as { line?: string; error?: string; done?: boolean });
  }
  return true;
}

/** `localhost` may stand for several addresses; then each of them refused. */
function isRefused(cause: unknown): boolean {
  const { code, errors } = (cause ?? {}) as { code?: string; errors?: unknown[] };
  return errors === undefined ? code === 'ECONNREFUSED' : errors.every(isRefused);
}

function print(answer: { line?: string; error?: string }): void {
  if (answer.error !== undefined) throw new GatehouseError('BAD_INPUT', answer.error);
  if (answer.line !== undefined) console.log(answer.line);
}
