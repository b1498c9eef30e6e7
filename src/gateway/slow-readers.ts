import type { WebSocket } from 'ws';

/** Not one of the protocol's own codes, so that clients reconnect: read too slowly, resume from the last cursor received. */
export const tooSlow = 4410;

/** Longest that a full buffer may stay full before the socket is closed, ms. */
const stallMs = 5_000;

type Sent = (error?: Error) => void;

/**
 * Bounds what waits in memory for a reader. Up to `maxBytes` a message counts as sent at once; beyond
 * it the sender is held back until there is room, so that a subscription which catches up reads its
 * log no faster than its client does. A reader that makes no room for `stallMs` is closed with
 * `tooSlow`: nothing is dropped in between, and the log gives the rest after its last cursor.
 *
 * More than `maxBytes` waits by the messages that were on their way then, one an operation.
 */
export function boundBuffer(socket: WebSocket, { maxBytes }: { maxBytes: number }): void {
  const send = socket.send.bind(socket) as (data: unknown, options: object, sent: Sent) => void;
  let stalled: NodeJS.Timeout | undefined;
  const giveUp = () => socket.close(tooSlow, 'Read too slowly: reconnect and resume from the last cursor');
  const hasRoom = () => {
    if (socket.bufferedAmount > maxBytes) return false;
    clearTimeout(stalled);
    stalled = undefined;
    return true;
  };
  /** Senders that are held back; those of a closed socket are let go, for they look at its state first. */
  const held = new Set<Sent>();
  const letGo = (error?: Error) => {
    for (const sent of held) sent(error);
    held.clear();
  };
  socket.on('close', () => {
    clearTimeout(stalled);
    letGo();
  });
  socket.send = ((data: unknown, ...rest: unknown[]) => {
    const options = typeof rest[0] === 'object' && rest[0] !== null ? rest[0] : {};
    const sent = rest.find((each) => typeof each === 'function') as Sent | undefined;
    send(data, options, (error) => {
      if (error !== undefined && error !== null) letGo(error);
      else if (hasRoom()) letGo();
    });
    if (sent === undefined) return;
    if (hasRoom()) return void sent();
    held.add(sent);
    stalled ??= setTimeout(giveUp, stallMs);
  }) as typeof socket.send;
}
