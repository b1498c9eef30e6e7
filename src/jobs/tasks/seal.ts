import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { logEnds, makeCheckpoints, readCheckpoint, type ChainedLog } from '../../events/checkpoints.js';
import { sealEvents } from '../../events/seals.js';
import type { TaskContext } from './context.js';
import { partitionSize } from './partitions.js';
import { repeat } from './repeat.js';

const intervalMs = 5000;
/** Processes that share the folder may all have the same process id, each in its container. */
const ownEnding = `${randomUUID()}.new`;

/**
 * Every five seconds: seals what was appended to the event log and signs where both logs are, so that
 * whatever is altered after that is found. Any number of processes may do it; one at a time does.
 */
export function startSealing(tasks: TaskContext): { stop(): Promise<void> } {
  return repeat(() => seal(tasks), intervalMs, (error) => tasks.log.error({ err: error }, 'the logs could not be sealed; it is tried again'));
}

export async function seal(tasks: TaskContext): Promise<void> {
  await sealEvents(tasks.database, partitionSize);
  const made = await makeCheckpoints(tasks.database, tasks.signer);
  if (Object.keys(made).length === 0) return;
  // Outside of the database, where who cuts off its end does not come by; the log may be shipped further.
  tasks.log.info({ checkpoints: made }, 'checkpoints signed');
  await keepCheckpoints(tasks, made);
}

/** Keeps the newest checkpoint of each log in a file. One that is further stays: another process kept it meanwhile, or the log was cut off since. */
async function keepCheckpoints({ database, signer, checkpointFile, log }: TaskContext, made: Partial<Record<ChainedLog, string>>): Promise<void> {
  const kept = await readKept(checkpointFile);
  // After the file is read: what it knows was in the log by then.
  const ends = await logEnds(database.kysely);
  for (const [name, signature] of Object.entries(made) as Array<[ChainedLog, string]>) {
    const [before, now] = [kept[name] === undefined ? null : await readCheckpoint(signer, kept[name]), await readCheckpoint(signer, signature)];
    if (before === null || now === null || before.position < now.position) kept[name] = signature;
    else if (ends[name].position < before.position) log.error({ log: name, position: ends[name].position, known: before.position }, 'a log is shorter than it was: run gatehouse doctor --audit');
  }
  await mkdir(dirname(checkpointFile), { recursive: true });
  const unfinished = `${checkpointFile}.${ownEnding}`;
  await writeFile(unfinished, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, checkpointFile);
}

async function readKept(path: string): Promise<Partial<Record<ChainedLog, string>>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<Record<ChainedLog, string>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
