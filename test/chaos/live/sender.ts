import { uuidv7 } from '../../../src/lib/ids.js';
import { standardWebhookKey, standardWebhookSignature } from '../../../src/connectors/kit/signatures.js';
import { signedHeaders } from '../../support/easypost-messages.js';
import { pause } from './pause.js';

const retryMs = 100;

/** Sends messages, each until it is acknowledged, by whichever server answers. */
export class Sender {
  retries = 0;
  /** The first answer that no sender expects, and after which it would not send again. */
  failure: Error | undefined;
  #next = 0;
  readonly #urls: readonly string[];
  readonly #secret: string;

  /** @param secret of every connection */
  constructor(urls: readonly string[], secret: string) {
    this.#urls = urls;
    this.#secret = secret;
  }

  /** A tracker of EasyPost. */
  tracker(connection: string, body: string): Promise<void> {
    return this.#deliver(connection, body, signedHeaders(this.#secret, body));
  }

  /** Events of the Odoo addon. */
  odoo(events: readonly object[]): Promise<void> {
    const body = JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: new Date().toISOString(), events });
    const [id, timestamp] = [`msg_${uuidv7()}`, String(Math.floor(Date.now() / 1000))];
    const signature = standardWebhookSignature(standardWebhookKey(this.#secret), id, timestamp, Buffer.from(body));
    return this.#deliver('erp', body, { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature });
  }

  /** A message of a TMS or a dock scheduler. */
  transport(connection: 'tms' | 'dock', message: object): Promise<void> {
    return this.#deliver(connection, JSON.stringify(message), { 'content-type': 'application/json', authorization: `Bearer ${this.#secret}` });
  }

  async #deliver(connection: string, body: string, headers: Record<string, string>): Promise<void> {
    while (!(await this.#post(`${this.#urls[this.#next++ % this.#urls.length]!}/ingest/${connection}`, body, headers))) {
      this.retries++;
      await pause(retryMs);
    }
  }

  async #post(url: string, body: string, headers: Record<string, string>): Promise<boolean> {
    let response: Response;
    try {
      response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
      await response.arrayBuffer();
    } catch {
      return false; // the server is gone, or was killed before its answer was out
    }
    const mayBeSentAgain = response.status >= 500 || response.status === 408 || response.status === 429;
    if (response.status !== 202 && !mayBeSentAgain) this.failure ??= new Error(`A message to ${url} was answered with ${response.status}.`);
    return !mayBeSentAgain;
  }
}
