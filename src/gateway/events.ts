import type { ExecutionResult } from 'graphql';
import type { OperationArgs } from './execute/operations.js';
import type { Graph } from './graph.js';

/** What a subscription's context may offer. */
export interface RenewableContext {
  /** A context for one event; the loaders of another have seen older rows. */
  renew?(): object;
  /** False once the socket is being closed: what is read for it from then on is sent to nobody. */
  isOpen?(): boolean;
}

type Execution = Pick<Graph, 'execute' | 'createSourceEventStream'>;

/**
 * A subscription's results. graphql-js's own `subscribe` executes every event with the subscription's
 * context; here each gets a fresh one. An iterator written by hand: a generator that waits cannot be closed
 * from outside.
 * @param finish turns each result into what is sent, with the context it was made in
 * @returns the result with errors where the subscription does not begin
 */
export async function renewedEvents(execution: Execution, args: OperationArgs, finish: (result: ExecutionResult, context: object) => ExecutionResult = (result) => result): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const source = await execution.createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]();
  const { isOpen, renew } = (args.contextValue ?? {}) as RenewableContext;
  const results: AsyncIterableIterator<ExecutionResult, void, void> = {
    async next() {
      const { done, value } = await events.next();
      if (done === true || isOpen?.() === false) return { done: true, value: undefined };
      const context = renew?.() ?? (args.contextValue as object);
      return { done: false, value: finish(await execution.execute({ ...args, rootValue: value, contextValue: context }), context) };
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
