import { Agent, request } from 'node:http';

export interface Reply {
  status: number;
  body: string;
}

/** POST over plain HTTP on kept connections; every request ends with `close`. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #closed = new AbortController();

  /** @throws Error where no answer arrives within `timeoutMs` */
  post(url: string, headers: Record<string, string>, body: Uint8Array, timeoutMs = 10_000): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(timeoutMs)]);
      const sent = request(url, { method: 'POST', agent: this.#agent, signal, headers: { 'content-type': 'application/json', 'content-length': String(body.byteLength), ...headers } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#closed.abort();
    this.#agent.destroy();
  }
}
