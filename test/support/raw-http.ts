import { connect } from 'node:net';
import type { Answer } from './partners.js';

/** Sends bytes as they are, for requests that fetch would put right, and reads the answer until the server closes. */
export function rawRequest(url: string, bytes: string | Uint8Array | ReadonlyArray<string | Uint8Array>): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const received: Buffer[] = [];
    socket.setTimeout(15_000, () => socket.destroy(new Error('The server neither answered nor closed within 15 s.')));
    socket.on('connect', () => {
      for (const part of Array.isArray(bytes) ? bytes : [bytes]) socket.write(part as string | Uint8Array);
    });
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that refuses a body half-way closes on the writer; what it answered before counts.
      if (received.length === 0 || (error.code !== 'ECONNRESET' && error.code !== 'EPIPE')) reject(error);
    });
    socket.on('close', () => {
      if (received.length > 0) resolve(parseAnswer(Buffer.concat(received).toString('utf8')));
      else reject(new Error('The server closed without an answer.'));
    });
  });
}

function parseAnswer(answer: string): Answer {
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = answer.slice(0, end).split('\r\n');
  const headers = new Headers(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string]));
  const text = answer.slice(end + 4);
  const type = headers.get('content-type') ?? '';
  return { status: Number(statusLine!.split(' ')[1]), type, text, headers, body: type.includes('json') ? JSON.parse(text) : undefined };
}
