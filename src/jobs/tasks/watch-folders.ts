import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import type { Connection } from '../../auth/connections.js';
import { connectors } from '../../connectors/registry.js';
import { sha256, uuidv7 } from '../../lib/ids.js';
import { raiseMatter } from './connection-matters.js';
import { encodeName, isUnfinished, join, processedName } from './file-names.js';
import type { TaskContext } from './context.js';
import { repeat } from './repeat.js';

const intervalMs = 2000;
/** How long a file must stay as it is before it counts as whole. A sender that pauses longer writes to another name and renames. */
const settleMs = 5000;

/** Each file, and each folder that cannot be read, as it was at the last look, and since when it is like that. */
type Seen = Map<string, { state: string; sinceMs: number }>;

/**
 * Reads new files from the folders of connections that have the setting `folder`. A file is made
 * durable in the inbox, then moved to `processed/`; one that is too large goes to `failed/`, and people are
 * told. A folder that does not exist is not made: the log and `gatehouse doctor` say so. Several
 * processes may watch one folder: the inbox knows a body that it already has.
 *
 * A file that is still being written is left alone: until it has not changed for `settleMs`, and as
 * long as its name says so (see `isUnfinished`).
 */
export function watchFolders(tasks: TaskContext): { stop(): Promise<void> } {
  let seen: Seen = new Map();
  const look = async () => void (seen = await readAll(tasks, seen));
  return repeat(look, intervalMs, (error) => tasks.log.error({ err: error }, 'watched folders could not be read'));
}

/** @returns the files that are there now and were not read */
async function readAll(tasks: TaskContext, before: Seen): Promise<Seen> {
  const now: Seen = new Map();
  for (const connector of connectors.values()) {
    if (!connector.capabilities.includes('receive.file')) continue;
    for (const connection of await tasks.connections.ofConnector(connector.id)) {
      const { folder } = connection.settings;
      if (typeof folder !== 'string') continue;
      try {
        await readFolder(tasks, connection, folder, before, now);
      } catch (error) {
        // One folder that cannot be read keeps no other from being read. It is told of once, not with every look.
        const key = `folder of ${connection.id}`;
        const state = String(error);
        now.set(key, { state, sinceMs: before.get(key)?.sinceMs ?? performance.now() });
        if (before.get(key)?.state !== state) tasks.log.error({ err: error, connection: connection.id, folder }, 'a watched folder could not be read');
      }
    }
  }
  return now;
}

async function readFolder(tasks: TaskContext, connection: Connection, folder: string, before: Seen, now: Seen): Promise<void> {
  // The folder itself is not made: an empty one beside that which the sender writes to would look as if nothing came.
  for (const part of ['processed', 'failed']) {
    await mkdir(join(folder, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  // Names are bytes: one that is no UTF-8 could not be opened by what it looks like as text.
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (!entry.isFile() || isUnfinished(entry.name)) continue;
    try {
      const state = await stateOf(join(folder, entry.name));
      if (isSettled(`${folder}/${encodeName(entry.name)}`, state, before, now)) await readOne(tasks, connection, folder, entry.name, state);
    } catch (error) {
      // ENOENT: another process moved it. Whatever is wrong with one file keeps no other from being read.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') tasks.log.error({ err: error, connection: connection.id, file: encodeName(entry.name) }, 'a file could not be read and stays where it is');
    }
  }
}

/** Changes with every write, and with another file under the name. */
async function stateOf(path: Buffer): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function isSettled(key: string, state: string, before: Seen, now: Seen): boolean {
  const known = before.get(key);
  const sinceMs = known?.state === state ? known.sinceMs : performance.now();
  now.set(key, { state, sinceMs });
  return performance.now() - sinceMs >= settleMs;
}

async function readOne(tasks: TaskContext, connection: Connection, folder: string, name: Buffer, state: string): Promise<void> {
  const path = join(folder, name);
  const { size } = await stat(path);
  if (size > tasks.maxBodyBytes) return putAside(tasks, connection, folder, name, size);
  const body = await readFile(path);
  // Changed while it was read: it is looked at again.
  if ((await stateOf(path)) !== state) return;
  await tasks.inbox.receive({ connection: connection.id, dedupeKey: `sha256:${sha256(body)}`, headers: { 'x-gatehouse-file': encodeName(name) }, body, receivedMs: Date.now() });
  // Written anew meanwhile: the new content is a message of its own.
  if ((await stateOf(path)) !== state) return;
  await rename(path, join(folder, 'processed', processedName(name, Date.now())));
}

/** Moves a file that is too large to `failed/`, under a name of its own, and tells people: nobody else would notice that it is not read. */
async function putAside(tasks: TaskContext, connection: Connection, folder: string, name: Buffer, size: number): Promise<void> {
  const aside = processedName(name, Date.now());
  await rename(join(folder, name), join(folder, 'failed', aside));
  const file = encodeName(name);
  tasks.log.error({ connection: connection.id, file, size, limit: tasks.maxBodyBytes }, 'a file is larger than GATEHOUSE_MAX_BODY and was moved to failed/');
  const detail = `It has ${size} bytes; the limit is ${tasks.maxBodyBytes} (GATEHOUSE_MAX_BODY). It lies in failed/ as ${encodeName(aside)}: send it in parts, or raise the limit and move it back.`;
  await tasks.database.transaction((tx) => raiseMatter(tx, connection, { kind: 'FILE_TOO_LARGE', command: uuidv7(), correlationId: uuidv7(), title: `File ${file.slice(0, 200)} for ${connection.id} is too large and was not read`, detail }));
}
