import { Socket } from 'node:net';
import { journeyLength, signedHeaders, trackerMessage } from '../../support/easypost-messages.js';

/**
 * The sending side of the ingest benchmark, a process of its own: plain sockets, HTTP/1.1 with
 * keep-alive, one request under way on each. All bodies are made and signed before the clock runs.
 */
export interface LoadOptions {
  port: number;
  connection: string;
  secret: string;
  connections: number;
  /** Number of the first parcel; runs on one database take different ones. */
  firstSerial: number;
  messages: number;
  /** Messages a second that are offered, evenly; null: as many as are answered. */
  rate: number | null;
}

export interface LoadOutcome {
  accepted: number;
  refused: number;
  seconds: number;
  meanBytes: number;
  /** Milliseconds from sending to 202. */
  p50: number;
  p99: number;
}

/** All parcels get their first scan, then all their second, and so on: a message in order of time. */
function requests(options: LoadOptions): Buffer[] {
  const parcels = Math.ceil(options.messages / journeyLength);
  return Array.from({ length: options.messages }, (_, index) => {
    const body = trackerMessage(options.firstSerial + (index % parcels), 1 + Math.floor(index / parcels));
    const headers = Object.entries({ host: `127.0.0.1:${options.port}`, ...signedHeaders(options.secret, body), 'content-length': String(Buffer.byteLength(body)) });
    return Buffer.from(`POST /ingest/${options.connection} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  });
}

async function send(all: readonly Buffer[], options: LoadOptions): Promise<LoadOutcome> {
  const latencies = new Float64Array(all.length);
  let next = 0;
  let accepted = 0;
  let refused = 0;
  let answered = 0;
  const idle: Array<() => void> = [];
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => connect(options.port)));
  const startMs = performance.now();
  const due = () => (options.rate === null ? all.length : Math.min(all.length, Math.floor(((performance.now() - startMs) / 1000) * options.rate)));

  await new Promise<void>((resolve, reject) => {
    const pace = options.rate === null ? undefined : setInterval(() => {
      for (let free = Math.min(idle.length, due() - next); free > 0; free--) idle.shift()!();
    }, 2);
    for (const socket of sockets) {
      let sent = -1;
      let sentMs = 0;
      let answer = '';
      const sendNext = () => {
        if (next >= all.length) return;
        if (next >= due()) return void idle.push(sendNext);
        sent = next++;
        sentMs = performance.now();
        socket.write(all[sent]!);
      };
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        const status = completeStatus(answer);
        if (status === null) return;
        answer = '';
        latencies[sent] = performance.now() - sentMs;
        if (status === '202') accepted++;
        else refused++;
        if (++answered === all.length) {
          clearInterval(pace);
          resolve();
        } else sendNext();
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('The server closed a connection under load.')));
      sendNext();
    }
  });
  const seconds = (performance.now() - startMs) / 1000;
  for (const socket of sockets) {
    socket.removeAllListeners('close');
    socket.destroy();
  }
  latencies.sort();
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
  return { accepted, refused, seconds, meanBytes: all.reduce((sum, each) => sum + each.length, 0) / all.length, p50: at(0.5), p99: at(0.99) };
}

/** The status of a response that is there as a whole, else null. */
function completeStatus(answer: string): string | null {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd + 2));
  if (length === null) throw new Error(`An answer without content-length: ${answer.slice(0, 200)}`);
  return answer.length < headEnd + 4 + Number(length[1]) ? null : answer.slice(9, 12);
}

function connect(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.connect(port, '127.0.0.1', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

process.once('message', (options: LoadOptions) => {
  const all = requests(options);
  process.once('message', () => {
    void send(all, options).then(
      (outcome) => process.send!(outcome, () => process.disconnect()),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send!('ready');
});
