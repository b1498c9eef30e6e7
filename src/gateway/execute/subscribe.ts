import { getArgumentValues, GraphQLError, locatedError } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { collectFields } from './collect.js';
import { fieldOf } from './field-of.js';
import { infoOf } from './plan.js';
import { pathKeys, type Run } from './run.js';
import type { CompileContext } from './variant.js';

/**
 * The events of a subscription's one root field.
 * @throws GraphQLError for what the resolver failed with; Error where it gave no async iterable
 */
export async function sourceEventStream(context: CompileContext, run: Run): Promise<AsyncIterable<unknown>> {
  const events = await eventsOf(context, run);
  if (typeof (events as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function') return events as AsyncIterable<unknown>;
  throw new Error(`Subscription field must return Async Iterable. Received: ${inspect(events)}.`);
}

async function eventsOf(context: CompileContext, run: Run): Promise<unknown> {
  const { schema, operation, fragments, resolution } = context;
  const type = schema.getSubscriptionType();
  if (type == null) throw new GraphQLError('Schema is not configured to execute subscription operation.', { nodes: operation });
  const [selected] = collectFields({ schema, fragments, variables: run.variables }, type, [operation.selectionSet]);
  if (selected === undefined) throw new GraphQLError('The subscription selects no field: every one is left out by @skip or @include.', { nodes: operation });
  const [key, nodes] = selected;
  const field = fieldOf(schema, type, nodes[0]!.name.value);
  if (field === undefined) throw new GraphQLError(`The subscription field "${nodes[0]!.name.value}" is not defined.`, { nodes });
  const path = { prev: undefined, key, typename: type.name };
  try {
    const { subscribe, access } = resolution.field(type, field, undefined);
    const args = getArgumentValues(field, nodes[0]!, run.variables);
    if (access !== undefined) run.check(access);
    const info = infoOf(context, { parent: type, field, key, nodes }, run, path);
    const events = await (subscribe === undefined ? property(run.root, field.name, args, run.context, info) : subscribe(run.root, args, run.context, info));
    if (events instanceof Error) throw events;
    return events;
  } catch (error) {
    throw locatedError(error, nodes, pathKeys(path));
  }
}

function property(source: unknown, name: string, ...given: unknown[]): unknown {
  const value = (source as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'function' ? value.call(source, ...given) : value;
}
