import { readFile } from 'node:fs/promises';
import { knownCheckpoints, verifyAudit, type BrokenLink, type Verified } from '../../events/audit-verify.js';
import { verifyEvents } from '../../events/seal-verify.js';
import { droppedUpTo, erasedUpTo } from '../../jobs/tasks/retention.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Services } from '../../main.js';

const progressMs = 2000;

/**
 * `doctor --audit`: follows both logs from their first row, against their signed checkpoints: those in
 * the database, those that this machine kept, and one that is given.
 * @param given text with checkpoints kept elsewhere: JWS, separated by whitespace or in JSON
 * @throws GatehouseError CONFLICT when a link is broken
 */
export async function* verifyLogs({ database, signer, tasks }: Services, given: string | undefined): AsyncIterable<string> {
  const elsewhere = [...signaturesIn(await kept(tasks.checkpointFile)), ...signaturesIn(given ?? '')];
  let broken = 0;
  for (const log of ['audit', 'event'] as const) {
    const checkpoints = await knownCheckpoints(database, signer, log, elsewhere);
    let result: Verified & { unsealed?: number };
    const lines: string[] = [];
    const onProgress = reporter((position) => lines.push(`       ${log} log: up to position ${position}`));
    const gone = () => (log === 'audit' ? erasedUpTo : droppedUpTo)(database.kysely);
    const running = (log === 'audit' ? verifyAudit : verifyEvents)(database, checkpoints, gone, onProgress);
    yield* linesWhile(running, lines);
    result = await running;
    if (result.broken !== null) broken++;
    yield result.broken === null ? soundLine(log, result, checkpoints.sound.length, await gone()) : brokenLine(log, result.broken);
  }
  if (broken > 0) throw new GatehouseError('CONFLICT', 'A log is not as it was recorded, see above.');
}

/** @param gone up to which position retention says that it took what was recorded */
function soundLine(log: 'audit' | 'event', { position, unsealed }: Verified & { unsealed?: number }, checkpoints: number, gone: number): string {
  const tail = unsealed === undefined || unsealed === 0 ? '' : `, the last ${unsealed} not sealed yet`;
  const taken = gone === 0 ? '' : ` Retention took ${log === 'audit' ? 'the payloads' : 'the events'} up to ${gone}.`;
  return `ok     The ${log} log is whole up to position ${position} (${checkpoints} signed checkpoints${tail}).${taken}`;
}

function brokenLine(log: string, { position, what }: BrokenLink): string {
  return `WRONG  The ${log} log is broken at position ${position}: ${what}. Keep the database as it is, find out who could write to it, and compare with a backup from before.`;
}

/** Yields what gathers in `lines` until `running` has ended. */
async function* linesWhile(running: Promise<unknown>, lines: string[]): AsyncIterable<string> {
  let ended = false;
  void running.finally(() => (ended = true)).catch(() => {}); // the caller awaits it
  while (!ended) {
    await Promise.race([running.catch(() => {}), new Promise((next) => setTimeout(next, 100))]);
    while (lines.length > 0) yield lines.shift()!;
  }
}

function reporter(report: (position: number) => void): (position: number) => void {
  let lastMs = Date.now();
  return (position) => {
    if (Date.now() - lastMs < progressMs) return;
    lastMs = Date.now();
    report(position);
  };
}

async function kept(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // this machine has signed none
    throw error;
  }
}

/** Everything in a text that has the form of a JWS. */
function signaturesIn(text: string): string[] {
  return text.match(/(?<![\w-])[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
}
