import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/lib/package-root.js';

/** The product as its users run it: a process of its own. */
export interface Product {
  pid: number;
  /** True once the process has ended, for whatever reason. */
  ended(): boolean;
  /** The end of what it printed. */
  output(): string;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// A run that is interrupted leaves no product behind, which would work on the next run's database.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const readyLine = { serve: /Gatehouse is ready/, work: /Gatehouse works/ } as const;

/**
 * Starts `gatehouse <args>` and waits until it says that it is ready.
 * @param env added to an environment without any of the product's own variables
 */
export async function startProduct(args: readonly ['serve' | 'work', ...string[]], env: Readonly<Record<string, string>>, nodeArgs: readonly string[] = []): Promise<Product> {
  const own = /^(PORT|HOST|DATABASE_URL|GATEHOUSE_.*|NODE_ENV)$/;
  const outer = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const child = spawn(process.execPath, [...nodeArgs, join(packageRoot, 'dist', 'src', 'cli', 'main.js'), ...args], { env: { ...outer, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output = await ready(child, readyLine[args[0]]);
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal);
    await ended(child);
  };
  return { pid: child.pid!, ended: () => child.exitCode !== null || child.signalCode !== null, output, kill: end('SIGKILL'), stop: end('SIGTERM') };
}

function ready(child: ChildProcess, line: RegExp): Promise<() => string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let isReady = false;
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
      if (!isReady && line.test(output)) {
        isReady = true;
        resolve(() => output);
      }
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('exit', (code, signal) => {
      if (!isReady) reject(new Error(`The product ended before it was ready (${signal ?? `status ${code}`}):\n${output}`));
    });
    child.once('error', reject);
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve())));
}
