import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The data folder belongs to a running process; a second one on it would lose rows. */
export class LockedError extends Error {}

interface Owner {
  pid: number;
  /** Start of the process in clock ticks since boot, and the boot: a pid alone may be used again. */
  started: string;
}

/**
 * Makes this process the owner of the folder; the folder is created where it is missing. A lock left
 * by a process that is gone is taken over.
 * @throws LockedError
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  const mine: Owner = { pid: process.pid, started: startOf(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (owner !== null && isRunning(owner)) {
      throw new LockedError(`${folder} is in use by process ${owner.pid}. Stop it first, or give this process another folder by GATEHOUSE_DATA.`);
    }
    rmSync(path, { force: true });
  }
  throw new LockedError(`${folder} is being opened by several processes at once. Try again.`);
}

function readOwner(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return null; // half-written or gone meanwhile: nobody's
  }
}

function isRunning(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(owner.pid) === owner.started;
}

/** Empty where the system does not tell (then the pid alone decides). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}
