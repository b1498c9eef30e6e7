import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { GraphQLError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type ConnectionInitMessage, type PingMessage, type SubscribeMessage } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { Deadlines, type Due } from '../../lib/deadlines.js';
import { GatehouseError } from '../../lib/errors.js';
import { maskError } from '../errors.js';
import { limits } from '../limits.js';
import { BoundedOutput, tooSlow, type Reader } from '../slow-readers.js';
import type { Attached } from './graphql-socket.js';
import type { LiveOperations } from './operations.js';
import { Session, type Ending } from './session.js';
import { SocketOperation } from './socket-operation.js';
import { isNotKnownNow, tryAgainLater } from './try-again.js';

/** As many sockets of this token are open as may be: close one, or wait. Clients of graphql-ws try again later. */
export const tooManySockets = 4411;

/** Bytes that RFC 6455 leaves for the words of a close frame. */
const maxReason = 123;

/** Until when sockets must have said who they are. */
const openings = new Deadlines();

/**
 * One WebSocket that speaks graphql-transport-ws: the server's side of PROTOCOL.md of graphql-ws, bounded in what
 * it sends, and ended with the token of its client. There are as many of these as sockets, nearly all of them idle:
 * what is kept for each is fields, no closures, no timers, and nothing of messages that were handled. (The server of
 * graphql-ws keeps six times as much for each.)
 */
export class SocketConnection<Principal> implements Attached, Reader, Ending {
  readonly socket: WebSocket;
  readonly output: BoundedOutput<Socket>;
  readonly session: Session<Principal>;
  readonly #live: LiveOperations<Principal>;
  readonly #release: () => void;
  /** While it has not said who it is. */
  #opening: Due | undefined;
  /** Those that run, the latest first, each with the one before it: nearly all sockets have one. */
  #latest: SocketOperation<Principal> | undefined;

