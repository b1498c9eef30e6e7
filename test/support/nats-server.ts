import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's server, or what the PATH has; null where there is none. */
function findProgram(): string | null {
  for (const program of ['nats-server', '/usr/sbin/nats-server']) {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return program;
    } catch {
      // not this one
    }
  }
  return null;
}

export const natsProgram = findProgram();

/** A NATS server with JetStream of its own, on a port that it keeps when it is started again. */
export class Nats {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-nats-'));
  #child: ChildProcess | null = null;

  constructor(readonly port: number) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(natsProgram!, ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let output = '';
      child.stderr!.on('data', (chunk: Buffer) => {
        output += String(chunk);
        if (output.includes('Server is ready')) resolve();
      });
      child.once('exit', () => reject(new Error(output)));
    });
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    this.#child = null;
  }

  async remove(): Promise<void> {
    if (this.#child !== null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
