import type { IncomingMessage } from 'node:http';
import { GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { isFeed } from '../../lib/feed.js';
import type { Log } from '../../lib/log.js';
import { Documents } from '../documents.js';
import { maskErrors } from '../errors.js';
import type { AdmittingContext } from '../cost/limit.js';
import type { OperationArgs } from '../execute/operations.js';
import type { OperationContext } from '../gateway.js';
import type { Graphs } from '../graphs.js';
import type { OutputBounds } from '../slow-readers.js';
import type { DocumentRequest, TrustedDocuments } from '../trusted-documents.js';
import { AuditedDocuments } from './audited.js';
import { LiveHub, type GroupPresence } from './hub.js';
import { liveOperation } from './operation.js';
import type { Following, Result, Subscriber } from './result.js';
import type { Session, SessionOptions } from './session.js';
import { followSource } from './source.js';

export interface LiveOptions<Principal> extends SessionOptions<Principal> {
  /** Thumbprint of the certificate that a client shows with its first request. */
  certificateOf?(request: IncomingMessage): string | undefined;
  graphs: Graphs;
  log: Log;
  /** A context of its own for every operation, and for the events of a subscription that come together. */
  contextFor(principal: Principal, authorization: string | undefined): OperationContext;
  /**
   * Counts an operation before its document is looked at.
   * @throws GatehouseError RATE_LIMITED
   */
  countOperation(principal: Principal): void;
  /** Counts subscriptions while they are open, with what one of their events may cost. */
  openSubscriptions?: {
    /** @throws GatehouseError RATE_LIMITED: then it is not counted */
    openSubscription(principal: Principal, cost: number): void;
    closeSubscription(principal: Principal, cost: number): void;
  };
  /** Documents that clients may name; undefined: they send them. */
  trusted?: TrustedDocuments | undefined;
  /** Scopes under which it is kept who reads what: such operations are shared with nobody of another name. */
  auditedScopes?: readonly string[];
  /** False in production: the schema is not for everybody. */
  introspection: boolean;
  /** Bytes that may wait for a slow reader; see `BoundedOutput`. */
  bufferBytes: number;
}

/** What a client asks to be run. */
export interface OperationRequest extends DocumentRequest {
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** An operation that is valid in the schema that it was read for. */
export interface ReadOperation extends OperationArgs {
  schema: GraphQLSchema;
  /** The document as the client sent it, where another takes its place that differs in where it begins only. */
  sharedAs?: DocumentNode;
}

/**
 * A subscription that was admitted: delivers to a subscriber until left. It is left as well once it has failed or ended.
 * Throws GatehouseError RATE_LIMITED where too much is open already.
 */
export type Follow = (subscriber: Subscriber) => Following;

/** Who watches what, and who reads too slowly. */
export interface LivePresence {
  groups: GroupPresence[];
  /** Connections that are held back: whose, by how many bytes, since when (milliseconds UTC). */
  slowReaders: Array<{ reader: string; bytes: number; sinceMs: number }>;
}

/** Runs what comes over WebSockets and event streams, all on the same documents and the same hub. */
export class LiveOperations<Principal> {
  readonly options: LiveOptions<Principal>;
  readonly hub = new LiveHub();
  /** What may wait for readers, and those that are held back now. */
  readonly outputs: OutputBounds;
  readonly #documents = new WeakMap<GraphQLSchema, Documents>();
  readonly #audited: AuditedDocuments;

  constructor(options: LiveOptions<Principal>) {
    this.options = options;
    this.outputs = { maxBytes: options.bufferBytes, held: new Set() };
    this.#audited = new AuditedDocuments(options.graphs.local.subgraphs, options.auditedScopes ?? []);
  }

  /**
   * @param counted whose operation it is, where it is not counted yet
   * @returns the errors where the document is none, breaks a rule or a limit, is not trusted, or one too many this minute
   */
  read(request: OperationRequest, counted?: Session<Principal>): ReadOperation | readonly GraphQLError[] {
    const { schema } = this.options.graphs.current;
    let query = request.query;
    try {
      if (counted !== undefined) this.options.countOperation(counted.identity!.principal);
      query = this.options.trusted?.textOf(request) ?? query;
    } catch (error) {
      return [new GraphQLError((error as Error).message, { originalError: error as Error })];
    }
    if (typeof query !== 'string') return [new GraphQLError('The request has no query.')];
    const document = this.#documentsOf(schema).read(query);
    if (!('kind' in document)) return document;
    return { schema, document, operationName: request.operationName, variableValues: request.variables };
  }

  /** A query or a mutation. */
  async execute(operation: ReadOperation, session: Session<Principal>): Promise<ExecutionResult> {
    const contextValue = this.#contextOf(session);
    // An operation stays on the graph that it began on.
    const result = await this.options.graphs.of(operation.schema).execute({ ...operation, contextValue });
    return maskErrors(this.options.log, result, contextValue.correlationId);
  }

  /** @returns the result with errors where the subscription does not begin */
  async subscribe(operation: ReadOperation, session: Session<Principal>): Promise<Follow | ExecutionResult> {
    const { log, graphs } = this.options;
    const { schema, sharedAs, ...args } = operation;
    const graph = graphs.of(schema);
    const renew = () => this.#contextOf(session);
    const first = renew();
    let cost = 0;
    const admit: AdmittingContext['admit'] = (admitted) => {
      first.admit?.(admitted);
      ({ cost } = admitted);
    };
    let at: string | undefined;
    const reached = (cursor: string) => void (at = cursor);
    const contextValue = { ...first, renew, admit, reached };
    const source = await graph.createSourceEventStream({ ...args, contextValue });
    if (!(Symbol.asyncIterator in source)) return maskErrors(log, source, contextValue.correlationId);
    const finish = (result: ExecutionResult, context: object) => maskErrors(log, result, (context as OperationContext).correlationId);
    if (isFeed(source)) {
      // Outlives the session of whoever comes first; nothing that reads a feed is passed on to others under a token.
      const { principal } = session.identity!;
      const live = liveOperation({ graph, schema, args, sharedAs, feed: source, sharingKey: this.#sharingKey(operation, session), renew: () => this.options.contextFor(principal, undefined), finish });
      return this.#counted(session, cost, (subscriber) => this.hub.subscribe(live, subscriber));
    }
    const execute = async (rootValue: unknown): Promise<Result> => {
      const context = renew();
      const id = at; // of this event: the next one is not asked for before it is sent
      const result = finish(await graph.execute({ ...args, rootValue, contextValue: context }), context);
      return { id, body: Buffer.from(JSON.stringify(id === undefined ? result : { ...result, extensions: { ...result.extensions, cursor: id } })) };
    };
    return this.#counted(session, cost, (subscriber) => followSource(source, execute, subscriber));
  }

  /** For as long as it is open, it counts with what each of its events may cost. */
  #counted({ identity }: Session<Principal>, cost: number, follow: Follow): Follow {
    const { principal } = identity!;
    return (subscriber) => {
      const { openSubscriptions } = this.options;
      openSubscriptions?.openSubscription(principal, cost);
      const following = follow(subscriber);
      return openSubscriptions === undefined ? following : new CountedFollowing(following, openSubscriptions, principal, cost);
    };
  }

  #sharingKey({ schema, document }: ReadOperation, { identity }: Session<Principal>): string {
    const { sharingKey, subject } = identity!;
    return this.#audited.includes(schema, document) ? JSON.stringify([sharingKey, subject]) : sharingKey;
  }

  presence(): LivePresence {
    return { groups: this.hub.presence(), slowReaders: [...this.outputs.held].map((output) => output.waiting) };
  }

  #contextOf({ identity, authorization }: Session<Principal>): OperationContext {
    return this.options.contextFor(identity!.principal, authorization);
  }

  #documentsOf(schema: GraphQLSchema): Documents {
    let documents = this.#documents.get(schema);
    if (documents === undefined) this.#documents.set(schema, (documents = new Documents(schema, this.options)));
    return documents;
  }
}

/** Counted until it is left. */
class CountedFollowing<Principal> implements Following {
  #following: Following | undefined;
  readonly #counts: NonNullable<LiveOptions<Principal>['openSubscriptions']>;
  readonly #principal: Principal;
  readonly #cost: number;

  constructor(following: Following, counts: NonNullable<LiveOptions<Principal>['openSubscriptions']>, principal: Principal, cost: number) {
    this.#following = following;
    this.#counts = counts;
    this.#principal = principal;
    this.#cost = cost;
  }

  leave(): void {
    if (this.#following === undefined) return;
    this.#following.leave();
    this.#following = undefined;
    this.#counts.closeSubscription(this.#principal, this.#cost);
  }
}