  /** @param release is called when the socket is closed */
  constructor(live: LiveOperations<Principal>, request: IncomingMessage, socket: WebSocket, stream: Socket, release: () => void) {
    this.#live = live;
    this.#release = release;
    this.socket = socket;
    this.session = new Session(live.options, live.options.certificateOf?.(request), this);
    this.output = new BoundedOutput(stream, this, live.outputs);
    if (socket.protocol === '') {
      this.end(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      return;
    }
    this.#opening = { dueMs: Date.now() + limits.connectionInitMs, due: () => this.end(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout') };
    openings.add(this.#opening);
  }

  /** Below the socket. */
  get stream(): Socket {
    return this.output.stream;
  }

  get name(): string {
    return this.session.identity?.subject ?? '';
  }

  receive(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (!this.output.hasRoom()) this.#holdInput();
    try {
      this.#handle(text);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A client that does not read is answered no more. */
  pinged(data: Buffer): void {
    if (this.output.hasRoom()) this.socket.pong(data);
  }

  faulted(error: Error): void {
    this.#live.options.log.warn({ err: error }, 'a socket failed');
  }

  /** An operation has ended. */
  completed({ id }: SocketOperation<Principal>): void {
    this.#take(id);
    this.#send({ id, type: MessageType.Complete });
  }

  /** An operation has failed. */
  failed({ id }: SocketOperation<Principal>, errors: readonly GraphQLError[]): void {
    this.#take(id);
    this.#refuse(id, errors);
  }

  /** @param reason may hold what the client sent: it is cut to what a close frame takes */
  end(code: number, reason: string): void {
    this.socket.close(code, new TextDecoder().decode(Buffer.from(reason).subarray(0, maxReason), { stream: true }));
    this.#leaveAll(); // the client may take its time to close, and is told nothing more
  }

  stalled(): void {
    this.end(tooSlow, 'Read too slowly: reconnect and resume from the last cursor');
  }

  /** The socket is closed. */
  closed(): void {
    this.#hasSpoken();
    this.#leaveAll();
    this.session.close();
    this.output.end();
    this.#release();
  }

  #handle(text: string): void {
    let message;
    try {
      message = parseMessage(text);
    } catch {
      return this.end(CloseCode.BadRequest, 'Invalid message received');
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        void this.#initialise(message);
        return;
      case MessageType.Ping:
        this.#answerPing(message).catch((error: unknown) => this.#fail(error));
        return;
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.#subscribe(message);
      case MessageType.Complete:
        return this.#take(message.id)?.leave();
      default:
        return this.end(CloseCode.BadRequest, `Unexpected message of type ${message.type} received`);
    }
  }

  async #initialise({ payload }: ConnectionInitMessage): Promise<void> {
    if (this.#opening === undefined) return this.end(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    this.#hasSpoken();
    const authorization = payload?.authorization;
    try {
      await this.session.open(typeof authorization === 'string' ? authorization : undefined);
    } catch (error) {
      return this.#notLetIn(error);
    }
    this.#send({ type: MessageType.ConnectionAck });
  }

  #notLetIn(error: unknown): void {
    if (!(error instanceof GatehouseError)) this.#live.options.log.error({ err: error }, 'a socket could not be authenticated');
    if (isNotKnownNow(error)) this.end(tryAgainLater, 'It cannot be said now whose token this is: try again');
    else if ((error as GatehouseError).code === 'RATE_LIMITED') this.end(tooManySockets, 'Too many sockets of this token');
    else this.end(CloseCode.Forbidden, 'Forbidden');
  }

  async #answerPing({ payload }: PingMessage): Promise<void> {
    const authorization = payload?.authorization;
    if (typeof authorization !== 'string' || this.session.identity === undefined) return this.#send({ type: MessageType.Pong, ...(payload == null ? {} : { payload }) });
    const identity = await this.session.refresh(authorization);
    if (identity !== undefined) this.#send({ type: MessageType.Pong, payload: { authorization: 'accepted', expiresAt: new Date(identity.expiresMs).toISOString() } });
  }

  #subscribe({ id, payload }: SubscribeMessage): void {
    if (this.session.identity === undefined) return this.end(CloseCode.Unauthorized, 'Unauthorized');
    let running = 0;
    for (let each = this.#latest; each !== undefined; each = each.before) {
      if (each.id === id) return this.end(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
      running++;
    }
    if (running >= limits.maxOperationsPerSocket) return this.#refuse(id, [new GraphQLError('Too many operations on one socket.')]);
    const read = this.#live.read(payload, this.session);
    if (!('document' in read)) return this.#refuse(id, read);
    this.#latest = new SocketOperation(this, id, this.#latest);
    void this.#latest.run(this.#live, read);
  }

  /** The operation, which runs no more. */
  #take(id: string): SocketOperation<Principal> | undefined {
    let after: SocketOperation<Principal> | undefined;
    let operation = this.#latest;
    while (operation !== undefined && operation.id !== id) [after, operation] = [operation, operation.before];
    if (after === undefined) this.#latest = operation?.before;
    else after.before = operation?.before;
    return operation;
  }

  #leaveAll(): void {
    for (let each = this.#latest; each !== undefined; each = each.before) each.leave();
    this.#latest = undefined;
  }

  #hasSpoken(): void {
    if (this.#opening !== undefined) openings.delete(this.#opening);
    this.#opening = undefined;
  }

  #refuse(id: string, errors: readonly GraphQLError[]): void {
    this.#send({ id, type: MessageType.Error, payload: errors.map((error) => maskError(this.#live.options.log, error)) });
  }

  #send(message: object): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(JSON.stringify(message));
    if (!this.output.hasRoom()) void this.output.room(); // counts from now on
  }

  /** A client that does not read what it asked for is not listened to: its questions would wait as answers. */
  #holdInput(): void {
    if (this.socket.isPaused) return;
    this.socket.pause();
    void this.output.room().then(() => this.socket.resume());
  }

  #fail(error: unknown): void {
    this.#live.options.log.error({ err: error }, 'a message on a socket could not be handled');
    this.end(CloseCode.InternalServerError, 'Internal error');
  }
}
