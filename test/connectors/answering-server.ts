import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What is answered: at once, or never where `hang`; where `cut`, the connection ends without an answer. */
export interface Scripted {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  hang?: boolean;
  cut?: boolean;
}

/** An HTTP server that answers as a test says and remembers what it was asked. */
export class AnsweringServer {
  readonly asked: Asked[] = [];
  /** Decides each answer; the count is of earlier requests to the same path. */
  answer: (asked: Asked, count: number) => Scripted = () => ({ status: 404 });
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const asked = { method: request.method!, path: request.url!, headers: request.headers, body: Buffer.concat(parts).toString() };
      const count = this.asked.filter((each) => each.path === asked.path).length;
      this.asked.push(asked);
      const { status = 200, headers = {}, body = '', hang = false, cut = false } = this.answer(asked, count);
      if (cut) return void request.socket.destroy();
      if (!hang) response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
