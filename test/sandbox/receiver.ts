import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  receivedMs: number;
}

/** A Gatehouse that only takes note: answers every POST with the status of `answer` and keeps what came. */
export class Receiver {
  readonly received: Received[] = [];
  answer: (received: Received) => number = () => 202;
  #server: Server | undefined;

  async listen(port = 0): Promise<string> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts), receivedMs: Date.now() };
        const status = this.answer(received);
        if (status < 300) this.received.push(received);
        response.writeHead(status).end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  of(connection: string): Received[] {
    return this.received.filter((each) => each.path === `/ingest/${connection}`);
  }

  /** Resolves when `condition` holds. @throws Error after `timeoutMs`, naming what was waited for */
  async until(what: string, condition: () => boolean, timeoutMs = 90_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}. ${this.received.length} messages came.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
