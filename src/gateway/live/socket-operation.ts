import { getOperationAST, GraphQLError, type ExecutionResult } from 'graphql';
import { maxCopied, nextFrame, nextParts } from './frames.js';
import type { Follow, LiveOperations, ReadOperation } from './operations.js';
import type { Following, Result, Subscriber } from './result.js';
import type { SocketConnection } from './socket-connection.js';

/**
 * One operation on a WebSocket. Results are framed here and written below ws, which writes whole frames
 * itself: a frame of ours never falls into one of its own.
 */
export class SocketOperation<Principal> implements Subscriber {
  readonly id: string;
  /** The one of the same socket that began before it. */
  before: SocketOperation<Principal> | undefined;
  readonly #connection: SocketConnection<Principal>;
  #following: Following | undefined;
  #isOver = false;

  constructor(connection: SocketConnection<Principal>, id: string, before: SocketOperation<Principal> | undefined) {
    this.before = before;
    this.#connection = connection;
    this.id = id;
  }

  /** Answers by results and `complete`, or by `error` alone. Keeps nothing of the request while a subscription lasts. */
  async run(live: LiveOperations<Principal>, read: ReadOperation): Promise<void> {
    try {
      const kind = getOperationAST(read.document, read.operationName)?.operation;
      if (kind === undefined) throw new GraphQLError('Unable to identify operation');
      const { session } = this.#connection;
      const result = kind === 'subscription' ? await live.subscribe(read, session) : await live.execute(read, session);
      if (this.#isOver) return;
      if (typeof result === 'function') this.#begin(result);
      else this.#answer(result);
    } catch (error) {
      this.fail(error);
    }
  }

  deliver(result: Result): void {
    const { socket, stream, output } = this.#connection;
    if (this.#isOver || socket.readyState !== socket.OPEN) return; // nothing may follow a close frame
    if (result.body.length > maxCopied) {
      stream.cork();
      for (const part of nextParts(this.id, result.body)) stream.write(part);
      stream.uncork();
    } else stream.write(this.#frameOf(result));
    if (!output.hasRoom()) void output.room(); // counts from now on
  }

  hasRoom(): boolean {
    return this.#connection.output.hasRoom();
  }

  room(): Promise<void> {
    return this.#connection.output.room();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.leave();
    this.#connection.failed(this, [error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error })]);
  }

  complete(): void {
    if (this.#isOver) return;
    this.leave();
    this.#connection.completed(this);
  }

  /** Nothing of it is sent from now on. */
  leave(): void {
    this.#isOver = true;
    this.#following?.leave();
    this.#following = undefined;
  }

  #begin(follow: Follow): void {
    const following = follow(this);
    if (this.#isOver) following.leave();
    else this.#following = following;
  }

  #answer(result: ExecutionResult): void {
    this.deliver({ id: undefined, body: Buffer.from(JSON.stringify(result)) });
    this.complete();
  }

  /** Clients that chose the same id take the same bytes. */
  #frameOf(result: Result): Buffer {
    if (result.made?.by === this.id) return result.made.bytes;
    const bytes = nextFrame(this.id, result.body);
    result.made = { by: this.id, bytes };
    return bytes;
  }
}
