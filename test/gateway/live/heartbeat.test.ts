import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { GraphqlSocket } from '../../../src/gateway/live/graphql-socket.js';
import { heartbeat } from '../../../src/gateway/live/heartbeat.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A socket of which `stream.bytesRead` bytes have come. */
function socket(readyState = 1, stream = { bytesRead: 100 }) {
  const calls: string[] = [];
  const made = { OPEN: 1, readyState, attached: { stream }, readAtPing: undefined, ping: () => calls.push('ping'), terminate: () => calls.push('terminate') };
  return { stream, calls, socket: made as unknown as GraphqlSocket };
}

it('pings every open socket, and ends those of which nothing has come since, not even a pong', () => {
  const [alive, dead, closing] = [socket(), socket(), socket(2)];
  const pulse = heartbeat(new Set([alive.socket, dead.socket, closing.socket]), 1000);
  for (let beats = 0; beats < 3; beats++) {
    vi.advanceTimersByTime(1001);
    alive.stream.bytesRead += 2;
  }
  expect(alive.calls).toEqual(['ping', 'ping', 'ping']);
  expect(dead.calls.slice(0, 2)).toEqual(['ping', 'terminate']);
  expect(closing.calls).toEqual([]);
  pulse.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('ends nobody whose answer has come while this process stood still', async () => {
  vi.useRealTimers();
  const everyMs = 1_000;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [stream] = (await once(server, 'connection')) as [Socket];
  stream.resume();
  const answering = socket(1, stream);
  const pulse = heartbeat(new Set([answering.socket]), everyMs);
  await vi.waitFor(() => expect(answering.calls).toEqual(['ping']), { interval: 5, timeout: 20_000 });
  await after(everyMs / 4);
  await new Promise((next) => setImmediate(next)); // timers come next
  client.write('pong');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, everyMs * 1.5);
  await vi.waitFor(() => expect(answering.calls.length).toBeGreaterThan(1), { interval: 5, timeout: 20_000 });
  expect(answering.calls[1]).toBe('ping');
  pulse.stop();
  client.destroy();
  server.close();
});
