import { Agent, request as httpRequest } from 'node:http';
import type { FuzzedRequest } from './requests.js';

export interface FuzzedAnswer {
  status: number;
  type: string;
  /** Headers and body as they came. */
  text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });
/** A stream of events that goes on is left after this, ms. */
const streamMs = 150;
const patienceMs = 20_000;

/**
 * Sends a request as it is and reads the answer.
 * @throws Error where the server gives none
 */
export function ask(url: string, { method, path, headers, body }: FuzzedRequest): Promise<FuzzedAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ agent, hostname, port, method, path, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) } }, (response) => {
      const parts: Buffer[] = [];
      const type = response.headers['content-type'] ?? '';
      const done = () => resolve({ status: response.statusCode!, type, text: `${response.rawHeaders.join(' ')}\n${Buffer.concat(parts).toString('utf8')}` });
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', done);
      response.on('error', reject);
      if (type.startsWith('text/event-stream')) {
        setTimeout(() => {
          done();
          response.destroy();
        }, streamMs);
      }
    });
    sent.setTimeout(patienceMs, () => sent.destroy(new Error(`No answer within ${patienceMs} ms.`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
