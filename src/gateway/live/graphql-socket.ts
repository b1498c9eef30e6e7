import { WebSocket } from 'ws';

/** What a WebSocket is attached to. */
export interface Attached {
  /** Below the socket: how many bytes have come. */
  readonly stream: { readonly bytesRead: number };
  receive(text: string): void;
  /** A ping of the WebSocket itself has come. */
  pinged(data: Buffer): void;
  /** ws closes the socket itself, with the code that the fault has. */
  faulted(error: Error): void;
  closed(): void;
}

/**
 * A WebSocket that hands what happens to the one that it is attached to: without a table of listeners, nor ws's own
 * answer to pings, for every idle socket.
 */
export class GraphqlSocket extends WebSocket {
  /** Undefined until it is attached. */
  attached: Attached | undefined = undefined;
  /** How many bytes had come when it was last sent a ping; undefined: it was sent none yet. */
  readAtPing: number | undefined = undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { attached } = this;
    if (attached !== undefined) {
      if (event === 'message') attached.receive(String(args[0]));
      else if (event === 'ping') attached.pinged(args[0] as Buffer);
      else if (event === 'error') attached.faulted(args[0] as Error);
      else if (event === 'close') attached.closed();
      if (event === 'error') return true; // listened to, here
    }
    return super.emit(event as never, ...(args as never[]));
  }
}
