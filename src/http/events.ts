import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { getOperationAST, GraphQLError, type ExecutionResult } from 'graphql';
import { maskError } from '../gateway/errors.js';
import type { LiveOperations, OperationRequest, ReadOperation } from '../gateway/live/operations.js';
import type { Following, Result, Subscriber } from '../gateway/live/result.js';
import { resumedAfter } from '../gateway/live/resume.js';
import { Session, type Ending } from '../gateway/live/session.js';
import { BoundedOutput, tooSlow, type Reader } from '../gateway/slow-readers.js';
import { GatehouseError } from '../lib/errors.js';

/** A comment this often keeps proxies from taking a quiet stream for a dead one. */
const heartbeatMs = 12_000;
/** Longest that an ended stream waits for its reader, ms. */
const lingerMs = 30_000;
const goingAway = 1001;
/** What bytes of a result are made for. */
const asEvent = Symbol('server-sent event');

/**
 * GraphQL over server-sent events on /graphql, "distinct connections mode": POST or GET with
 * `Accept: text/event-stream`, one operation each, under the same token, limits, trusted documents and visibility
 * as a WebSocket, and sharing its executions. Events: `next` with a result as data and its cursor as id, and
 * `complete`. Beside the protocol: `Last-Event-ID` takes the place of the subscription's `after`; a stream that the
 * server ends before its operation ends says so by an event `closed` with `{"code","reason"}`, the close codes of
 * the WebSocket: 4403 (the token ended), 4410 (read too slowly), 1001 (the server goes away). After each the client
 * comes back with its last id.
 */
export class EventStreams<Principal> {
  readonly #live: LiveOperations<Principal>;
  readonly #open = new Set<EventStream<Principal>>();
  readonly #timer: NodeJS.Timeout;

  constructor(live: LiveOperations<Principal>) {
    this.#live = live;
    this.#timer = setInterval(() => {
      for (const stream of this.#open) stream.beat();
    }, heartbeatMs);
  }

  isAskedBy({ headers }: FastifyRequest): boolean {
    return (headers.accept ?? '').toLowerCase().includes('text/event-stream');
  }

  /** @throws GatehouseError UNAUTHENTICATED, or BAD_INPUT where the request holds no operation or was sent before an earlier one was answered: then there is no stream */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const asked = request.method === 'GET' ? fromUrl(request.url) : fromBody(request.body);
    const response = reply.raw;
    // Behind another answer nothing of it would leave, nor would its end be told: a stream has no end to wait for.
    if (response.socket === null) throw new GatehouseError('BAD_INPUT', 'An event stream takes a connection on which no other answer is outstanding.');
    const stream = new EventStream(this.#live, request, response);
    await stream.session.open(request.headers.authorization);
    if (response.destroyed) return stream.session.close();
    if (stream.isOver) throw new GatehouseError('UNAUTHENTICATED', 'This token was revoked. Get a new one.');
    reply.hijack();
    this.#open.add(stream);
    response.on('error', (error) => this.#live.options.log.warn({ err: error }, 'an event stream failed'));
    response.once('close', () => {
      this.#open.delete(stream);
      stream.closed();
    });
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) response.setHeader(name, value);
    stream.begin();
    const last = request.headers['last-event-id'];
    await stream.run(asked, { after: typeof last === 'string' && last !== '' ? last : undefined, isSafe: request.method === 'GET' });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stream of this.#open) stream.end(goingAway, 'Going away');
  }
}

/** One operation of one client. */
class EventStream<Principal> implements Subscriber, Reader, Ending {
  readonly session: Session<Principal>;
  readonly #live: LiveOperations<Principal>;
  readonly #response: ServerResponse;
  readonly #output: BoundedOutput;
  #following: Following | undefined;
  #isOver = false;

  constructor(live: LiveOperations<Principal>, request: FastifyRequest, response: ServerResponse) {
    this.#live = live;
    this.#response = response;
    this.session = new Session(live.options, live.options.certificateOf?.(request.raw), this);
    this.#output = new BoundedOutput(request.raw.socket, this, live.outputs);
  }

  get name(): string {
    return this.session.identity?.subject ?? '';
  }

