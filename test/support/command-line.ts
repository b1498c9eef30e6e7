import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/lib/package-root.js';

/** Builds the product; a second where nothing changed. */
export function build(): void {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: packageRoot, stdio: 'pipe' });
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const own = /^(PORT|HOST|DATABASE_URL|GATEHOUSE_.*|NODE_ENV)$/;

/** Runs `gatehouse <args>` in a process of its own, to its end. */
export function gatehouse(args: readonly string[], env: Readonly<Record<string, string>> = {}, timeoutMs = 55_000): Promise<CommandResult> {
  const outer = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'src', 'cli', 'main.js'), ...args], { env: { ...outer, GATEHOUSE_SANDBOX: 'off', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`gatehouse ${args.join(' ')} did not end within ${timeoutMs} ms.\n${stdout}\n${stderr}`));
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}
