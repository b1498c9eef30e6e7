import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Headers of a request that are passed on. */
const passed = ['authorization', 'content-type', 'cookie', 'x-odoo-database'];

/** Passes requests on; of as many as it is told, what they did is done and their answer never comes. */
export class LosingProxy {
  /** Answers still to lose, of requests that `losing` names. */
  lose = 0;
  lost = 0;
  readonly #server: Server;

  constructor(private readonly target: string, private readonly losing: (path: string, body: string) => boolean) {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => void this.#pass(request.method!, request.url!, request.headers as Record<string, string>, Buffer.concat(parts)).then(
        (answer) => (answer === null ? void request.socket.destroy() : void response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(answer.body)),
        () => request.socket.destroy(),
      ));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** Null: its answer is lost. */
  async #pass(method: string, path: string, given: Record<string, string>, body: Buffer): Promise<{ status: number; headers: Headers; body: Buffer } | null> {
    const headers = Object.fromEntries(passed.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
    const answer = await fetch(`${this.target}${path}`, { method, headers, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) });
    const text = Buffer.from(await answer.arrayBuffer());
    if (this.lose === 0 || !this.losing(path, body.toString())) return { status: answer.status, headers: answer.headers, body: text };
    this.lose--;
    this.lost++;
    return null;
  }
}
