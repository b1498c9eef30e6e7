import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from '../../src/model/cloud-event.js';

/** One request as it came. */
export interface Received {
  id: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  event: CloudEvent & { data: any };
  /** Whether it was answered 2xx. */
  taken: boolean;
}

/** What is answered: a status with headers and body, a connection that is cut, or nothing for ever. */
export type Reply = { status: number; headers?: Record<string, string>; body?: string } | 'reset' | 'silent';

/** A partner's endpoint: a real HTTP server that answers as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  /** Decides what the next request is answered. */
  reply: (event: CloudEvent, request: Received) => Reply | Promise<Reply> = () => ({ status: 204 });

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Those that were answered 2xx, in the order in which they came. */
  get taken(): Received[] {
    return this.received.filter((each) => each.taken);
  }

  /** Whether one of its signatures is by this secret: written anew, as a partner does it from the specification. */
  static isSignedBy(secret: string, { headers, body }: Received): boolean {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest();
    const isFresh = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300;
    return isFresh && headers['webhook-signature']!.split(' ').some((each) => each.startsWith('v1,') && timingSafeEqual(Buffer.from(each.slice(3), 'base64'), expected));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const received: Received = { id: String(request.headers['webhook-id']), headers: request.headers as Record<string, string>, body, event: JSON.parse(body) as Received['event'], taken: false };
    this.received.push(received);
    const reply = await this.reply(received.event, received);
    if (reply === 'reset') return void request.socket.resetAndDestroy();
    if (reply === 'silent') return void this.#open.add(response);
    received.taken = reply.status >= 200 && reply.status < 300;
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
