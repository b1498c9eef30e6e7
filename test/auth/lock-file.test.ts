import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, LockedError } from '../../src/db/lock-file.js';
import { openDatabase } from '../../src/db/database.js';
import { packageRoot } from '../../src/lib/package-root.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = join(packageRoot, 'src', 'db', 'lock-file.ts');

/**
 * A process of its own that takes the lock at `atMs` and tells the span in which it held it, as
 * `from until`, or `refused`. Node reads the TypeScript file as it is.
 */
function contender(atMs: number, holdMs: number): Promise<string> {
  const script = `
    const { lockFolder } = await import(process.env.LOCK_FILE);
    while (Date.now() < Number(process.env.AT)) {}
    try {
      const lock = lockFolder(process.env.FOLDER);
      const from = performance.timeOrigin + performance.now();
      await new Promise((next) => setTimeout(next, ${holdMs}));
      const until = performance.timeOrigin + performance.now();
      lock.release();
      console.log(from + ' ' + until);
    } catch (error) {
      console.log(error.constructor.name === 'LockedError' ? 'refused' : error.stack);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, LOCK_FILE: lockFile, FOLDER: folder, AT: String(atMs) }, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('close', () => resolve(text.trim()));
  });
}

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise((next) => child.once('close', next));
  return child.pid!;
}

describe('the data folder', () => {
  it('is owned by one process: a second one is refused with the pid of the first, until it is released', () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(LockedError);
    expect(() => lockFolder(folder)).toThrow(String(process.pid));
    lock.release();
    lockFolder(folder).release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('is not opened by the database of a second process, and the first goes on undisturbed', async () => {
    const first = await openDatabase({ dataFolder: folder, poolSize: 1 } as never);
    await expect(openDatabase({ dataFolder: folder, poolSize: 1 } as never)).rejects.toBeInstanceOf(LockedError);
    expect(await contender(Date.now(), 0)).toBe('refused');
    expect(await first.transaction(async () => 'still open')).toBe('still open');
    await first.close();
    const again = await openDatabase({ dataFolder: folder, poolSize: 1 } as never);
    await again.close();
  });

  it('is taken over from a process that has ended', async () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: await endedProcess(), started: 'boot/1' }));
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it.skipIf(!existsSync('/proc/self/stat'))('is taken over where the pid lives on as another process', () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'another boot/1' }));
    lockFolder(folder).release();
  });

  it('is taken over from a lock that holds no owner', () => {
    for (const text of ['', '{"pid":', 'null', '{}', '[]', '{"pid":"x"}']) {
      writeFileSync(join(folder, 'lock'), text);
      lockFolder(folder).release();
    }
  });

  it('goes to one of several processes that start at the same instant, also over a stale lock', async () => {
    for (let round = 0; round < 4; round++) {
      if (round % 2 === 0) writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: await endedProcess(), started: 'boot/1' }));
      const startMs = Date.now() + 700;
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => contender(startMs, 400)));
      const spans = outcomes.filter((outcome) => outcome !== 'refused').map((outcome) => outcome.split(' ').map(Number) as [number, number]);
      expect(spans.length, outcomes.join('\n')).toBeGreaterThan(0);
      expect(spans.every(([from, until]) => from < until), outcomes.join('\n')).toBe(true);
      spans.sort((a, b) => a[0] - b[0]);
      for (let index = 1; index < spans.length; index++) expect(spans[index]![0], 'two owners at once').toBeGreaterThanOrEqual(spans[index - 1]![1]);
      rmSync(join(folder, 'lock'), { force: true });
    }
  });
});
