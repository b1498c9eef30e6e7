import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from './requests.js';

interface Message {
  type: string;
  id?: string;
  payload?: any;
}

/** A raw graphql-transport-ws socket: what was received, and how it closed. */
export interface RawSocket {
  socket: WebSocket;
  messages: Message[];
  closed: { code: number; reason: string } | null;
  send(message: object | string): void;
  /** Starts an operation; gives what has come of it so far, in order. */
  subscribe(id: string, query: string, variables?: Record<string, unknown>): Message[];
  untilClosed(): Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
}

export async function openSocket(url: string, options: { protocol?: string | string[]; path?: string; headers?: Record<string, string> } = {}): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${options.path ?? '/graphql'}`, options.protocol ?? 'graphql-transport-ws', { headers: options.headers ?? {} });
  const received: RawSocket = {
    socket,
    messages: [],
    closed: null,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    subscribe(id, query, variables = {}) {
      const own: Message[] = [];
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as Message;
        if (message.id === id) own.push(message);
      });
      received.send({ id, type: 'subscribe', payload: { query, variables } });
      return own;
    },
    untilClosed: async () => (await eventually(async () => received.closed, (closed) => closed !== null))!,
    async close() {
      socket.close();
      await received.untilClosed();
    },
  };
  socket.setMaxListeners(0); // one for each operation
  socket.on('message', (data) => received.messages.push(JSON.parse(String(data)) as Message));
  socket.on('close', (code, reason) => (received.closed = { code, reason: String(reason) }));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return received;
}

/** A socket whose token was accepted. */
export async function openAcknowledged(url: string, token: string): Promise<RawSocket> {
  const socket = await openSocket(url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await eventually(async () => socket.messages, (messages) => messages.some((message) => message.type === 'connection_ack'));
  return socket;
}

/** Data of the `next` messages; fails on an error among them. */
export function dataOf(messages: readonly Message[], field: string): any[] {
  for (const message of messages) expect(message.type === 'next' ? message.payload.errors : message.type === 'error' ? message.payload : undefined).toBeUndefined();
  return messages.filter((message) => message.type === 'next').map((message) => message.payload.data[field]);
}