  /** Whether it has ended, or its client is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  stalled(): void {
    this.end(tooSlow, 'Read too slowly: come back with the last id');
  }

  /** The head is sent at once, so that the client knows that it is heard. */
  begin(): void {
    this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' });
    this.#response.write(':\n\n');
  }

  async run(request: OperationRequest, { after, isSafe }: { after: string | undefined; isSafe: boolean }): Promise<void> {
    try {
      const read = this.#live.read(request); // the route has counted it
      if (!('document' in read)) return this.#refuse(read);
      const operation = after === undefined ? read : resumedAfter(read, after);
      const kind = kindOf(operation);
      if (kind === 'mutation' && isSafe) throw new GatehouseError('BAD_INPUT', 'Mutations are sent with POST.');
      const result = kind === 'subscription' ? await this.#live.subscribe(operation, this.session) : await this.#live.execute(operation, this.session);
      if (this.#isOver) return;
      if (typeof result === 'function') this.#following = result(this);
      else this.#finish(result);
    } catch (error) {
      this.fail(error);
    }
  }

  deliver(result: Result): void {
    if (this.#isOver) return;
    if (result.made?.by !== asEvent) {
      const id = result.id === undefined ? '' : `id: ${result.id}\n`;
      result.made = { by: asEvent, bytes: Buffer.concat([Buffer.from(`${id}event: next\ndata: `), result.body, Buffer.from('\n\n')]) };
    }
    this.#response.write(result.made.bytes);
    if (!this.#output.hasRoom()) void this.#output.room(); // counts from now on
  }

  hasRoom(): boolean {
    return this.#output.hasRoom();
  }

  room(): Promise<void> {
    return this.#output.room();
  }

  fail(error: unknown): void {
    this.#refuse([error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error })]);
  }

  complete(): void {
    this.#over('event: complete\ndata:\n\n');
  }

  /** Ends before the operation does. */
  end(code: number, reason: string): void {
    this.#over(`event: closed\ndata: ${JSON.stringify({ code, reason })}\n\n`);
  }

  leave(): void {
    this.#isOver = true;
    this.session.close();
    this.#following?.leave();
  }

  closed(): void {
    this.leave();
    this.#output.end();
  }

  beat(): void {
    if (!this.#isOver && this.#output.hasRoom()) this.#response.write(':\n\n');
  }

  #refuse(errors: readonly GraphQLError[]): void {
    this.#finish({ errors: errors.map((error) => maskError(this.#live.options.log, error)) });
  }

  #finish(result: ExecutionResult): void {
    this.deliver({ id: undefined, body: Buffer.from(JSON.stringify(result)) });
    this.complete();
  }

  #over(last: string): void {
    if (this.#isOver) return;
    this.leave();
    if (!this.#response.headersSent) return; // `serve` answers
    this.#response.end(last);
    const lingering = setTimeout(() => this.#response.destroy(), lingerMs);
    this.#response.once('close', () => clearTimeout(lingering));
  }
}

function kindOf({ document, operationName }: ReadOperation): string | undefined {
  return getOperationAST(document, operationName)?.operation;
}

/** @throws GatehouseError BAD_INPUT */
function fromBody(body: unknown): OperationRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new GatehouseError('BAD_INPUT', 'Send one operation as a JSON object.');
  return checked(body);
}

/** @throws GatehouseError BAD_INPUT */
function fromUrl(url: string): OperationRequest {
  const search = new URL(url, 'http://localhost').searchParams;
  const json = (name: string): unknown => {
    const text = search.get(name);
    try {
      return text === null ? undefined : JSON.parse(text);
    } catch (cause) {
      throw new GatehouseError('BAD_INPUT', `${name} must be JSON.`, { field: name, cause });
    }
  };
  return checked({ query: search.get('query'), documentId: search.get('documentId'), operationName: search.get('operationName'), variables: json('variables'), extensions: json('extensions') });
}

function checked(request: { [Name in keyof OperationRequest]?: unknown }): OperationRequest {
  const { operationName, variables } = request;
  if (operationName != null && typeof operationName !== 'string') throw new GatehouseError('BAD_INPUT', 'operationName must be a text.', { field: 'operationName' });
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) throw new GatehouseError('BAD_INPUT', 'variables must be an object.', { field: 'variables' });
  return request as OperationRequest;
}
