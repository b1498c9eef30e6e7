import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

/** Subscribers in a process of their own. They count what they are sent, and keep the last message. */
export type ToClients = { ask: 'connect'; url: string; count: number; speaksGraphql: boolean; query: string; groups: number } | { ask: 'received'; total: number } | { ask: 'close' };

/** Characters of an operator's token. */
const tokenLength = 800;

let sockets: WebSocket[] = [];
let received = 0;
let last = '';
let wanted: { total: number; resolve(): void } | null = null;

process.on('message', (message: ToClients) => void answer(message));
process.once('disconnect', () => process.exit());

async function answer(message: ToClients): Promise<void> {
  if (message.ask === 'connect') {
    for (let from = 0; from < message.count; from += 50) {
      await Promise.all(Array.from({ length: Math.min(50, message.count - from) }, (_, index) => connect(message, from + index)));
    }
  } else if (message.ask === 'received') {
    await new Promise<void>((resolve) => (received >= message.total ? resolve() : (wanted = { total: message.total, resolve })));
    wanted = null;
  } else {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    received = 0;
  }
  process.send!({ received, last, bytes: Buffer.byteLength(last) });
}

async function connect({ url, speaksGraphql, query, groups }: ToClients & { ask: 'connect' }, serial: number): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws') + '/graphql', speaksGraphql ? 'graphql-transport-ws' : undefined, { perMessageDeflate: false, skipUTF8Validation: true });
  sockets.push(socket);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  if (speaksGraphql) {
    const acknowledged = new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${'x'.repeat(tokenLength)}` } }));
    await acknowledged;
    // As clients of graphql-ws do: an id of its own for every subscription.
    socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query, variables: { group: serial % groups } } }));
  }
  socket.on('message', (data) => {
    if (++received === wanted?.total) {
      last = String(data);
      wanted.resolve();
    }
  });
}
