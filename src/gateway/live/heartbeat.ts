import type { GraphqlSocket } from './graphql-socket.js';

/** One timer for all sockets: pings each, and ends those of which nothing has come since the last time, not even a pong. */
export function heartbeat(sockets: ReadonlySet<GraphqlSocket>, everyMs: number): { stop(): void } {
  const beat = () => {
    for (const socket of sockets) {
      if (socket.readyState !== socket.OPEN) continue;
      const read = socket.attached!.stream.bytesRead;
      if (socket.readAtPing === read) {
        socket.terminate();
        continue;
      }
      socket.readAtPing = read;
      socket.ping();
    }
  };
  let next: NodeJS.Immediate | undefined;
  // What came while this process stood still is read first: a long pause must not look like the silence of all.
  const timer = setInterval(() => (next = setImmediate(beat)), everyMs);
  return {
    stop() {
      clearInterval(timer);
      clearImmediate(next);
    },
  };
}
