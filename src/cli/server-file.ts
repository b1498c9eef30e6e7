import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the command line finds the server that owns the embedded database. Readable by its owner only. */
export interface ServerAddress {
  pid: number;
  url: string;
  secret: string;
}

const name = 'server.json';

export function writeServerAddress(folder: string, address: ServerAddress): void {
  writeFileSync(join(folder, name), JSON.stringify(address), { mode: 0o600 });
}

export function removeServerAddress(folder: string): void {
  rmSync(join(folder, name), { force: true });
}

/** Null where there is none. */
export function readServerAddress(folder: string): ServerAddress | null {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as ServerAddress;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}
