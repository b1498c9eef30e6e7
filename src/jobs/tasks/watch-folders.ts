import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import type { Connection } from '../../auth/connections.js';
import { connectors } from '../../connectors/registry.js';
import { sha256 } from '../../lib/ids.js';
import { encodeName, isUnfinished, join, processedName } from './file-names.js';
import type { TaskContext } from './context.js';

const intervalMs = 2000;
/** How long a file must stay as it is before it counts as whole. A sender that pauses longer writes to another name and renames. */
const settleMs = 5000;

/** Each file as it was at the last look, and since when it is like that. */
type Seen = Map<string, { state: string; sinceMs: number }>;

/**
 * Reads new files from the folders of connections that have the setting `folder`. A file is made
 * durable in the inbox, then moved to `processed/`; one that is too large goes to `failed/`. Several
 * processes may watch one folder: the inbox knows a body that it already has.
 *
 * A file that is still being written is left alone: until it has not changed for `settleMs`, and as
 * long as its name says so (see `isUnfinished`).
 */
export function watchFolders(tasks: TaskContext): { stop(): Promise<void> } {
  let seen: Seen = new Map();
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();
  const look = () => {
    running = readAll(tasks, seen)
      .then((now) => void (seen = now))
      .catch((error: unknown) => tasks.log.error({ err: error }, 'watched folders could not be read'))
      .then(() => {
        if (!stopped) timer = setTimeout(look, intervalMs);
      });
  };
  timer = setTimeout(look, intervalMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
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
        // One folder that cannot be read keeps no other from being read.
        tasks.log.error({ err: error, connection: connection.id, folder }, 'a watched folder could not be read');
      }
    }
  }
  return now;
}

async function readFolder(tasks: TaskContext, connection: Connection, folder: string, before: Seen, now: Seen): Promise<void> {
  await mkdir(join(folder, 'processed'), { recursive: true });
  await mkdir(join(folder, 'failed'), { recursive: true });
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
  if (size > tasks.maxBodyBytes) {
    tasks.log.error({ connection: connection.id, file: encodeName(name), size }, 'a file is larger than GATEHOUSE_MAX_BODY and was moved to failed/');
    await rename(path, join(folder, 'failed', name));
    return;
  }
  const body = await readFile(path);
  // Changed while it was read: it is looked at again.
  if ((await stateOf(path)) !== state) return;
  await tasks.inbox.receive({ connection: connection.id, dedupeKey: `sha256:${sha256(body)}`, headers: { 'x-gatehouse-file': encodeName(name) }, body, receivedMs: Date.now() });
  // Written anew meanwhile: the new content is a message of its own.
  if ((await stateOf(path)) !== state) return;
  await rename(path, join(folder, 'processed', processedName(name, Date.now())));
}
