import type { ExecutionResult } from 'graphql';
import { isFeed, type FeedCursor } from '../lib/feed.js';
import type { OperationArgs } from './execute/operations.js';
import type { Graph } from './graph.js';

/** What a subscription's context may offer. */
export interface RenewableContext {
  /** A context for one event; the loaders of another have seen older rows. */
  renew?(): object;
  /** Told of the place of each event, as clients hold it, before that is handed on: where the events come from a feed. */
  reached?(cursor: string): void;
}

type Execution = Pick<Graph, 'execute' | 'createSourceEventStream'>;

/**
 * A subscription's results. graphql-js's own `subscribe` executes every event with the subscription's
 * context; here each gets a fresh one. An iterator written by hand: a generator that waits cannot be closed
 * from outside.
 * @returns the result with errors where the subscription does not begin
 */
export async function renewedEvents(execution: Execution, args: OperationArgs): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const source = await execution.createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const { renew, reached } = (args.contextValue ?? {}) as RenewableContext;
  const results: AsyncIterableIterator<ExecutionResult, void, void> = {
    async next() {
      const { done, value } = await events.next();
      if (done === true) return { done: true, value: undefined };
      if (isFeed(source) && isPlaced(value)) reached?.(source.encode(value.cursor));
      return { done: false, value: await execution.execute({ ...args, rootValue: value, contextValue: renew?.() ?? args.contextValue }) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return results as AsyncGenerator<ExecutionResult, void, void>;
}

function isPlaced(value: unknown): value is { cursor: FeedCursor } {
  const cursor = (value as { cursor?: Partial<FeedCursor> } | null | undefined)?.cursor;
  return typeof cursor?.position === 'number' && typeof cursor.ordinal === 'number';
}
