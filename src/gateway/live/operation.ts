import { getOperationAST, Kind, visit, type DocumentNode, type ExecutionResult, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Feed, FeedCursor } from '../../lib/feed.js';
import { canonicalJson } from '../../lib/json.js';
import type { OperationArgs } from '../execute/operations.js';
import type { Graph } from '../graph.js';
import type { LiveResult } from './result.js';

/** A subscription that reads a feed, as the hub runs it. */
export interface LiveOperation {
  /** Equal for those who are sent the same: schema, document, operation, variables but `after`, and what they may see. */
  key: string;
  /** What it subscribes to. */
  field: string;
  /** Its name in the document, or the field. */
  name: string;
  feed: Feed<unknown>;
  /** Who are equal in it may be shown what was loaded for one another. */
  rights: string;
  /** A context of its own for every call. */
  renew(): object;
  /** Executes it for events that came together, with a fresh context: its loaders batch across them. */
  execute(events: readonly unknown[], context: object): Array<Promise<ExecutionResult>>;
}

export interface LiveOperationOptions {
  graph: Pick<Graph, 'execute'>;
  schema: GraphQLSchema;
  args: OperationArgs;
  /** The document by which it is shared, where that is not the one that is executed: they differ in where clients begin only. */
  sharedAs?: DocumentNode | undefined;
  feed: Feed<unknown>;
  /** Everything about who asks that can change an answer. */
  sharingKey: string;
  /** A context of its own for every call. */
  renew(): object;
  /** Turns each result into what is sent, with the context that it was made in. */
  finish(result: ExecutionResult, context: object): ExecutionResult;
}

export function liveOperation({ graph, schema, args, sharedAs = args.document, feed, sharingKey, renew, finish }: LiveOperationOptions): LiveOperation {
  const operation = getOperationAST(args.document, args.operationName)!; // it gave a feed
  const field = rootField(operation);
  return {
    key: canonicalJson([serialOf(schema), serialOf(sharedAs), args.operationName ?? null, sharedVariables(args, operation), sharingKey]),
    field,
    name: operation.name?.value ?? field,
    feed,
    rights: sharingKey,
    renew,
    execute(events, context) {
      return events.map(async (rootValue) => finish(await graph.execute({ ...args, rootValue, contextValue: context }), context));
    },
  };
}

/** Values of the variables that the operation has, but the one that says where the client begins. */
function sharedVariables({ document, variableValues }: OperationArgs, operation: OperationDefinitionNode): Record<string, unknown> {
  const after = afterVariable(document, operation);
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value).filter((name) => name !== after);
  return Object.fromEntries(names.map((name) => [name, variableValues?.[name]]));
}

/**
 * The variable that says where the client begins: one that is nothing but the `after` of the root field.
 * Where it stands anywhere else too, it may change the answers and is a variable like others.
 */
export function afterVariable(document: DocumentNode, operation: OperationDefinitionNode): string | undefined {
  let known = afterVariables.get(operation);
  if (known === undefined) afterVariables.set(operation, (known = { name: findAfterVariable(document, operation) }));
  return known.name;
}

const afterVariables = new WeakMap<OperationDefinitionNode, { name: string | undefined }>();

function findAfterVariable(document: DocumentNode, operation: OperationDefinitionNode): string | undefined {
  const [root] = operation.selectionSet.selections;
  if (root?.kind !== Kind.FIELD) return undefined;
  const after = root.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (after?.kind !== Kind.VARIABLE) return undefined;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void (uses += Number(name.value === after.name.value)),
  });
  return uses === 1 ? after.name.value : undefined;
}

function rootField(operation: OperationDefinitionNode): string {
  const [root] = operation.selectionSet.selections;
  return root?.kind === Kind.FIELD ? root.name.value : 'subscription';
}

const serials = new WeakMap<object, number>();
let lastSerial = 0;

/** Tells objects apart in a key. */
function serialOf(object: object): number {
  let serial = serials.get(object);
  if (serial === undefined) serials.set(object, (serial = ++lastSerial));
  return serial;
}

/** @param feed names the place as clients hold it, in `extensions.cursor` of the result */
export function liveResult(feed: Pick<Feed<unknown>, 'encode'>, cursor: FeedCursor, result: ExecutionResult): LiveResult {
  const id = feed.encode(cursor);
  const isIncomplete = result.errors?.some(({ extensions }) => extensions.code === 'UNAVAILABLE') === true;
  return { cursor, id, madeMs: performance.now(), isIncomplete, body: Buffer.from(JSON.stringify({ ...result, extensions: { ...result.extensions, cursor: id } })) };
}
