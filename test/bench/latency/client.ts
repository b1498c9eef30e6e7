import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import { signedHeaders, trackerMessage, trackingNumber } from '../../support/easypost-messages.js';

/** Sends messages at a steady rate and waits for each at a subscriber, in one process with one clock. */
export interface LatencyOptions {
  port: number;
  path: string;
  secret: string;
  /** Undefined: the floor, which sends the tracking number as it is. */
  token?: string;
  firstSerial: number;
  messages: number;
  perSecond: number;
}

export interface LatencyOutcome {
  arrived: number;
  refused: number;
  /** Milliseconds from the POST to the frame. */
  p50: number;
  p99: number;
  mean: number;
}

const subscription = 'subscription { milestones { id code occurredAt shipment { id reference trackingNumbers order { id reference } } } }';
/** Longest that the last ones are waited for, ms. */
const patienceMs = 20_000;

async function measure(options: LatencyOptions): Promise<LatencyOutcome> {
  const sent = new Map<string, number>();
  const took: number[] = [];
  let arrivedAll: () => void = () => {};
  const socket = await subscribe(options, (trackingNumber) => {
    const startMs = sent.get(trackingNumber);
    if (startMs === undefined) return; // a second milestone of the same message
    sent.delete(trackingNumber);
    took.push(performance.now() - startMs);
    if (took.length === options.messages) arrivedAll();
  });
  const refused = await sendAll(options, sent);
  if (took.length < options.messages - refused) {
    await Promise.race([new Promise<void>((resolve) => (arrivedAll = resolve)), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  }
  socket.terminate();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { arrived: took.length, refused, p50: at(0.5), p99: at(0.99), mean: took.reduce((sum, each) => sum + each, 0) / took.length };
}

async function sendAll({ port, path, secret, firstSerial, messages, perSecond }: LatencyOptions, sent: Map<string, number>): Promise<number> {
  const bodies = Array.from({ length: messages }, (_, index) => trackerMessage(firstSerial + index, 1));
  const headers = bodies.map((body) => ({ ...signedHeaders(secret, body), 'content-length': String(Buffer.byteLength(body)) }));
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let refused = 0;
  const answers: Promise<void>[] = [];
  const startMs = performance.now();
  while (answers.length < messages) {
    const due = Math.min(messages, Math.floor(((performance.now() - startMs) / 1000) * perSecond) + 1);
    while (answers.length < due) {
      const index = answers.length;
      sent.set(trackingNumber(firstSerial + index), performance.now());
      answers.push(new Promise((resolve, reject) => {
        const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', headers: headers[index]!, agent }, (response) => {
          if (response.statusCode !== 202) refused++;
          response.resume();
          response.on('end', resolve);
        });
        outgoing.on('error', reject);
        outgoing.end(bodies[index]);
      }));
    }
    await new Promise((next) => setTimeout(next, 1));
  }
  await Promise.all(answers);
  agent.destroy();
  return refused;
}

async function subscribe({ port, token }: LatencyOptions, arrived: (trackingNumber: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, token === undefined ? undefined : 'graphql-transport-ws');
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  if (token === undefined) {
    socket.on('message', (data) => arrived(String(data)));
    return socket;
  }
  const acknowledged = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(String(data)) as { type: string; payload: { data?: { milestones: { shipment: { trackingNumbers: string[] } } } } };
    if (type !== 'next' || payload.data == null) throw new Error(`No event came: ${String(data)}`);
    for (const number of payload.data.milestones.shipment.trackingNumbers) arrived(number);
  });
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription } }));
  await new Promise((next) => setTimeout(next, 500)); // it begins where the feed ends
  return socket;
}

process.once('message', (options: LatencyOptions) => {
  void measure(options).then(
    (outcome) => process.send!(outcome, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
