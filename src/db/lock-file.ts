import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  for (let attempt = 0; attempt < 3; attempt++) {
    if (claim(path)) return { release: () => rmSync(path, { force: true }) };
    const owner = readOwner(path);
    if (owner !== null && lives(owner)) {
      throw new LockedError(`${folder} is in use by process ${owner.pid}. Stop it first, or give this process another folder by GATEHOUSE_DATA.`);
    }
    removeStale(path);
  }
  throw new LockedError(`${folder} is being opened by several processes at once. Try again.`);
}

/**
 * Makes the file with this process as its owner, unless it is there. A link, because it appears with
 * its content: a file that is created first and written then is, for an instant, nobody's.
 */
function claim(path: string): boolean {
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const mine: Owner = { pid: process.pid, started: startOf(process.pid) };
  writeFileSync(own, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes the lock of a process that is gone. One process at a time looks and removes: of two that
 * saw the same stale lock, the slower would otherwise remove the lock that the faster has just taken.
 */
function removeStale(path: string): void {
  const takeover = `${path}.takeover`;
  if (!claim(takeover)) {
    const other = readOwner(takeover);
    if (other === null || !lives(other)) rmSync(takeover, { force: true });
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner === null || !lives(owner)) rmSync(path, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
}

function readOwner(path: string): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Owner | null;
    return typeof owner?.pid === 'number' ? owner : null;
  } catch {
    return null; // gone meanwhile, or written by something else: nobody's
  }
}

function lives(owner: Owner): boolean {
  return isRunning(owner.pid) && startOf(owner.pid) === owner.started;
}

/** Whether a process of this id lives, whoever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, and another user's
  }
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
