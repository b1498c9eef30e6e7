import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ToClients } from './clients.js';
import { documents, type DocumentName } from './graph.js';
import type { ServerKind, ToServer } from './server.js';

/** A child process that answers one question at a time. */
class Asked<Question> {
  readonly #child: ChildProcess;

  constructor(file: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; execArgv?: string[] }) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { ...options, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  next<Answer>(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('A process of the benchmark ended.'));
      this.#child.once('exit', ended);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', ended);
        resolve(answer as Answer);
      });
    });
  }

  ask<Answer>(question: Question): Promise<Answer> {
    const answer = this.next<Answer>();
    this.#child.send(question as never);
    return answer;
  }

  end(): void {
    this.#child.kill();
  }
}

export interface Memory {
  heap: number;
  rss: number;
}

export interface Run {
  kind: ServerKind;
  document: DocumentName;
  subscribers: number;
  groups?: number;
  /** Of the bare server: bytes of a message. */
  bytes?: number;
  databaseUrl: string;
}

/** A server with subscribers that are all live. */
export class Fanout {
  readonly #server: Asked<ToServer>;
  readonly #clients: Asked<ToClients>;
  readonly #run: Run;
  #sent = 0;
  #connected = 0;
  #url = '';

  constructor(run: Run) {
    this.#run = run;
    this.#server = new Asked('server.js', [run.kind, String(run.bytes ?? 0)], { env: { ...process.env, DATABASE_URL: run.databaseUrl }, execArgv: ['--expose-gc'] });
    this.#clients = new Asked('clients.js', [], {});
  }

  async start(): Promise<void> {
    this.#url = (await this.#server.next<{ url: string }>()).url;
    await this.connect(this.#run.subscribers);
  }

  async connect(count: number): Promise<void> {
    const { kind, document, groups } = this.#run;
    this.#connected += count;
    await this.#clients.ask({ ask: 'connect', url: this.#url, count, speaksGraphql: kind !== 'ws', query: documents[document], groups: groups ?? 1 });
    for (;;) {
      const { count: live } = await this.#server.ask<{ count: number }>({ ask: 'subscribers' });
      if (live === this.#connected) return;
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  /** CPU of the server for each delivery, microseconds, and the bytes of a message. */
  async deliver(events: number, perSecond: number): Promise<{ microseconds: number; bytes: number }> {
    const before = await this.#server.ask<{ microseconds: number }>({ ask: 'cpu' });
    this.#sent += events * this.#connected;
    const [, { bytes }] = await Promise.all([this.#server.ask({ ask: 'append', count: events, perSecond }), this.#clients.ask<{ bytes: number }>({ ask: 'received', total: this.#sent })]);
    const after = await this.#server.ask<{ microseconds: number }>({ ask: 'cpu' });
    return { microseconds: (after.microseconds - before.microseconds) / (events * this.#connected), bytes };
  }

  memory(): Promise<Memory> {
    return this.#server.ask({ ask: 'memory' });
  }

  end(): void {
    this.#clients.end();
    this.#server.end();
  }
}
