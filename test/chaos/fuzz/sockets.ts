import { WebSocket } from 'ws';
import type { Documents } from './documents.js';
import { damaged, oddJson, oddTexts, type Random } from './random.js';

export interface SocketOutcome {
  /** Messages that were sent. */
  sent: number;
  /** How the server closed it; undefined where it did not. */
  code: number | undefined;
  text: string;
}

const types = ['connection_init', 'ping', 'pong', 'subscribe', 'subscribe', 'subscribe', 'subscribe', 'next', 'complete', 'error', 'start', ''];

/** One socket with up to `most` messages of the protocol and of none. */
export async function fuzzSocket(url: string, token: string | undefined, documents: Documents, random: Random, most: number): Promise<SocketOutcome> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, random.chance(0.95) ? 'graphql-transport-ws' : random.pick(['graphql-ws', 'x']));
  const outcome: SocketOutcome = { sent: 0, code: undefined, text: '' };
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code, reason) => {
      outcome.code ??= code;
      outcome.text += String(reason);
      resolve();
    });
  });
  socket.on('message', (data) => (outcome.text += String(data).slice(0, 100_000)));
  socket.on('error', (error) => (outcome.text += error.message));
  const opened = await Promise.race([new Promise<boolean>((resolve) => socket.once('open', () => resolve(true))), closed.then(() => false)]);
  if (!opened) return { ...outcome, sent: 1 };
  const send = (message: string | Buffer) => {
    if (socket.readyState === socket.OPEN) socket.send(message);
    outcome.sent++;
  };
  if (random.chance(0.9)) send(JSON.stringify({ type: 'connection_init', payload: token === undefined ? oddJson(random, 1) : { authorization: `Bearer ${token}` } }));
  while (outcome.sent < most) {
    send(messageOf(documents, random));
    if (random.chance(0.3)) await new Promise((next) => setTimeout(next, 5));
  }
  await Promise.race([closed, new Promise((next) => setTimeout(next, 150))]);
  const byServer = outcome.code;
  socket.close();
  await Promise.race([closed, new Promise((next) => setTimeout(next, 2_000))]);
  return { ...outcome, code: byServer };
}

function messageOf(documents: Documents, random: Random): string | Buffer {
  if (random.chance(0.04)) return damaged(random, Buffer.from('{"id":"1","type":"subscribe","payload":{"query":"{ viewer { role } }"}}'));
  if (random.chance(0.02)) return JSON.stringify(oddJson(random));
  const { kind: _kind, ...operation } = documents.operation(random);
  const message = { id: random.pick(['1', '2', '3', 'x', random.pick(oddTexts)]), type: random.chance(0.85) ? 'subscribe' : random.pick(types), payload: random.chance(0.95) ? operation : oddJson(random) };
  return JSON.stringify(message);
}
