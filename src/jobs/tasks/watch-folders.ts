import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../../auth/connections.js';
import { connectors } from '../../connectors/registry.js';
import { sha256 } from '../../lib/ids.js';
import type { TaskContext } from './context.js';

const intervalMs = 2000;

/** Size and time of change of each file at the last look: a file that still grows is left alone. */
type Seen = Map<string, string>;

/**
 * Reads new files from the folders of connections that have the setting `folder`. A file is made
 * durable in the inbox, then moved to `processed/`; one that is too large goes to `failed/`. Several
 * processes may watch one folder: the inbox knows a body that it already has.
 */
export function watchFolders(tasks: TaskContext): { stop(): Promise<void> } {
  const seen: Seen = new Map();
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();
  const look = () => {
    running = readAll(tasks, seen)
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

async function readAll(tasks: TaskContext, seen: Seen): Promise<void> {
  for (const connector of connectors.values()) {
    if (!connector.capabilities.includes('receive.file')) continue;
    for (const connection of await tasks.connections.ofConnector(connector.id)) {
      const { folder } = connection.settings;
      if (typeof folder !== 'string') continue;
      try {
        await readFolder(tasks, connection, folder, seen);
      } catch (error) {
        // One folder that cannot be read keeps no other from being read.
        tasks.log.error({ err: error, connection: connection.id, folder }, 'a watched folder could not be read');
      }
    }
  }
}

async function readFolder(tasks: TaskContext, connection: Connection, folder: string, seen: Seen): Promise<void> {
  await mkdir(join(folder, 'processed'), { recursive: true });
  await mkdir(join(folder, 'failed'), { recursive: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    try {
      if (await isComplete(path, seen)) await readOne(tasks, connection, folder, entry.name);
    } catch (error) {
      // ENOENT: another process moved it. Whatever is wrong with one file keeps no other from being read.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') tasks.log.error({ err: error, connection: connection.id, file: entry.name }, 'a file could not be read and stays where it is');
    }
  }
}

/** Unchanged since the last look, so that a file which is still being written is not read. */
async function isComplete(path: string, seen: Seen): Promise<boolean> {
  const { size, mtimeMs } = await stat(path);
  const now = `${size} ${mtimeMs}`;
  const complete = seen.get(path) === now;
  if (complete) seen.delete(path);
  else seen.set(path, now);
  return complete;
}

async function readOne(tasks: TaskContext, connection: Connection, folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const { size } = await stat(path);
  if (size > tasks.maxBodyBytes) {
    tasks.log.error({ connection: connection.id, file: name, size }, 'a file is larger than GATEHOUSE_MAX_BODY and was moved to failed/');
    await rename(path, join(folder, 'failed', name));
    return;
  }
  const body = await readFile(path);
  await tasks.inbox.receive({ connection: connection.id, dedupeKey: `sha256:${sha256(body)}`, headers: { 'x-gatehouse-file': encodeURIComponent(name) }, body, receivedMs: Date.now() });
  await rename(path, join(folder, 'processed', processedName(name, Date.now())));
}

/** Longest file name, in bytes, that file systems take. */
const maxNameBytes = 255;

/** The time before the name; a name too long for both loses its beginning and keeps its end. */
function processedName(name: string, atMs: number): string {
  const prefix = `${atMs}-`;
  let rest = name;
  while (Buffer.byteLength(prefix + rest) > maxNameBytes) rest = rest.slice(1);
  return prefix + rest;
}
